/** The names that forward_path, luser_relay and command_execution_directory may use (local(8), postconf(5)). */
import type {Attempt} from './local-attempt.ts';
import type {LocalSettings} from './local-settings.ts';

export function localValue(name: string, attempt: Attempt, settings: LocalSettings): string | undefined {
  switch (name) {
    case 'user':
      return attempt.user;
    case 'home':
      return attempt.rights?.home;
    case 'shell':
      return attempt.rights?.shell;
    case 'domain':
      return attempt.domain;
    case 'local':
      return attempt.local;
    case 'mailbox':
      return attempt.local;
    case 'recipient':
      return attempt.address;
    case 'extension':
      return attempt.extension;
    case 'recipient_delimiter':
      return delimiterOf(attempt, settings.extension.delimiters);
    default:
      return undefined;
  }
}

/** The one found in the address (since 2.11), else the first of recipient_delimiter. */
function delimiterOf(attempt: Attempt, delimiters: string): string {
  return attempt.extension === '' ? delimiters.charAt(0) : attempt.local.charAt(attempt.user.length);
}
