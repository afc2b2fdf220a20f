/** Removes the deleted ones of some messages, and counts them. */
import {flagBits, type NumberRanges} from '../mailbox/mailbox.ts';
import type {MailSession} from './mail-session.ts';

export async function expungeDeleted(session: MailSession, sequences: NumberRanges): Promise<void> {
  const {mailbox} = session.expectSelected();
  const deleted: [number, number][] = [];
  for (const [first, last] of sequences)
    for (let sequence = first; sequence <= last; sequence++) {
      if ((mailbox.flags(sequence) & flagBits.deleted) === 0) continue;
      session.counters.expunged++;
      const previous = deleted[deleted.length - 1];
      if (previous !== undefined && previous[1] === sequence - 1) previous[1] = sequence;
      else deleted.push([sequence, sequence]);
    }
  if (deleted.length > 0) await mailbox.expunge(deleted, 'deleted');
}
