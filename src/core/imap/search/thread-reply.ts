/** Threads as THREAD prints them (RFC 5256 section 4): `(1 2 (3)(4 5))(6)`. Not recursive: threads may be very long. */
import type {Thread} from '../../mailbox/search/thread.ts';

/** One piece for each thread. */
export function* printThreads(threads: readonly Thread[], name: (sequence: number) => number): Generator<string> {
  for (const thread of threads) yield printThread(thread, name);
}

function printThread(root: Thread, name: (sequence: number) => number): string {
  let text = '(';
  /** What is still to be written: threads, and text between them. */
  const left: (Thread | string)[] = [')', root];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (typeof next === 'string') {
      text += next;
      continue;
    }
    if (next.sequence !== undefined) text += name(next.sequence);
    const {children} = next;
    const [only] = children;
    if (children.length === 1 && only !== undefined && next.sequence !== undefined) {
      text += ' ';
      left.push(only);
      continue;
    }
    if (children.length > 0 && next.sequence !== undefined) text += ' ';
    for (let at = children.length - 1; at >= 0; at--) {
      const child = children[at];
      if (child !== undefined) left.push(')', child, '(');
    }
  }
  return text;
}
