/**
 * Searches whose results a client keeps up to date (RFC 5267 UPDATE): after changes the search is made again among the
 * messages that changed, and what came and went is told by position.
 */
import {Refusal} from '../../base/errors.ts';
import type {MailboxChanges} from '../../mailbox/mailbox.ts';
import {rangesOf} from '../../mailbox/number-ranges.ts';
import type {SearchKey} from '../../mailbox/search/search-key.ts';
import {sortMessages, type SortCriterion} from '../../mailbox/search/sort.ts';
import {quoted} from '../imap-string.ts';
import type {MailSession} from '../mail-session.ts';
import type {Selected} from '../selected.ts';
import {printRanges} from '../sequence-set.ts';
import {runSearch} from './run-search.ts';

export interface SearchContext {
  readonly tag: string;
  readonly isUid: boolean;
  readonly key: SearchKey;
  readonly criteria: readonly SortCriterion[] | undefined;
  /** UIDs of the result, in its order. */
  uids: readonly number[];
}

interface NewContext {
  readonly tag: string;
  readonly isUid: boolean;
  readonly key: SearchKey;
  readonly sequences: readonly number[];
  readonly criteria?: readonly SortCriterion[];
}

/** Seen: Dovecot keeps no more than this. */
const MOST_CONTEXTS = 20;

export function openContext(session: MailSession, selected: Selected, context: NewContext): string {
  const {tag, isUid, key, criteria, sequences} = context;
  const name = criteria === undefined ? 'Search' : 'Sort';
  if (selected.contexts.has(tag)) throw new Refusal('', 'Duplicate search update tag');
  if (selected.contexts.size >= MOST_CONTEXTS) {
    session.line.out.line(`* NO [NOUPDATE ${quoted(tag)}] Too many contexts`);
    return `OK ${name} completed.`;
  }
  const uids = sequences.map(sequence => selected.mailbox.uid(sequence));
  selected.contexts.set(tag, {tag, isUid, key, criteria, uids});
  return `OK ${name} completed.`;
}

/** After what happened was told: `REMOVEFROM` first, then `ADDTO`. */
export async function tellContexts(session: MailSession, selected: Selected, changes: MailboxChanges): Promise<void> {
  if (selected.contexts.size === 0) return;
  if (!changes.hasNewMail && changes.flagged.length === 0 && changes.expunged.length === 0) return;
  for (const context of selected.contexts.values()) await tellContext(session, selected, context);
}

async function tellContext(session: MailSession, selected: Selected, context: SearchContext): Promise<void> {
  const {mailbox} = selected;
  const found = await runSearch(session, selected, context.key);
  const {criteria} = context;
  const sequences =
    criteria === undefined ? found : await sortMessages(mailbox, found, criteria, () => session.line.breathe());
  const uids = sequences.map(sequence => mailbox.uid(sequence));
  const now = new Set(uids);
  const before = new Set(context.uids);
  const removed = context.uids.filter(uid => !now.has(uid) && mailbox.sequenceOf(uid) > 0);
  const name = (uid: number): number => (context.isUid ? uid : mailbox.sequenceOf(uid));
  const head = `* ESEARCH (TAG ${quoted(context.tag)})${context.isUid ? ' UID' : ''}`;
  if (removed.length > 0) session.line.out.line(`${head} REMOVEFROM (0 ${printed(removed.map(name))})`);
  if (criteria === undefined) {
    const added = uids.filter(uid => !before.has(uid));
    if (added.length > 0) session.line.out.line(`${head} ADDTO (0 ${printed(added.map(name))})`);
  } else
    for (const [position, uid] of uids.entries())
      if (!before.has(uid)) session.line.out.line(`${head} ADDTO (${position + 1} ${name(uid)})`);
  context.uids = uids;
}

function printed(numbers: number[]): string {
  return printRanges(rangesOf(numbers.sort((a, b) => a - b)));
}
