/** Takes what other processes wrote into the index of a mailbox into the mailbox, as a part of a transaction. */
import type {NumberRanges} from '../mailbox.ts';
import type {SharedMailbox} from '../shared-mailbox.ts';
import {firstAtLeast, type MessageTable, type Row} from '../table.ts';
import type {Transaction} from '../transaction.ts';
import type {IndexTarget} from './mailbox-index.ts';
import type {Snapshot} from './snapshot.ts';
import type {StateHead} from './state-log.ts';

export class IndexReader implements IndexTarget {
  readonly #mailbox: SharedMailbox;
  readonly #change: Transaction;

  constructor(mailbox: SharedMailbox, change: Transaction) {
    this.#mailbox = mailbox;
    this.#change = change;
  }

  get table(): MessageTable {
    return this.#mailbox.table;
  }

  get keywordNames(): (string | undefined)[] {
    return this.#mailbox.keywordNames;
  }

  adoptSnapshot(snapshot: Snapshot): void {
    this.#change.hasOthers = true;
    this.#mailbox.adoptSnapshot(snapshot);
  }

  addRow(row: Row): void {
    this.#change.hasOthers = true;
    this.table.add([row]);
  }

  setFlags(uid: number, flags: number, words: readonly number[], info: string, modSeq: number): void {
    const position = this.table.find(uid);
    if (position < 0) return;
    this.#change.hasOthers = true;
    const {columns} = this.table;
    columns.flags[position] = flags;
    columns.modSeqs[position] = modSeq;
    for (let n = 0; n < Math.max(words.length, columns.keywords.length); n++)
      this.table.setKeywordWord(position, n, words[n] ?? 0);
    this.table.setInfo(position, info);
  }

  remove(ranges: NumberRanges, modSeq: number): void {
    this.#change.hasOthers = true;
    const {uids, count} = this.table.columns;
    const positions: number[] = [];
    for (const [first, last] of ranges)
      for (let at = firstAtLeast(uids, count, first); at < count && (uids[at] ?? 0) <= last; at++) positions.push(at);
    this.#mailbox.vanished.add(modSeq, ranges);
    this.table.remove(positions);
  }

  setKeyword(index: number, name: string): void {
    const {keywordNames} = this.#mailbox;
    if (keywordNames[index] === name) return;
    this.#change.keywordsAdded = true;
    while (keywordNames.length < index) keywordNames.push(undefined);
    keywordNames[index] = name;
  }

  setHead(head: StateHead): void {
    this.#mailbox.setHead(head);
  }
}
