/**
 * Who answers whom, by References and In-Reply-To (RFC 5256 section 3, REFERENCES steps 1 and 2). A message's own last reference
 * counts before what others say of it; a link that would make a circle is not made.
 */
import type {ThreadMessage} from './thread.ts';
import {newNode, type ThreadNode} from './thread-tree.ts';

/** The roots. */
export function linkReferences(messages: readonly ThreadMessage[]): ThreadNode[] {
  const links = new Links();
  const nodes = messages.map(message => links.nodeFor(message));
  for (const [index, message] of messages.entries()) {
    const node = nodes[index];
    const last = message.references[message.references.length - 1];
    if (node !== undefined && last !== undefined && last !== '') links.link(links.named(last), node);
  }
  for (const {references} of messages)
    for (let at = 1; at < references.length; at++) {
      const child = links.named(references[at] ?? '');
      if (child.parent === undefined) links.link(links.named(references[at - 1] ?? ''), child);
    }
  return links.roots();
}

class Links {
  readonly #named = new Map<string, ThreadNode>();
  readonly #all: ThreadNode[] = [];

  /** The second message of a name, and one without a name, stand for themselves. */
  nodeFor(message: ThreadMessage): ThreadNode {
    const {messageId} = message;
    if (messageId !== '' && !this.#named.has(messageId)) {
      const node = this.#add(newNode(message));
      this.#named.set(messageId, node);
      return node;
    }
    return this.#add(newNode(message));
  }

  named(messageId: string): ThreadNode {
    let node = this.#named.get(messageId);
    if (node === undefined) this.#named.set(messageId, (node = this.#add(newNode())));
    return node;
  }

  link(parent: ThreadNode, child: ThreadNode): void {
    if (this.#rootOf(parent) === child) return;
    child.parent = parent;
    parent.children.push(child);
    child.above = parent;
  }

  roots(): ThreadNode[] {
    return this.#all.filter(node => node.parent === undefined);
  }

  #add(node: ThreadNode): ThreadNode {
    this.#all.push(node);
    return node;
  }

  #rootOf(start: ThreadNode): ThreadNode {
    let root = start;
    while (root.above !== undefined) root = root.above;
    for (let node = start; node !== root;) {
      const above = node.above ?? root;
      node.above = root;
      node = above;
    }
    return root;
  }
}
