/**
 * LIST and LSUB over all namespaces (RFC 3501 section 6.3.8, RFC 5258, RFC 6154): the names there are, the parents they
 * imply, and what is only subscribed to.
 */
import {ListPattern} from './list-pattern.ts';
import type {ListedMailbox, ListRequest} from './mail-store.ts';
import type {NamespaceRoot} from './namespace-root.ts';

export interface ListSupport {
  /** Names as clients know them. */
  subscriptions(): Promise<ReadonlySet<string>>;
  /** Special uses that CREATE set, by name. */
  madeUses(): Promise<ReadonlyMap<string, readonly string[]>>;
  isMarked(name: string): Promise<boolean | undefined>;
}

interface Node {
  readonly name: string;
  isSelectable: boolean;
  exists: boolean;
  hasChildren: boolean;
  hasSubscribedChild: boolean;
}

export async function listMailboxes(
  roots: readonly NamespaceRoot[],
  request: ListRequest,
  support: ListSupport,
): Promise<ListedMailbox[]> {
  const subscribed = await support.subscriptions();
  const madeUses = await support.madeUses();
  const listed: ListedMailbox[] = [];
  for (const root of roots) {
    if (!isListed(root, request)) continue;
    const nodes = await nodesOf(root, roots, request.onlySubscribed === true ? subscribed : new Set());
    for (const name of subscribed) markParents(nodes, name, root.separator);
    listed.push(...matching(root, nodes, request, subscribed, madeUses));
  }
  const boxes = merged(listed);
  return request.wantsMarked === true ? await withMarks(boxes, support) : boxes;
}

/** list = no, children: only to who names the prefix. */
function isListed(root: NamespaceRoot, request: ListRequest): boolean {
  const {list, prefix} = root.settings;
  if (list !== 'no' || prefix === '') return true;
  return request.patterns.some(pattern => pattern.startsWith(prefix.slice(0, -1)));
}

async function nodesOf(
  root: NamespaceRoot,
  roots: readonly NamespaceRoot[],
  subscribed: ReadonlySet<string>,
): Promise<Map<string, Node>> {
  const nodes = new Map<string, Node>();
  const add = (name: string, isSelectable: boolean, exists: boolean): void => {
    const node = nodes.get(name);
    if (node === undefined)
      nodes.set(name, {name, isSelectable, exists, hasChildren: false, hasSubscribedChild: false});
    else {
      node.isSelectable ||= isSelectable;
      node.exists ||= exists;
    }
  };
  for (const box of await root.tree.boxes()) add(root.toClient(box.name), box.isSelectable, true);
  for (const box of root.settings.mailboxes)
    if (box.auto !== 'no') add(root.toClient(box.name.replaceAll(root.separator, '/')), true, true);
  for (const name of subscribed) if (isOwn(root, roots, name)) add(name, false, false);
  if (root.prefix !== '' && nodes.size > 0) addPrefix(root, add);
  for (const node of [...nodes.values()]) addParents(nodes, node, root.separator);
  return nodes;
}

/** The name of the namespace itself, which only has children. */
function addPrefix(root: NamespaceRoot, add: (name: string, isSelectable: boolean, exists: boolean) => void): void {
  const name = root.prefix.endsWith(root.separator) ? root.prefix.slice(0, -root.separator.length) : root.prefix;
  if (!(root.settings.inbox && name.toUpperCase() === 'INBOX')) add(name, false, true);
}

function isOwn(root: NamespaceRoot, roots: readonly NamespaceRoot[], name: string): boolean {
  if (!name.startsWith(root.prefix)) return false;
  return !roots.some(other => other.prefix.length > root.prefix.length && name.startsWith(other.prefix));
}

function addParents(nodes: Map<string, Node>, node: Node, separator: string): void {
  for (let at = node.name.lastIndexOf(separator); at > 0; at = node.name.lastIndexOf(separator, at - 1)) {
    const name = node.name.slice(0, at);
    const parent = nodes.get(name);
    if (parent === undefined)
      nodes.set(name, {
        name,
        isSelectable: false,
        exists: node.exists,
        hasChildren: node.exists,
        hasSubscribedChild: false,
      });
    else if (node.exists) {
      parent.hasChildren = true;
      parent.exists = true;
    }
  }
}

function markParents(nodes: Map<string, Node>, name: string, separator: string): void {
  for (let at = name.lastIndexOf(separator); at > 0; at = name.lastIndexOf(separator, at - 1)) {
    const parent = nodes.get(name.slice(0, at));
    if (parent !== undefined) parent.hasSubscribedChild = true;
  }
}

function matching(
  root: NamespaceRoot,
  nodes: ReadonlyMap<string, Node>,
  request: ListRequest,
  subscribed: ReadonlySet<string>,
  madeUses: ReadonlyMap<string, readonly string[]>,
): ListedMailbox[] {
  const patterns = request.patterns.map(pattern => new ListPattern(pattern, root.separator));
  const uses = new Map(
    root.settings.mailboxes.map(box => [root.toClient(box.name.replaceAll(root.separator, '/')), box.specialUse]),
  );
  const listed: ListedMailbox[] = [];
  for (const node of nodes.values()) {
    const isSubscribed = subscribed.has(node.name);
    const specialUse = uses.get(node.name) ?? madeUses.get(node.name) ?? [];
    if (request.onlySubscribed === true && !isSubscribed)
      if (request.withSubscribedParents !== true || !node.hasSubscribedChild) continue;
    // NO-NOSELECT: names that lead nowhere are not told.
    if (root.tree.location.noNoselect && !node.isSelectable && node.exists && !node.hasChildren) continue;
    if (request.onlySpecialUse === true && specialUse.length === 0) continue;
    if (!patterns.some(pattern => pattern.matches(node.name))) continue;
    listed.push({
      name: node.name,
      separator: root.separator,
      isSelectable: node.isSelectable,
      exists: node.exists,
      canHaveChildren: root.tree.location.driver === 'maildir' || !node.isSelectable || node.name === 'INBOX',
      hasChildren: node.hasChildren,
      isSubscribed,
      hasSubscribedChild: node.hasSubscribedChild,
      isMarked: undefined,
      specialUse,
    });
  }
  return listed;
}

function withMarks(boxes: readonly ListedMailbox[], support: ListSupport): Promise<ListedMailbox[]> {
  return Promise.all(
    boxes.map(async box => (box.isSelectable ? {...box, isMarked: await support.isMarked(box.name)} : box)),
  );
}

/** Namespaces meet in a prefix; INBOX comes last, as the original has it, the others by name. */
function merged(listed: readonly ListedMailbox[]): ListedMailbox[] {
  const byName = new Map<string, ListedMailbox>();
  for (const box of listed) {
    const other = byName.get(box.name);
    byName.set(box.name, other === undefined ? box : joined(other, box));
  }
  return [...byName.values()].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function joined(a: ListedMailbox, b: ListedMailbox): ListedMailbox {
  const [first, second] = a.isSelectable ? [a, b] : [b, a];
  return {
    ...first,
    exists: a.exists || b.exists,
    hasChildren: a.hasChildren || b.hasChildren,
    hasSubscribedChild: a.hasSubscribedChild || b.hasSubscribedChild,
    specialUse: first.specialUse.length > 0 ? first.specialUse : second.specialUse,
  };
}

function rank(box: ListedMailbox): number {
  return box.name === 'INBOX' ? 1 : 0;
}
