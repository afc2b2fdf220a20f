/** What a command changed in flags, told to the scripts such an event starts (imapsieve, RFC 6785 section 4.2.3). */
import type {EventScripts} from '../delivery/sieve/event-scripts.ts';
import type {Mailbox, NumberRanges} from '../mailbox/mailbox.ts';
import {systemFlagNames} from './flags.ts';

/** Of messages by their sequence numbers. */
export type FlagsBefore = ReadonlyMap<number, {readonly flags: number; readonly keywords: readonly string[]}>;

export function snapshot(mailbox: Mailbox, messages: NumberRanges): FlagsBefore {
  const before = new Map<number, {flags: number; keywords: readonly string[]}>();
  for (const [first, last] of messages)
    for (let sequence = first; sequence <= last; sequence++)
      before.set(sequence, {flags: mailbox.flags(sequence), keywords: mailbox.keywordsOf(sequence)});
  return before;
}

/** Of those whose flags are others now; keywords in the order in which the mailbox knows them. */
export async function tellScripts(scripts: EventScripts, mailbox: Mailbox, before: FlagsBefore): Promise<void> {
  const uids: number[] = [];
  const changes = new Map<number, readonly string[]>();
  for (const [sequence, {flags, keywords}] of before) {
    const now = mailbox.keywordsOf(sequence);
    const changed = mailbox.keywords.filter(keyword => keywords.includes(keyword) !== now.includes(keyword));
    const changedFlags = [...systemFlagNames(flags ^ mailbox.flags(sequence)), ...changed];
    if (changedFlags.length === 0) continue;
    uids.push(mailbox.uid(sequence));
    changes.set(mailbox.uid(sequence), changedFlags);
  }
  if (uids.length > 0) await scripts.happened({cause: 'FLAG', mailbox: mailbox.name, uids, changes});
}
