/**
 * A transaction as the index's log keeps it: lines of text, one for each message that came, changed or went, and one of
 * what stands beside messages.
 *
 *     M modseq                                      of the lines below
 *     K index name                                  a keyword
 *     A uid flags keywords received saved size text a message came (keywords: words parted by dots)
 *     F uid flags keywords text                     its flags changed
 *     X ranges                                      messages went
 *     H json                                        the rest, whole
 */
import type {NumberRanges} from '../mailbox.ts';
import {rangesOf} from '../number-ranges.ts';
import type {MessageTable, Row} from '../table.ts';
import {readRanges, writeRanges} from './vanished.ts';

/** What stands beside messages. */
export interface StateHead {
  readonly uidValidity: number;
  readonly guid: string;
  readonly nextUid: number;
  readonly highestModSeq: number;
  readonly firstRecent: number;
  /** The format's own (times of folders, marks of files). */
  readonly format: unknown;
}

export interface StateChange {
  readonly modSeq: number;
  readonly added: readonly number[];
  readonly flagged: Iterable<number>;
  readonly removed: readonly number[];
  readonly keywordsFrom: number;
}

export interface StateTarget {
  readonly table: MessageTable;
  readonly keywordNames: readonly (string | undefined)[];
  addRow(row: Row): void;
  setFlags(uid: number, flags: number, words: readonly number[], info: string, modSeq: number): void;
  remove(ranges: NumberRanges, modSeq: number): void;
  setKeyword(index: number, name: string): void;
  setHead(head: StateHead): void;
}

export function writeState(
  change: StateChange,
  target: Pick<StateTarget, 'table' | 'keywordNames'>,
  head: StateHead,
): Buffer {
  const lines = [`M ${change.modSeq}`];
  target.keywordNames.forEach((name, index) => {
    if (name !== undefined && index >= change.keywordsFrom) lines.push(`K ${index} ${name}`);
  });
  for (const uid of change.added) pushAdded(lines, target.table, uid);
  for (const uid of change.flagged) pushFlagged(lines, target.table, uid);
  if (change.removed.length > 0) lines.push(`X ${writeRanges(rangesOf([...change.removed].sort((a, b) => a - b)))}`);
  lines.push(`H ${JSON.stringify(head)}`);
  return Buffer.from(lines.join('\n'), 'latin1');
}

function pushAdded(lines: string[], table: MessageTable, uid: number): void {
  const position = table.find(uid);
  if (position < 0) return; // went in the same transaction
  const {columns} = table;
  const numbers = `${columns.received[position]} ${columns.saved[position]} ${columns.virtualSizes[position]}`;
  lines.push(`A ${uid} ${columns.flags[position]} ${words(table, position)} ${numbers} ${textOf(table, position)}`);
}

function pushFlagged(lines: string[], table: MessageTable, uid: number): void {
  const position = table.find(uid);
  if (position < 0) return;
  lines.push(`F ${uid} ${table.columns.flags[position]} ${words(table, position)} ${table.info(position)}`);
}

function words(table: MessageTable, position: number): string {
  return table.columns.keywords.map(column => column[position] ?? 0).join('.');
}

/** Names of files hold no NUL. */
function textOf(table: MessageTable, position: number): string {
  return `${table.name(position)}\0${table.fields(position)}\0${table.info(position)}`;
}

export function applyState(payload: Buffer, target: StateTarget): void {
  let modSeq = 0;
  for (const line of payload.toString('latin1').split('\n')) {
    const rest = line.slice(2);
    if (line[0] === 'M') modSeq = Number(rest);
    else if (line[0] === 'A') applyAdded(rest, modSeq, target);
    else if (line[0] === 'F') applyFlagged(rest, modSeq, target);
    else if (line[0] === 'X') target.remove(readRanges(rest), modSeq);
    else if (line[0] === 'K') target.setKeyword(Number.parseInt(rest, 10), rest.slice(rest.indexOf(' ') + 1));
    else if (line[0] === 'H') target.setHead(JSON.parse(rest) as StateHead); // behind a checksum: we wrote it
  }
}

function applyAdded(rest: string, modSeq: number, target: StateTarget): void {
  const {parts, text} = cut(rest, 6);
  const [name = '', fields = '', info = ''] = text.split('\0');
  target.addRow({
    uid: Number(parts[0]),
    flags: Number(parts[1]),
    keywords: wordsIn(parts[2]),
    modSeq,
    received: Number(parts[3]),
    saved: Number(parts[4]),
    virtualSize: Number(parts[5]),
    name,
    fields,
    info,
  });
}

function applyFlagged(rest: string, modSeq: number, target: StateTarget): void {
  const {parts, text} = cut(rest, 3);
  target.setFlags(Number(parts[0]), Number(parts[1]), wordsIn(parts[2]), text, modSeq);
}

function wordsIn(text: string | undefined): number[] {
  return (text ?? '').split('.').map(Number);
}

/** `count` words, and what follows them. */
function cut(line: string, count: number): {parts: string[]; text: string} {
  const parts: string[] = [];
  let at = 0;
  for (let n = 0; n < count; n++) {
    const space = line.indexOf(' ', at);
    parts.push(line.slice(at, space));
    at = space + 1;
  }
  return {parts, text: line.slice(at)};
}
