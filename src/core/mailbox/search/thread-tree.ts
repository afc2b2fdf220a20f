/** The tree that threads are made in, and what is done to all of it. Nothing here is recursive. */
import type {ThreadMessage} from './thread.ts';

export interface ThreadNode {
  /** undefined: nobody has this message, but there are answers to it. */
  sequence: number | undefined;
  /** Of a missing message: its first answer's, once answers are sorted. */
  date: number;
  message: ThreadMessage | undefined;
  parent: ThreadNode | undefined;
  /** Towards the root while links are made, shortened as it is walked. */
  above: ThreadNode | undefined;
  children: ThreadNode[];
}

export function newNode(message?: ThreadMessage): ThreadNode {
  const [sequence, date] = message === undefined ? [undefined, 0] : [message.sequence, message.date];
  return {sequence, date, message, parent: undefined, above: undefined, children: []};
}

/** Parents before their children. */
function inOrder(roots: readonly ThreadNode[]): ThreadNode[] {
  const order: ThreadNode[] = [...roots];
  for (let at = 0; at < order.length; at++) for (const child of order[at]?.children ?? []) order.push(child);
  return order;
}

/**
 * Missing messages without answers go; those with answers give them to their parents, and stay at the root only, where
 * they have several (RFC 5256 section 3, REFERENCES step 3).
 */
export function pruneDummies(roots: readonly ThreadNode[]): ThreadNode[] {
  const order = inOrder(roots);
  for (let at = order.length - 1; at >= 0; at--) {
    const node = order[at];
    if (node === undefined || node.children.every(isMessage)) continue;
    const kept: ThreadNode[] = [];
    for (const child of node.children) {
      if (child.sequence !== undefined) kept.push(child);
      else for (const grandchild of child.children) kept.push(grandchild);
    }
    node.children = kept;
  }
  const pruned: ThreadNode[] = [];
  for (const root of roots) {
    const [only] = root.children;
    if (root.sequence !== undefined || root.children.length > 1) pruned.push(root);
    else if (only !== undefined) pruned.push(only);
  }
  return pruned;
}

function isMessage(node: ThreadNode): boolean {
  return node.sequence !== undefined;
}

/** Answers, and then the roots, by date. */
export function sortTree(roots: readonly ThreadNode[]): ThreadNode[] {
  const order = inOrder(roots);
  for (let at = order.length - 1; at >= 0; at--) {
    const node = order[at];
    if (node === undefined) continue;
    if (node.children.length > 1) node.children.sort(byDate);
    if (node.sequence === undefined) node.date = node.children[0]?.date ?? 0;
  }
  return [...roots].sort(byDate);
}

export function byDate(a: ThreadNode, b: ThreadNode): number {
  return a.date - b.date || numberOf(a) - numberOf(b);
}

function numberOf(node: ThreadNode): number {
  return node.sequence ?? node.children[0]?.sequence ?? 0;
}
