/** The limits that count for a mailbox (quota_rule): those of `*`, with what the mailbox's own rule sets or adds. */
import type {QuotaRule, QuotaSettings} from '../store-settings.ts';

export interface QuotaLimits {
  /** undefined: no limit. */
  readonly bytes: number | undefined;
  readonly messages: number | undefined;
  /** What is in this mailbox counts. */
  readonly isCounted: boolean;
}

export function limitsFor(settings: QuotaSettings, mailbox: string): QuotaLimits {
  const all = settings.rules.find(rule => rule.mailbox === '*');
  const own = settings.rules.find(rule => rule.mailbox !== '*' && matches(rule.mailbox, mailbox));
  return {
    bytes: plus(own?.storageBytes ?? all?.storageBytes, own?.extraStorageBytes),
    messages: plus(own?.messages ?? all?.messages, own?.extraMessages),
    isCounted: !isIgnored(all, own),
  };
}

function isIgnored(all: QuotaRule | undefined, own: QuotaRule | undefined): boolean {
  return own === undefined ? all?.ignore === true : own.ignore;
}

function plus(limit: number | undefined, extra: number | undefined): number | undefined {
  return limit === undefined ? undefined : limit + (extra ?? 0);
}

/** `*` and `?`, as in quota_rule. Linear: the last star alone is gone back to. */
function matches(pattern: string, name: string): boolean {
  if (pattern.toUpperCase() === 'INBOX') return name.toUpperCase() === 'INBOX';
  let at = 0;
  let n = 0;
  let star = -1;
  let starName = 0;
  while (n < name.length) {
    if (pattern[at] === '*') {
      star = at++;
      starName = n;
    } else if (pattern[at] === '?' || pattern[at] === name[n]) {
      at++;
      n++;
    } else if (star >= 0) {
      at = star + 1;
      n = ++starName;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
