/** What a script of a user sees around the message: envelope, limits, his mailboxes and annotations, what was seen before. */
import type {RunEnvironment, SeenBefore} from '../../filter/sieve/run/environment.ts';
import {duration, sizeBytes} from '../../filter/sieve/setting-values.ts';
import type {SieveSettings} from '../../filter/sieve/sieve-settings.ts';
import type {MailStore} from '../../mailbox/mail-store.ts';

export interface DeliveryEnvelope {
  /** '' is the null sender. */
  readonly sender: string;
  readonly recipient: string;
  readonly originalRecipient: string;
}

export interface ScriptUser {
  readonly username: string;
  readonly store: MailStore;
  /** plugin {} of dovecot.conf. */
  readonly settings: SieveSettings;
  readonly hostName: string;
  readonly defaultMailbox: string;
  /** Milliseconds since 1970. */
  now(): number;
}

export function runEnvironment(user: ScriptUser, envelope: DeliveryEnvelope, seen: SeenBefore): RunEnvironment {
  const {settings, store, username, hostName, defaultMailbox} = user;
  const {sender, recipient, originalRecipient} = envelope;
  const dot = hostName.indexOf('.');
  const number = (name: string, fallback: number): number => Number(settings.get(name) ?? fallback);
  return {
    envelope: {from: sender, to: recipient, originalTo: originalRecipient},
    user: username,
    userEmail: settings.get('sieve_user_email'),
    hostName,
    domain: dot < 0 ? '' : hostName.slice(dot + 1),
    now: () => user.now(),
    defaultMailbox,
    location: 'MDA',
    phase: 'during',
    maxActions: number('sieve_max_actions', 32),
    maxRedirects: number('sieve_max_redirects', 4),
    maxCpuMs: (duration(settings.get('sieve_max_cpu_time'), 's') ?? 30) * 1000,
    maxVariableBytes: sizeBytes(settings.get('sieve_variables_max_variable_size')) ?? 4000,
    vacationSeconds: duration(settings.get('sieve_vacation_default_period'), 'd') ?? 7 * 86_400,
    duplicateSeconds: duration(settings.get('sieve_duplicate_default_period'), 's') ?? 12 * 3600,
    setting: name => settings.get(name),
    mailboxExists: name => exists(store, name),
    specialUseExists: async (mailbox, flag) => {
      const boxes = await store.list({patterns: [mailbox ?? '*']});
      return boxes.some(({specialUse}) => specialUse.some(one => isSame(one, flag)));
    },
    metadata: async (mailbox, annotation) => (await store.metadata(mailbox ?? '', annotation))?.toString('latin1'),
    seen,
  };
}

/** Names of flags and of INBOX, in any case. */
export function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

export async function exists(store: MailStore, name: string): Promise<boolean> {
  if (isSame(name, 'INBOX')) return true;
  return (await store.list({patterns: [name]})).some(box => box.name === name && box.exists);
}
