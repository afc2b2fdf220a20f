/**
 * THREAD (RFC 5256): ORDEREDSUBJECT, REFERENCES, and REFS, which is REFERENCES without a look at subjects, the thread with the
 * latest message last (seen: Dovecot 2.3.19). Linear but for sorting, and not recursive: threads may be as long as mailboxes.
 */
import type {Mailbox, ThreadKeys} from '../mailbox.ts';
import {rangesOf} from '../number-ranges.ts';
import type {Breathe} from './search.ts';
import {joinBySubject} from './thread-subjects.ts';
import {linkReferences} from './thread-links.ts';
import {byDate, pruneDummies, sortTree, type ThreadNode} from './thread-tree.ts';

export type ThreadAlgorithm = 'REFERENCES' | 'REFS' | 'ORDEREDSUBJECT';

/** A message with its answers; without a message where only answers are here. */
export interface Thread {
  readonly sequence: number | undefined;
  readonly children: readonly Thread[];
}

/** One message as threads see it. */
export interface ThreadMessage extends ThreadKeys {
  readonly sequence: number;
  /** When it was sent, else when it came. */
  readonly date: number;
}

export async function threadMessages(
  mailbox: Mailbox,
  sequences: readonly number[],
  algorithm: ThreadAlgorithm,
  breathe: Breathe,
): Promise<readonly Thread[]> {
  const messages: ThreadMessage[] = [];
  await mailbox.items(rangesOf(sequences), {threadKeys: true, received: true}, (sequence, items) => {
    if (items === undefined) return undefined;
    const {messageId, references, baseSubject, isReplyOrForward, sent} = items.threadKeys ?? NO_KEYS;
    const date = sent ?? items.received ?? 0;
    messages.push({sequence, date, messageId, references, baseSubject, isReplyOrForward, sent});
    return breathe();
  });
  if (algorithm === 'ORDEREDSUBJECT') return orderedSubject(messages);
  const roots = pruneDummies(linkReferences(messages));
  if (algorithm === 'REFS') return byLatest(sortTree(roots));
  return sortTree(joinBySubject(sortTree(roots)));
}

const NO_KEYS: ThreadKeys = {messageId: '', references: [], baseSubject: '', isReplyOrForward: false, sent: undefined};

/** Each subject is a thread: its oldest message with all others as answers. */
function orderedSubject(messages: readonly ThreadMessage[]): Thread[] {
  const sorted = [...messages].sort((a, b) => a.date - b.date || a.sequence - b.sequence);
  const subjects = new Map<string, {sequence: number; children: Thread[]}>();
  for (const {sequence, baseSubject} of sorted) {
    const first = subjects.get(baseSubject);
    if (first === undefined) subjects.set(baseSubject, {sequence, children: []});
    else first.children.push({sequence, children: []});
  }
  return [...subjects.values()];
}

/** The thread with the latest message comes last. */
function byLatest(roots: readonly ThreadNode[]): ThreadNode[] {
  const latest = new Map(roots.map(root => [root, latestOf(root)]));
  return [...roots].sort((a, b) => (latest.get(a) ?? 0) - (latest.get(b) ?? 0) || byDate(a, b));
}

function latestOf(root: ThreadNode): number {
  let latest = -Infinity;
  const left = [root];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (node.sequence !== undefined) latest = Math.max(latest, node.date);
    for (const child of node.children) left.push(child);
  }
  return latest;
}
