/** What SEARCH and SORT answer: the old list of numbers, or ESEARCH (RFC 4731, RFC 5267) with what was asked for. */
import type {Mailbox} from '../../mailbox/mailbox.ts';
import {rangesOf} from '../../mailbox/number-ranges.ts';
import {quoted} from '../imap-string.ts';
import type {MailSession} from '../mail-session.ts';
import {printRanges, printRuns} from '../sequence-set.ts';
import type {ReturnOptions} from './search-command.ts';

export interface SearchResult {
  /** Sequence numbers, in the order of the reply. */
  readonly sequences: readonly number[];
  readonly isSorted: boolean;
  /** MODSEQ was among the keys: its highest is told (RFC 7162 section 3.1.5). */
  readonly usesModSeq: boolean;
}

export async function sendOldReply(
  session: MailSession,
  mailbox: Mailbox,
  {sequences, isSorted, usesModSeq}: SearchResult,
  isUid: boolean,
): Promise<void> {
  const {out} = session.line;
  out.text(isSorted ? '* SORT' : '* SEARCH');
  for (let at = 0; at < sequences.length; at += BATCH) {
    let text = '';
    for (const sequence of sequences.slice(at, at + BATCH)) text += ` ${isUid ? mailbox.uid(sequence) : sequence}`;
    out.text(text);
    const pause = session.line.breathe();
    if (pause !== undefined) await pause;
  }
  if (usesModSeq && sequences.length > 0) out.text(` (MODSEQ ${highest(mailbox, sequences)})`);
  out.line('');
}

const BATCH = 1000;

export function sendEsearch(
  session: MailSession,
  mailbox: Mailbox,
  {sequences, isSorted, usesModSeq}: SearchResult,
  options: ReturnOptions,
  tag: string,
  isUid: boolean,
): void {
  const numbers = isUid ? sequences.map(sequence => mailbox.uid(sequence)) : sequences;
  const {out} = session.line;
  const print = (some: readonly number[]): string => (isSorted ? printRuns(some) : printRanges(rangesOf(some)));
  out.text(`* ESEARCH (TAG ${quoted(tag)})${isUid ? ' UID' : ''}`);
  if (options.min && numbers.length > 0) out.text(` MIN ${numbers[0]}`);
  if (options.max && numbers.length > 0) out.text(` MAX ${numbers[numbers.length - 1]}`);
  if (options.all && numbers.length > 0) out.text(` ALL ${print(numbers)}`);
  if (options.relevancy) out.text(` RELEVANCY (${numbers.map(() => 1).join(' ')})`);
  if (options.partial !== undefined) {
    const {first, last} = options.partial;
    const part = numbers.slice(first - 1, last);
    out.text(` PARTIAL (${first}:${last} ${part.length === 0 ? 'NIL' : print(part)})`);
  }
  if (options.count) out.text(` COUNT ${numbers.length}`);
  const told = usesModSeq ? toldSequences(sequences, options) : [];
  if (told.length > 0) out.text(` MODSEQ ${highest(mailbox, told)}`);
  out.line('');
}

/** With MIN or MAX alone only their messages count (RFC 7162 section 3.1.5). */
function toldSequences(sequences: readonly number[], {min, max, all, count}: ReturnOptions): readonly number[] {
  const last = sequences.length - 1;
  if (all || count || (!min && !max) || last < 0) return sequences;
  const told = [...(min ? [sequences[0]] : []), ...(max ? [sequences[last]] : [])];
  return told.filter(one => one !== undefined);
}

function highest(mailbox: Mailbox, sequences: readonly number[]): number {
  let most = 0;
  for (const sequence of sequences) most = Math.max(most, mailbox.modSeq(sequence));
  return most;
}
