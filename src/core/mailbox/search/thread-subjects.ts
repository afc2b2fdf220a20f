/** Threads with the same subject become one (RFC 5256 section 3, REFERENCES step 5). */
import {newNode, type ThreadNode} from './thread-tree.ts';

/** `roots` are sorted. */
export function joinBySubject(roots: readonly ThreadNode[]): ThreadNode[] {
  const table = new Map<string, ThreadNode>();
  for (const root of roots) {
    const subject = subjectOf(root);
    if (subject === '') continue;
    const kept = table.get(subject);
    if (kept === undefined || isBetter(root, kept)) table.set(subject, root);
  }
  const joined = new Set<ThreadNode>();
  for (const root of roots) {
    const subject = subjectOf(root);
    const kept = subject === '' ? undefined : table.get(subject);
    if (kept === undefined || kept === root) joined.add(root);
    else join(root, kept, subject, table, joined);
  }
  return [...joined];
}

/** A thread whose first message is missing, or is no answer, stands for the subject. */
function isBetter(root: ThreadNode, kept: ThreadNode): boolean {
  if (kept.sequence === undefined) return false;
  return root.sequence === undefined || (isAnswer(kept) && !isAnswer(root));
}

function join(
  root: ThreadNode,
  kept: ThreadNode,
  subject: string,
  table: Map<string, ThreadNode>,
  joined: Set<ThreadNode>,
): void {
  if (kept.sequence === undefined) {
    if (root.sequence === undefined) for (const child of root.children) kept.children.push(child);
    else kept.children.push(root);
    return;
  }
  if (root.sequence !== undefined && !isAnswer(kept) && isAnswer(root)) {
    kept.children.push(root);
    return;
  }
  const both = newNode();
  both.children.push(kept, root);
  table.set(subject, both);
  joined.delete(kept);
  joined.add(both);
}

function subjectOf(root: ThreadNode): string {
  return first(root)?.message?.baseSubject ?? '';
}

function isAnswer(root: ThreadNode): boolean {
  return first(root)?.message?.isReplyOrForward === true;
}

function first(root: ThreadNode): ThreadNode | undefined {
  return root.sequence === undefined ? root.children[0] : root;
}
