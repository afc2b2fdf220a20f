/** STORE and UID STORE (RFC 3501 section 6.4.6), conditional with UNCHANGEDSINCE (RFC 7162 section 3.1.3). */
import {flagBits, type FlagChange, type Mailbox} from '../../mailbox/mailbox.ts';
import {type Arguments, fail} from '../argument.ts';
import {imapCommand} from '../command.ts';
import {type FlagsBefore, snapshot, tellScripts} from '../flag-events.ts';
import {expectFlags} from '../flags.ts';
import {expectSet, messagesOf} from '../message-set.ts';
import {joinRanges, printRanges} from '../sequence-set.ts';

const MODES = new Map<string, FlagChange['mode']>([
  ['+FLAGS', 'add'],
  ['-FLAGS', 'remove'],
  ['FLAGS', 'replace'],
]);
const SILENT = '.SILENT';

export const store = imapCommand({
  name: 'STORE',
  uid: 'too',
  needsMailbox: true,
  parse(args) {
    const set = expectSet(args);
    const modifiers = args.takeList();
    const unchangedSince = modifiers === undefined ? undefined : parseModifiers(modifiers);
    const item = args.expectString().toUpperCase();
    const isSilent = item.endsWith(SILENT);
    const mode = MODES.get(isSilent ? item.slice(0, -SILENT.length) : item) ?? fail('Invalid arguments.');
    return {set, unchangedSince, isSilent, mode, list: args.takeList() ?? args};
  },
  async run(session, {set, unchangedSince, isSilent, mode, list}, {isUid}) {
    const selected = session.expectSelected();
    const {mailbox} = selected;
    const messages = messagesOf(selected, set, isUid);
    const {bits, keywords} = expectFlags(list, session.settings.maxKeywordLength);
    if (unchangedSince !== undefined) session.enableCondstore();
    if (mailbox.isReadOnly) return 'OK Store ignored with read-only mailbox.';
    const change: FlagChange = {mode, flags: bits, keywords, unchangedSince};
    if (isSilent) await session.sync(false, {withUid: isUid}); // what others did is told before it can't be told apart
    const before = snapshot(mailbox, messages);
    const {conflicts} = await mailbox.setFlags(messages, change); // of those that are gone nothing is said (seen)
    session.counters.deleted += countDeleted(mailbox, before);
    if (session.scripts !== undefined) await tellScripts(session.scripts, mailbox, before);
    const knownFlags = isSilent ? expectedFlags(mailbox, before, change) : undefined;
    await session.sync(isUid, {withUid: isUid, ...(knownFlags === undefined ? {} : {knownFlags})});
    if (conflicts.length > 0) return `OK [MODIFIED ${print(mailbox, conflicts, isUid)}] Conditional store failed.`;
    return 'OK Store completed.';
  },
});

/** undefined: the list is empty. */
function parseModifiers(args: Arguments): number | undefined {
  let modSeq: number | undefined;
  while (!args.isAtEnd) {
    if (!args.takeWord('UNCHANGEDSINCE')) fail('Unknown STORE modifier');
    const text = args.takeAtom() ?? '';
    if (!/^\d{1,19}$/.test(text)) fail('Invalid modseq');
    modSeq = Number(text);
  }
  return modSeq;
}

function countDeleted(mailbox: Mailbox, before: FlagsBefore): number {
  let count = 0;
  for (const [sequence, {flags}] of before)
    if ((flags & flagBits.deleted) === 0 && (mailbox.flags(sequence) & flagBits.deleted) !== 0) count++;
  return count;
}

/** Messages whose flags are what the client thinks after a silent STORE: what another session did is told yet. */
function expectedFlags(mailbox: Mailbox, before: FlagsBefore, change: FlagChange): Set<number> {
  const expected = new Set<number>();
  for (const [sequence, old] of before) {
    const flags = applyBits(old.flags & ~flagBits.recent, change);
    const isSame = flags === (mailbox.flags(sequence) & ~flagBits.recent);
    if (isSame && haveSame(applyKeywords(old.keywords, change), mailbox.keywordsOf(sequence))) expected.add(sequence);
  }
  return expected;
}

function applyBits(old: number, {mode, flags}: FlagChange): number {
  return mode === 'add' ? old | flags : mode === 'remove' ? old & ~flags : flags;
}

function applyKeywords(old: readonly string[], {mode, keywords}: FlagChange): Set<string> {
  const result = new Set(mode === 'replace' ? [] : old.map(lower));
  for (const keyword of keywords.map(lower))
    if (mode === 'remove') result.delete(keyword);
    else result.add(keyword);
  return result;
}

function haveSame(expected: ReadonlySet<string>, actual: readonly string[]): boolean {
  return expected.size === actual.length && actual.every(keyword => expected.has(keyword.toLowerCase()));
}

function lower(text: string): string {
  return text.toLowerCase();
}

function print(mailbox: Mailbox, sequences: readonly number[], isUid: boolean): string {
  return printRanges(joinRanges(sequences.map(one => (isUid ? mailbox.uid(one) : one)).map(one => [one, one])));
}
