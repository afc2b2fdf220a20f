/** SELECT and EXAMINE (RFC 3501 sections 6.3.1, 6.3.2), with CONDSTORE and QRESYNC (RFC 7162 section 3.2.5). */
import type {Mailbox, NumberRanges} from '../mailbox/mailbox.ts';
import {type Arguments, fail} from './argument.ts';
import {storeName} from './mailbox-name.ts';
import type {MailSession} from './mail-session.ts';
import {Selected} from './selected.ts';
import {parseSequenceSet, printRanges, resolveSet, type SequenceSet} from './sequence-set.ts';
import {changedFetch, tellFlags} from './untagged.ts';

/** What a client knows of the mailbox since it last looked. */
interface Resync {
  readonly uidValidity: number;
  readonly modSeq: number;
  readonly uids: SequenceSet | undefined;
  /** Pairs of number and UID the client is sure of. */
  readonly known: readonly (readonly [sequence: number, uid: number])[];
}

interface SelectCommand {
  readonly name: string;
  readonly modifiers: Arguments | undefined;
}

export function parseSelect(args: Arguments): SelectCommand {
  return {name: args.expectString(), modifiers: args.takeList()};
}

/** Whatever comes of it, the mailbox that was selected is not any more. */
export async function selectMailbox(session: MailSession, command: SelectCommand, isReadOnly: boolean): Promise<void> {
  const {out} = session.line;
  if (session.selected !== undefined) {
    session.unselect();
    out.line('* OK [CLOSED] Previous mailbox closed.');
  }
  const {resync, wantsCondstore} = readModifiers(session, command.modifiers);
  const mailbox = await session.store.open(storeName(session, command.name), {isReadOnly});
  session.selected = new Selected(mailbox);
  if (wantsCondstore) session.hasCondstore = true;
  session.startTelling(mailbox);
  tellMailbox(session, mailbox);
  if (resync !== undefined && resync.uidValidity === mailbox.uidValidity) await tellMissed(session, mailbox, resync);
}

function readModifiers(
  session: MailSession,
  modifiers: Arguments | undefined,
): {resync: Resync | undefined; wantsCondstore: boolean} {
  let resync: Resync | undefined;
  let wantsCondstore = false;
  while (modifiers !== undefined && !modifiers.isAtEnd) {
    if (modifiers.takeWord('CONDSTORE')) wantsCondstore = true;
    else if (modifiers.takeWord('QRESYNC')) {
      if (!session.hasQresync) fail('QRESYNC not enabled.');
      resync = parseResync(modifiers.takeList() ?? fail('QRESYNC parameters missing.'));
      wantsCondstore = true;
    } else fail('Unknown FETCH modifier.'); // seen: Dovecot's word for it
  }
  return {resync, wantsCondstore};
}

function parseResync(args: Arguments): Resync {
  const uidValidity = toNumber(args.takeAtom());
  const modSeq = toNumber(args.takeAtom());
  const next = args.peek();
  const uids = next?.kind === 'atom' ? parseUids(args.takeAtom() ?? '') : undefined;
  const known = args.takeList();
  if (!args.isAtEnd) fail(BAD_PARAMETERS);
  return {uidValidity, modSeq, uids, known: known === undefined ? [] : parseKnown(known)};
}

const BAD_PARAMETERS = 'Invalid QRESYNC parameters.';

function parseUids(text: string): SequenceSet {
  return parseSequenceSet(text) ?? fail('Invalid QRESYNC known-uids');
}

function parseKnown(args: Arguments): (readonly [number, number])[] {
  const sequences = numbersOf(parseSequenceSet(args.expectAtom(BAD_SETS)) ?? fail(BAD_SETS));
  const uids = numbersOf(parseSequenceSet(args.expectAtom(BAD_SETS)) ?? fail(BAD_SETS));
  if (sequences.length !== uids.length) fail(BAD_SETS);
  return sequences.map((sequence, at) => [sequence, uids[at] ?? 0] as const);
}

const BAD_SETS = 'Invalid QRESYNC match';
/** More pairs than a command line can hold are a trap. */
const MOST_KNOWN = 100_000;

function numbersOf(set: SequenceSet): number[] {
  const numbers: number[] = [];
  for (const [first, last] of resolveSet(set, 0)) {
    if (numbers.length + last - first > MOST_KNOWN) fail(BAD_SETS);
    for (let number = first; number <= last; number++) numbers.push(number);
  }
  return numbers;
}

function toNumber(text: string | undefined): number {
  if (text === undefined || !/^\d{1,19}$/.test(text)) fail(BAD_PARAMETERS);
  return Number(text);
}

function tellMailbox(session: MailSession, mailbox: Mailbox): void {
  const {out} = session.line;
  tellFlags(session, mailbox);
  out.line(`* ${mailbox.count} EXISTS`);
  out.line(`* ${mailbox.recentCount} RECENT`);
  const unseen = mailbox.firstUnseen();
  if (unseen > 0) out.line(`* OK [UNSEEN ${unseen}] First unseen.`);
  out.line(`* OK [UIDVALIDITY ${mailbox.uidValidity}] UIDs valid`);
  out.line(`* OK [UIDNEXT ${mailbox.uidNext}] Predicted next UID`);
  out.line(`* OK [HIGHESTMODSEQ ${mailbox.highestModSeq}] Highest`);
}

/** What went and what changed since the client was last here. */
async function tellMissed(session: MailSession, mailbox: Mailbox, resync: Resync): Promise<void> {
  const {out} = session.line;
  const most = mailbox.uidNext - 1;
  const asked: NumberRanges = resync.uids === undefined ? [[1, most]] : resolveSet(resync.uids, most);
  const from = firstDoubtful(mailbox, resync.known);
  const vanished = await vanishedUids(mailbox, resync.modSeq, asked);
  const told = vanished
    .filter(([, last]) => last >= from)
    .map(([first, last]) => [Math.max(first, from), last] as const);
  if (told.length > 0) out.line(`* VANISHED (EARLIER) ${printRanges(told)}`);
  for (const [first, last] of mailbox.sequencesOf(asked))
    for (let sequence = first; sequence <= last; sequence++) {
      if (mailbox.modSeq(sequence) <= resync.modSeq) continue;
      out.line(changedFetch(mailbox, sequence));
      const pause = session.line.breathe();
      if (pause !== undefined) await pause;
    }
}

/** Where the log of expunges ends before `modSeq`, every UID that isn't there counts as gone. */
export async function vanishedUids(mailbox: Mailbox, modSeq: number, asked: NumberRanges): Promise<NumberRanges> {
  const most = mailbox.uidNext - 1;
  const bounded = asked
    .filter(([first]) => first <= most)
    .map(([first, last]) => [first, Math.min(last, most)] as const);
  return (await mailbox.vanishedSince(modSeq, bounded)) ?? missingUids(mailbox, bounded);
}

function missingUids(mailbox: Mailbox, asked: NumberRanges): NumberRanges {
  const missing: [number, number][] = [];
  for (const [first, last] of asked) {
    let next = first;
    for (const [from, to] of mailbox.sequencesOf([[first, last]]))
      for (let sequence = from; sequence <= to; sequence++) {
        const uid = mailbox.uid(sequence);
        if (uid > next) missing.push([next, uid - 1]);
        next = uid + 1;
      }
    if (next <= last) missing.push([next, last]);
  }
  return missing;
}

/** The first UID after the last pair that still holds: what lies before needs no telling (RFC 7162 section 3.2.5.2). */
function firstDoubtful(mailbox: Mailbox, known: readonly (readonly [number, number])[]): number {
  let from = 1;
  for (const [sequence, uid] of known) {
    if (sequence > mailbox.count || mailbox.uid(sequence) !== uid) break;
    from = uid + 1;
  }
  return from;
}
