/**
 * Splits a local part into user and extension (`joe+list`), postconf(5) recipient_delimiter: the parameter is a set of
 * characters, and the first of them that is found separates.
 */
import type {Config} from '../config/config.ts';

export interface Split {
  readonly user: string;
  /** With the delimiter in front: `+list`. */
  readonly extension: string;
}

export interface ExtensionRules {
  readonly delimiters: string;
  /** postconf(5) owner_request_special: with `-`, owner-list and list-request stay whole. */
  readonly ownerRequestSpecial: boolean;
  /** postconf(5) double_bounce_sender, which is never split. */
  readonly doubleBounceSender: string;
}

/** Answers undefined when there is nothing to split: no delimiter, a delimiter in first place, or a reserved name. */
export function splitExtension(localPart: string, rules: ExtensionRules): Split | undefined {
  const at = findDelimiter(localPart, rules.delimiters);
  if (at < 1 || isReserved(localPart.toLowerCase(), rules)) return undefined;
  return {user: localPart.slice(0, at), extension: localPart.slice(at)};
}

function findDelimiter(localPart: string, delimiters: string): number {
  if (delimiters.length === 1) return localPart.indexOf(delimiters);
  for (let i = 0; i < localPart.length; i++) if (delimiters.includes(localPart.charAt(i))) return i;
  return -1;
}

function isReserved(name: string, rules: ExtensionRules): boolean {
  if (name === 'postmaster' || name === 'mailer-daemon') return true;
  if (name === rules.doubleBounceSender.toLowerCase()) return true;
  if (!rules.ownerRequestSpecial || !rules.delimiters.includes('-')) return false;
  return name.startsWith('owner-') || name.endsWith('-request');
}

export function extensionRules(config: Config): ExtensionRules {
  return {
    delimiters: config.get('recipient_delimiter'),
    ownerRequestSpecial: config.get('owner_request_special'),
    doubleBounceSender: config.get('double_bounce_sender'),
  };
}
