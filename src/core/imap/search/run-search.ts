/** Runs a search in the selected mailbox, and remembers what `$` is from now on (RFC 5182). */
import {rangesOf} from '../../mailbox/number-ranges.ts';
import {searchMailbox} from '../../mailbox/search/search.ts';
import type {SearchKey} from '../../mailbox/search/search-key.ts';
import type {MailSession} from '../mail-session.ts';
import type {Selected} from '../selected.ts';
import type {ReturnOptions} from './search-command.ts';

/** Sequence numbers, ascending. */
export function runSearch(session: MailSession, selected: Selected, key: SearchKey): Promise<number[]> {
  return searchMailbox(selected.mailbox, key, {
    savedResult: selected.savedResult,
    now: session.clock.now(),
    breathe: () => session.line.breathe(),
  });
}

export function saveResult(selected: Selected, sequences: readonly number[], options: ReturnOptions): void {
  if (!options.save) return;
  const {mailbox} = selected;
  const isPart = (options.min || options.max) && !options.all && !options.count;
  const kept = isPart ? ends(sequences, options) : sequences;
  selected.savedResult = rangesOf(kept.map(sequence => mailbox.uid(sequence)).sort((a, b) => a - b));
}

/** MIN and MAX alone save just these (RFC 5182 section 2.4). */
function ends(sequences: readonly number[], {min, max}: ReturnOptions): number[] {
  const first = sequences[0];
  const last = sequences[sequences.length - 1];
  const kept = new Set<number>();
  if (min && first !== undefined) kept.add(first);
  if (max && last !== undefined) kept.add(last);
  return [...kept];
}

export function usesModSeq(key: SearchKey): boolean {
  if (key.kind === 'and' || key.kind === 'or') return key.keys.some(usesModSeq);
  if (key.kind === 'not' || key.kind === 'in-thread') return usesModSeq(key.key);
  return key.kind === 'modseq';
}
