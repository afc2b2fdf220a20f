/**
 * The administrator's scripts for IMAP events: imapsieve_mailboxN_name, _from, _causes, _before and _after in plugin {}
 * (Pigeonhole's imap_sieve plugin), from 1 on until a number has no name. What is wrong with one is told, and it is left out.
 */
import {matchWildcards, parseWildcards} from '../../filter/sieve/match/wildcards.ts';
import type {SieveSettings} from '../../filter/sieve/sieve-settings.ts';
import type {Log} from '../../log/log.ts';

/** RFC 6785 section 4.2. */
export type EventCause = 'APPEND' | 'COPY' | 'FLAG';

export interface MailboxRule {
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** `from`: where a copy comes from. */
  matches(cause: EventCause, mailbox: string, from: string | undefined): boolean;
}

const CAUSES: ReadonlySet<string> = new Set<EventCause>(['APPEND', 'COPY', 'FLAG']);

export function mailboxRules(settings: SieveSettings, log: Log): MailboxRule[] {
  const rules: MailboxRule[] = [];
  const seen = new Set<string>();
  for (let number = 1; ; number++) {
    const value = (name: string): string => settings.get(`imapsieve_mailbox${number}_${name}`)?.trim() ?? '';
    const name = value('name');
    if (name === '') return rules;
    const from = value('from') || '*';
    const causes = value('causes')
      .toUpperCase()
      .split(/\s+/)
      .filter(word => word !== '');
    const strange = causes.findIndex(cause => !CAUSES.has(cause));
    const place = JSON.stringify([name, from]);
    if (strange >= 0) {
      const word = value('causes').split(/\s+/)[strange] ?? '';
      log.warning(`imapsieve: Static mailbox rule [${number}] has invalid event cause \`${word}' (skipped)`);
    } else if (seen.has(place))
      log.warning(`imapsieve: Duplicate static mailbox rule [${number}] for mailbox \`${name}' (skipped)`);
    else rules.push(ruleOf(name, from, new Set(causes), value('before'), value('after')));
    seen.add(place);
  }
}

function ruleOf(name: string, from: string, causes: ReadonlySet<string>, before: string, after: string): MailboxRule {
  const isMailbox = matcher(name);
  const isSource = matcher(from);
  return {
    before: before === '' ? undefined : before,
    after: after === '' ? undefined : after,
    matches: (cause, mailbox, source) =>
      (causes.size === 0 || causes.has(cause)) &&
      isMailbox(mailbox) &&
      (from === '*' || (source !== undefined && isSource(source))),
  };
}

/** With `*` in it a pattern; INBOX in any case. */
function matcher(pattern: string): (mailbox: string) => boolean {
  if (!pattern.includes('*')) return mailbox => sameMailbox(mailbox, pattern);
  const wildcards = parseWildcards(pattern.replaceAll('\\', '\\\\'));
  return mailbox => matchWildcards(wildcards, mailbox, mailbox) !== undefined;
}

export function sameMailbox(a: string, b: string): boolean {
  return a === b || (a.toUpperCase() === 'INBOX' && b.toUpperCase() === 'INBOX');
}
