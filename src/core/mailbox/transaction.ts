/**
 * What one transaction on a mailbox did, and what a change of flags makes of a message (RFC 3501 section 6.4.6, RFC 7162
 * section 3.1.3).
 */
import type {FlagChange} from './mailbox.ts';
import {CLIENT_FLAGS, type Columns} from './table.ts';

/** What a transaction did so far. */
export interface Transaction {
  /** Of this transaction's changes; taken with the first of them. */
  modSeq: number;
  readonly added: number[];
  readonly flagged: Set<number>;
  readonly removed: number[];
  keywordsAdded: boolean;
  /** Something to be written down beside messages: marks of files, \Recent. */
  headChanged: boolean;
  /** Of messages that were removed: what quota gets back. */
  freedMessages: number;
  freedBytes: number;
  /** Others' changes were taken in, which they wrote down themselves. */
  hasOthers: boolean;
}

/** New flags of one message. The format may add marks of its own to them. */
export interface MarkChange {
  readonly position: number;
  flags: number;
  readonly words: readonly number[];
}

export interface MarkOutcome {
  readonly conflicts: ReadonlySet<number>;
  readonly gone: ReadonlySet<number>;
}

export function newTransaction(): Transaction {
  return {
    modSeq: 0,
    added: [],
    flagged: new Set(),
    removed: [],
    keywordsAdded: false,
    headChanged: false,
    hasOthers: false,
    freedMessages: 0,
    freedBytes: 0,
  };
}

export function isChange(change: Transaction): boolean {
  return (
    change.added.length > 0 ||
    change.removed.length > 0 ||
    change.flagged.size > 0 ||
    change.keywordsAdded ||
    change.hasOthers
  );
}

/** What this transaction itself changed before does not count. */
export function isNewer(columns: Columns, position: number, since: number, change: Transaction): boolean {
  const modSeq = columns.modSeqs[position] ?? 0;
  return modSeq > since && (modSeq !== change.modSeq || !change.flagged.has(columns.uids[position] ?? 0));
}

/** undefined: nothing would change. */
export function marksAfter(
  columns: Columns,
  position: number,
  change: FlagChange,
  indexes: readonly number[],
  keptMarks: number,
): MarkChange | undefined {
  const before = columns.flags[position] ?? 0;
  const asked = change.flags & CLIENT_FLAGS;
  const own = before & CLIENT_FLAGS;
  const next = change.mode === 'add' ? own | asked : change.mode === 'remove' ? own & ~asked : asked;
  const old = columns.keywords.map(column => column[position] ?? 0);
  const words = change.mode === 'replace' ? old.map(() => 0) : [...old];
  for (const index of indexes) {
    const n = index >>> 5;
    const bit = 1 << (index & 31);
    while (words.length <= n) words.push(0);
    words[n] = (change.mode === 'remove' ? (words[n] ?? 0) & ~bit : (words[n] ?? 0) | bit) >>> 0;
  }
  const isSame = next === own && words.every((word, n) => word === (old[n] ?? 0));
  return isSame ? undefined : {position, flags: (before & keptMarks) | next, words};
}
