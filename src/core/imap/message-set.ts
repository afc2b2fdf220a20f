/** Which messages of the selected mailbox a client means by a set of numbers. */
import type {NumberRanges} from '../mailbox/mailbox.ts';
import {type Arguments, fail} from './argument.ts';
import type {Selected} from './selected.ts';
import {parseSequenceSet, resolveSet, type SequenceSet} from './sequence-set.ts';

export const INVALID_SET = 'Invalid messageset.';

export function expectSet(args: Arguments): SequenceSet {
  return parseSequenceSet(args.expectAtom()) ?? fail(INVALID_SET);
}

/** As sequence numbers. A sequence number that nobody has is a fault, a UID that nobody has is not. */
export function messagesOf(selected: Selected, set: SequenceSet, isUid: boolean): NumberRanges {
  const {mailbox} = selected;
  if (set.isSaved) return mailbox.sequencesOf(selected.savedResult);
  const {count} = mailbox;
  if (isUid) return mailbox.sequencesOf(resolveSet(set, count === 0 ? 0 : mailbox.uid(count)));
  for (const part of set.parts)
    for (const number of part) if (Number.isFinite(number) && number > count) fail(INVALID_SET);
  return count === 0 ? fail(INVALID_SET) : resolveSet(set, count);
}

export function countOf(ranges: NumberRanges): number {
  let count = 0;
  for (const [first, last] of ranges) count += last - first + 1;
  return count;
}
