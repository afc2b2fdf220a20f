/**
 * COPY and MOVE between mailboxes: between Maildir folders of one file system by hard links and renames, else by reading
 * and saving. A copy keeps the message's guid, dates, flags and keywords.
 */
import {linkSync, renameSync} from 'node:fs';
import {link, rename, unlink} from 'node:fs/promises';
import {toPath} from '../base/bytes.ts';
import {systemCode} from '../base/errors.ts';
import {eachFile} from './each-file.ts';
import {syncFolder} from './flush.ts';
import type {SavedUids} from './mailbox.ts';
import type {SharedMailbox} from './shared-mailbox.ts';
import type {Transaction} from './transaction.ts';
import {CLIENT_FLAGS, MARKS, type MessageTable} from './table.ts';
import {infoOf, NAMED_KEYWORDS} from './maildir/file-name.ts';
import {MaildirFolder, type NewEntry} from './maildir/maildir-folder.ts';
import {newName} from './maildir/maildir-save.ts';

export async function transfer(
  from: SharedMailbox,
  to: SharedMailbox,
  uids: readonly number[],
  isMove: boolean,
): Promise<SavedUids> {
  if (from instanceof MaildirFolder && to instanceof MaildirFolder && to.copiesByLink) {
    const linked = await linkMessages(from, to, uids, isMove);
    if (linked !== undefined) return linked;
  }
  const saved = await copyBytes(from, to, uids);
  if (isMove) await from.removeUids(saved.sourceUids ?? [], 'all', 0);
  return saved;
}

interface Linked {
  readonly uid: number;
  readonly source: string;
  readonly target: string;
  readonly entry: NewEntry;
}

const MOST_ROUNDS = 4;

/** undefined: these folders are on different file systems. */
async function linkMessages(
  from: MaildirFolder,
  to: MaildirFolder,
  uids: readonly number[],
  isMove: boolean,
): Promise<SavedUids | undefined> {
  await from.refresh(false);
  const bytes = sizeOf(from, uids);
  await to.save.allow(uids.length, bytes);
  let links = await linkOnce(from, to, uids, isMove, false);
  for (let round = 2; links === 'renamed'; round++) {
    await from.lookSoon(); // not before the other folder's lock is free: two sessions may copy both ways
    links = await linkOnce(from, to, uids, isMove, round === MOST_ROUNDS);
  }
  if (links === 'far') return undefined;
  const sourceUids = links.done.map(({uid}) => uid);
  const folders = new Set(links.done.map(({entry}) => folderOf(entry)));
  if (to.save.syncs) await Promise.all([...folders].map(folder => syncFolder(`${to.place.directory}/${folder}`)));
  if (isMove) await from.dropMoved(sourceUids, bytes);
  await to.save.changed(sourceUids.length, bytes);
  return {uidValidity: to.uidValidity, uids: links.uids, sourceUids};
}

interface Links {
  readonly done: readonly Linked[];
  readonly uids: readonly number[];
}

/** All or none. 'renamed': somebody changed a name meanwhile; `skips` leaves such messages out. */
function linkOnce(
  from: MaildirFolder,
  to: MaildirFolder,
  uids: readonly number[],
  isMove: boolean,
  skips: boolean,
): Promise<Links | 'renamed' | 'far'> {
  const done: Linked[] = [];
  return to.transact(async change => {
    try {
      const links = (): Promise<void> => to.times.change(() => linkAll(from, to, uids, isMove, skips, change, done));
      await (isMove && from !== to ? from.times.change(links) : links());
      const entries = done.map(({entry}) => entry);
      return {done, uids: await to.enter(change, entries)};
    } catch (fault) {
      for (const {source, target} of done.reverse())
        await (isMove ? rename(toPath(target), toPath(source)) : unlink(toPath(target))).catch(() => undefined);
      const code = systemCode(fault) ?? '';
      if (code === 'ENOENT') return 'renamed';
      if (FAR.has(code)) return 'far';
      throw fault;
    }
  });
}

/** Another file system, or one without hard links. */
const FAR = new Set(['EXDEV', 'EMLINK', 'EPERM']);

function folderOf(entry: NewEntry): 'cur' | 'new' {
  return (entry.flags & MARKS.inNew) === 0 ? 'cur' : 'new';
}

function sizeOf(from: MaildirFolder, uids: readonly number[]): number {
  let bytes = 0;
  for (const uid of uids) {
    const position = from.table.find(uid);
    if (position >= 0) bytes += from.physicalSizeOf(position) ?? 0;
  }
  return bytes;
}

async function linkAll(
  from: MaildirFolder,
  to: MaildirFolder,
  uids: readonly number[],
  isMove: boolean,
  skips: boolean,
  change: Transaction,
  done: Linked[],
): Promise<void> {
  const planned = uids.map(uid => from.table.find(uid)).filter(position => position >= 0);
  const wordsOf = await keywordTranslation(from, to, planned, change);
  const plan = (position: number): Linked => {
    const entry = entryFor(from, to, position, wordsOf(position));
    const folder = folderOf(entry);
    const info = folder === 'new' ? '' : infoOf(entry.flags, entry.keywords[0] ?? 0);
    const uid = from.table.columns.uids[position] ?? 0;
    const target = `${to.place.directory}/${folder}/${entry.name}${info}`;
    return {uid, source: from.files.path(position), target, entry};
  };
  const tolerate = (fault: unknown): void => {
    if (!skips || systemCode(fault) !== 'ENOENT') throw fault;
  };
  await eachFile(planned.length, {
    now: index => {
      const linked = plan(planned[index] ?? 0);
      try {
        (isMove ? renameSync : linkSync)(toPath(linked.source), toPath(linked.target));
        done.push(linked);
      } catch (fault) {
        tolerate(fault);
      }
    },
    later: async index => {
      const linked = plan(planned[index] ?? 0);
      try {
        await (isMove ? rename : link)(toPath(linked.source), toPath(linked.target));
        done.push(linked);
      } catch (fault) {
        tolerate(fault);
      }
    },
  });
}

/** Words of keyword bits in the target for a position in the source; most messages have none. */
async function keywordTranslation(
  from: MaildirFolder,
  to: MaildirFolder,
  positions: readonly number[],
  change: Transaction,
): Promise<(position: number) => readonly number[]> {
  const known = new Map<string, readonly number[]>([['', [0]]]);
  const bitsAt = (position: number): string => {
    const words = from.table.columns.keywords.map(column => column[position] ?? 0);
    return words.every(word => word === 0) ? '' : words.join('.');
  };
  for (const position of positions) {
    const bits = bitsAt(position);
    if (!known.has(bits)) known.set(bits, await to.keywordWords(keywordsAt(from, from.table, position), change));
  }
  return position => known.get(bitsAt(position)) ?? [0];
}

function entryFor(from: MaildirFolder, to: MaildirFolder, position: number, words: readonly number[]): NewEntry {
  const {columns} = from.table;
  const flags = (columns.flags[position] ?? 0) & CLIENT_FLAGS;
  const named = (words[0] ?? 0) & (2 ** NAMED_KEYWORDS - 1);
  const base = from.table.name(position);
  const comma = base.indexOf(',');
  const name = newName(to.save) + (comma < 0 ? '' : base.slice(comma));
  return {
    name,
    flags: flags === 0 && named === 0 ? MARKS.inNew : flags,
    keywords: words,
    received: columns.received[position] ?? 0,
    saved: Math.floor(to.save.now() / 1000),
    virtualSize: columns.virtualSizes[position] ?? 0,
    fields: `G${from.guidOf(position)}`,
    info: '',
  };
}

function keywordsAt(from: SharedMailbox, table: MessageTable, position: number): string[] {
  return from.keywordNames.filter(
    (name, index): name is string => name !== undefined && table.hasKeyword(position, index),
  );
}

async function copyBytes(from: SharedMailbox, to: SharedMailbox, uids: readonly number[]): Promise<SavedUids> {
  const batch = to.beginSave();
  const sourceUids: number[] = [];
  try {
    for (const uid of uids) {
      const message = await from.openMessage(uid);
      const position = from.table.find(uid);
      if (message === undefined) continue;
      try {
        const sink = await batch.add({
          flags: (from.table.columns.flags[position] ?? 0) & CLIENT_FLAGS,
          keywords: position < 0 ? [] : keywordsAt(from, from.table, position),
          received: message.modifiedMs,
          guid: position < 0 ? undefined : from.guidOf(position),
        });
        for await (const piece of message.stream()) await sink.write(piece);
        await sink.finish();
        sourceUids.push(uid);
      } finally {
        message.close();
      }
    }
    return {...(await batch.commit()), sourceUids};
  } catch (fault) {
    await batch.abort();
    throw fault;
  }
}
