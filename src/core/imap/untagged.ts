/**
 * What happened in the selected mailbox, told to the client (RFC 3501 section 7): new flags first, under the numbers the
 * client knows, then what went, then what came.
 */
import type {Mailbox, MailboxChanges} from '../mailbox/mailbox.ts';
import {flagsOf, SYSTEM_FLAGS} from './flags.ts';
import type {MailSession, SyncOptions} from './mail-session.ts';
import {NOTHING_HELD, type Selected} from './selected.ts';
import {printRanges} from './sequence-set.ts';

export function tellChanges(
  session: MailSession,
  selected: Selected,
  changes: MailboxChanges,
  options: SyncOptions = {},
): void {
  const {mailbox} = selected;
  const {out} = session.line;
  if (changes.keywordsChanged) tellFlags(session, mailbox);
  tellFlagged(session, selected, changes, options);
  if (changes.expunged.length > 0) {
    if (session.hasQresync) out.line(`* VANISHED ${printRanges(changes.expungedUids)}`);
    else for (const sequence of changes.expunged) out.line(`* ${sequence} EXPUNGE`);
  }
  tellNewMail(session, selected, changes, options);
}

function tellNewMail(session: MailSession, selected: Selected, changes: MailboxChanges, options: SyncOptions): void {
  const {out} = session.line;
  const {mailbox, heldBack} = selected;
  const hasNew = changes.hasNewMail || heldBack.exists;
  const hasRecent = changes.recentChanged || heldBack.recent;
  const isHeld = options.isAsked !== true && session.settings.clientWorkarounds.has('delay-newmail');
  selected.heldBack = isHeld ? {exists: hasNew, recent: hasRecent} : NOTHING_HELD;
  if (isHeld) return;
  if (hasNew) out.line(`* ${mailbox.count} EXISTS`);
  if (hasRecent) out.line(`* ${mailbox.recentCount} RECENT`);
}

/**
 * A client that counts on modification sequences hears of one that no FETCH told it (RFC 7162 section 3.1.2.1): as a code
 * for the tagged reply of a command that expunges, else as a line of its own.
 */
export function highestModSeqCode(selected: Selected): string | undefined {
  const highest = selected.mailbox.highestModSeq;
  if (highest <= selected.toldModSeq) return undefined;
  selected.toldModSeq = highest;
  return `[HIGHESTMODSEQ ${highest}]`;
}

/** A message whose flags changed while the client was away. */
export function changedFetch(mailbox: Mailbox, sequence: number): string {
  const uid = `UID ${mailbox.uid(sequence)}`;
  return `* ${sequence} FETCH (${uid} ${flagsOf(mailbox, sequence)} MODSEQ (${mailbox.modSeq(sequence)}))`;
}

/** FLAGS and PERMANENTFLAGS, at SELECT and when a keyword was added. */
export function tellFlags(session: MailSession, mailbox: Mailbox): void {
  const {out} = session.line;
  const keywords = mailbox.keywords.length === 0 ? '' : ` ${mailbox.keywords.join(' ')}`;
  out.line(`* FLAGS (${SYSTEM_FLAGS}${keywords})`);
  const text = mailbox.isReadOnly ? 'Read-only mailbox.' : 'Flags permitted.';
  const any = mailbox.canAddKeywords ? ' \\*' : '';
  const flags = mailbox.isReadOnly ? '' : `${SYSTEM_FLAGS}${keywords}${any}`;
  out.line(`* OK [PERMANENTFLAGS (${flags})] ${text}`);
}

function tellFlagged(session: MailSession, selected: Selected, changes: MailboxChanges, options: SyncOptions): void {
  const {out} = session.line;
  const {mailbox} = selected;
  const gone = changes.expunged;
  let left = gone.length; // `expunged` descends
  let before = 0; // how many that went had smaller numbers
  for (const sequence of changes.flagged) {
    while (left > 0 && (gone[left - 1] ?? 0) <= sequence + before) {
      left--;
      before++;
    }
    const isKnown = options.knownFlags?.has(sequence) === true;
    if (isKnown && !session.hasCondstore) continue;
    let text = `* ${sequence + before} FETCH (`;
    if (options.withUid === true || session.hasQresync) text += `UID ${mailbox.uid(sequence)} `;
    if (session.hasCondstore) {
      const modSeq = mailbox.modSeq(sequence);
      selected.toldModSeq = Math.max(selected.toldModSeq, modSeq);
      text += `MODSEQ (${modSeq})${isKnown ? '' : ' '}`;
    }
    if (!isKnown) text += flagsOf(mailbox, sequence);
    out.line(`${text})`);
  }
}
