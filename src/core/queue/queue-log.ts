/**
 * The defer, bounce and trace logs of a message: why each recipient was not delivered (yet), in the original's own text
 * form, so that both systems' tools read them. An entry is appended whole; what can't be understood is passed over.
 */
import {createReadStream} from 'node:fs';
import {open, readFile, unlink, type FileHandle} from 'node:fs/promises';
import {systemCode} from '../base/errors.ts';
import {quoteAddress, unquoteAddress} from '../message/address-syntax.ts';
import type {QueueStore} from './queue-store.ts';

export type LogKind = 'defer' | 'bounce' | 'trace';

export interface LogEntry {
  readonly recipient: string;
  /** In internal form; '' when it is the recipient itself. */
  readonly original: string;
  readonly offset: number;
  readonly dsnOriginal: string;
  readonly notify: number;
  readonly status: string;
  readonly action: string;
  readonly reason: string;
  readonly diagnosticType?: string | undefined;
  readonly diagnosticText?: string | undefined;
  readonly remoteType?: string | undefined;
  readonly remoteName?: string | undefined;
}

/** Adds entries, durably: their recipients are about to be marked as done. */
export async function appendEntries(
  store: QueueStore,
  kind: LogKind,
  id: string,
  entries: readonly LogEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  await write(store, kind, id, 'a', entries);
  await new Promise<void>((resolve, reject) =>
    store.flusher.sync(store.folder(kind, id), fault => (fault === null ? resolve() : reject(fault))),
  );
}

/** Puts the entries in place of all there are. A crash may lose them: they are reasons, and the next try gives others. */
export async function replaceEntries(
  store: QueueStore,
  kind: LogKind,
  id: string,
  entries: readonly LogEntry[],
): Promise<void> {
  if (entries.length === 0) return removeLog(store, kind, id);
  return write(store, kind, id, 'w', entries);
}

async function write(
  store: QueueStore,
  kind: LogKind,
  id: string,
  flags: 'a' | 'w',
  entries: readonly LogEntry[],
): Promise<void> {
  const text = Buffer.from(entries.map(formatEntry).join(''), 'latin1');
  const file = await openLog(store, kind, id, flags);
  try {
    await file.writeFile(text);
    if (flags === 'a') await file.sync();
  } finally {
    await file.close();
  }
}

async function openLog(store: QueueStore, kind: LogKind, id: string, flags: 'a' | 'w'): Promise<FileHandle> {
  const path = store.path(kind, id);
  let file: FileHandle;
  try {
    file = await open(path, flags, 0o600);
  } catch (fault) {
    if (systemCode(fault) !== 'ENOENT') throw fault;
    await store.makeFolder(kind, id);
    file = await open(path, flags, 0o600);
  }
  if (store.ownerUid !== undefined) await file.chown(store.ownerUid, 0);
  return file;
}

export async function readEntries(store: QueueStore, kind: LogKind, id: string): Promise<readonly LogEntry[]> {
  try {
    return parseEntries(await readFile(store.path(kind, id), 'latin1'));
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT') return [];
    throw fault;
  }
}

/** The entries of a log of any size, so many at a time. */
export async function* readEntriesInParts(
  store: QueueStore,
  kind: LogKind,
  id: string,
  count: number,
): AsyncGenerator<readonly LogEntry[]> {
  let rest = '';
  let entries: LogEntry[] = [];
  for await (const chunk of createReadStream(store.path(kind, id), {encoding: 'latin1'})) {
    const text = rest + String(chunk);
    const end = text.lastIndexOf('\n\n');
    rest = end < 0 ? text : text.slice(end);
    if (end < 0) continue;
    entries.push(...parseEntries(text.slice(0, end)));
    if (entries.length < count) continue;
    yield entries;
    entries = [];
  }
  entries.push(...parseEntries(rest));
  if (entries.length > 0) yield entries;
}

export async function removeLog(store: QueueStore, kind: LogKind, id: string): Promise<void> {
  try {
    await unlink(store.path(kind, id));
  } catch (fault) {
    if (systemCode(fault) !== 'ENOENT') throw fault; // most messages have none
  }
}

function formatEntry(entry: LogEntry): string {
  const reason = entry.reason.replace(/[\r\n]/g, ' ');
  const recipient = quoteAddress(entry.recipient);
  const lines = ['', `<${recipient}>: ${reason}`, `recipient=${recipient}`];
  if (entry.original !== '' && entry.original.toLowerCase() !== entry.recipient.toLowerCase())
    lines.push(`original_recipient=${quoteAddress(entry.original)}`);
  if (entry.offset > 0) lines.push(`offset=${entry.offset}`);
  if (entry.dsnOriginal !== '') lines.push(`dsn_orig_rcpt=${entry.dsnOriginal}`);
  if (entry.notify !== 0) lines.push(`notify_flags=${entry.notify}`);
  lines.push(`status=${entry.status}`, `action=${entry.action}`);
  const {diagnosticType, diagnosticText, remoteType, remoteName} = entry;
  for (const [name, value] of Object.entries({
    diag_type: diagnosticType,
    diag_text: diagnosticText,
    mta_type: remoteType,
    mta_mname: remoteName,
  }))
    if (value !== undefined && value !== '') lines.push(`${name}=${value.replace(/[\r\n]/g, ' ')}`);
  lines.push(`reason=${reason}`, '', '');
  return lines.join('\n');
}

export function parseEntries(text: string): readonly LogEntry[] {
  const entries: LogEntry[] = [];
  let fields = new Map<string, string>();
  for (const line of [...text.split('\n'), '']) {
    const equals = /^[a-z_]+=/.exec(line);
    if (equals !== null) fields.set(line.slice(0, equals[0].length - 1), line.slice(equals[0].length));
    if (line !== '' || !fields.has('recipient')) continue;
    entries.push(entryOf(fields));
    fields = new Map();
  }
  return entries;
}

function entryOf(fields: ReadonlyMap<string, string>): LogEntry {
  const text = (name: string): string => fields.get(name) ?? '';
  return {
    recipient: unquoteAddress(text('recipient')),
    original: unquoteAddress(text('original_recipient')),
    offset: Number(text('offset')) || 0,
    dsnOriginal: text('dsn_orig_rcpt'),
    notify: Number(text('notify_flags')) || 0,
    status: text('status') || '4.0.0',
    action: text('action') || 'delayed',
    reason: text('reason') || '(reason unavailable)',
    diagnosticType: fields.get('diag_type'),
    diagnosticText: fields.get('diag_text'),
    remoteType: fields.get('mta_type'),
    remoteName: fields.get('mta_mname'),
  };
}
