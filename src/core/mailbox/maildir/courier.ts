/**
 * Mail that Courier kept is taken over with its UIDs, keywords and POP3 UIDLs, when a folder has no dovecot-uidlist:
 * `courierimapuiddb` (`1 UIDVALIDITY NEXT`, then `UID FILE`), `courierimapkeywords/` (`:list` has the names, an empty
 * line, then `FILE:INDEX INDEX`; a file named after a message has its keywords, a line each, and counts more), and
 * `courierpop3dsizelist` (`/2 ...`, then `FILE SIZE UID:UIDVALIDITY`). Courier's files stay as they are. What can't be
 * read is left out.
 */
import {open, readdir, rename} from 'node:fs/promises';
import {toPath} from '../../base/bytes.ts';
import {systemCode} from '../../base/errors.ts';
import {readFully} from '../read-fully.ts';
import {baseLength, infoKeeping, marksOf} from './file-name.ts';
import type {UidRecord} from './uidlist.ts';

export interface CourierMail {
  readonly uidValidity: number;
  readonly nextUid: number;
  readonly records: readonly UidRecord[];
}

/** A file of so many bytes belongs to no mailbox that anybody has. */
const LARGEST_BYTES = 256 * 1024 * 1024;
const LARGEST_UID = 0xffffffff;

/** Keywords are put into names of files first: a crash in between begins anew. Undefined: there is nothing of Courier's. */
export async function takeOverCourier(
  directory: string,
  lettersFor: (keywords: readonly string[]) => Promise<readonly number[]>,
): Promise<CourierMail | undefined> {
  const database = await textOf(`${directory}/courierimapuiddb`);
  const mail = database === undefined ? undefined : parseUidDatabase(database);
  if (mail === undefined) return undefined;
  await nameKeywords(directory, lettersFor);
  const uidls = parseSizeList((await textOf(`${directory}/courierpop3dsizelist`)) ?? '');
  const records = mail.records.map(record => {
    const uidl = uidls.get(record.base);
    return uidl === undefined ? record : {...record, fields: `P${uidl}`};
  });
  return {...mail, records};
}

export function parseUidDatabase(text: string): CourierMail | undefined {
  const lines = text.split('\n');
  const head = /^1 (\d{1,10}) (\d{1,10})$/.exec(lines[0] ?? '');
  const uidValidity = Number(head?.[1] ?? 0);
  let nextUid = Number(head?.[2] ?? 0);
  if (uidValidity === 0 || uidValidity > LARGEST_UID || nextUid === 0 || nextUid > LARGEST_UID) return undefined;
  const byUid = new Map<number, string>();
  for (const line of lines.slice(1)) {
    const space = line.indexOf(' ');
    const uid = Number(line.slice(0, space));
    const name = line.slice(space + 1);
    const base = name.slice(0, baseLength(name));
    if (space > 0 && Number.isInteger(uid) && uid > 0 && uid < LARGEST_UID && base !== '') byUid.set(uid, base);
  }
  const records = [...byUid].map(([uid, base]) => ({uid, base, fields: ''})).sort((a, b) => a.uid - b.uid);
  nextUid = Math.max(nextUid, (records[records.length - 1]?.uid ?? 0) + 1);
  return {uidValidity, nextUid, records};
}

/** UIDLs as Courier's POP3 server tells them, by base name. */
export function parseSizeList(text: string): Map<string, string> {
  const uidls = new Map<string, string>();
  const lines = text.split('\n');
  if (!(lines[0] ?? '').startsWith('/2 ')) return uidls;
  for (const line of lines.slice(1)) {
    const found = /^(\S+) \d+ (\d{1,10}):(\d{1,10})$/.exec(line);
    const [, name = '', uid, validity] = found ?? [];
    if (uid === undefined || Number(uid) === 0) continue;
    uidls.set(name.slice(0, baseLength(name)), validity === '0' ? `UID${uid}` : `UID${uid}-${validity}`);
  }
  return uidls;
}

/** Keywords by base name. */
export function parseKeywordList(text: string): Map<string, string[]> {
  const lines = text.split('\n');
  const blank = lines.indexOf('');
  const names = lines.slice(0, Math.max(blank, 0));
  const byFile = new Map<string, string[]>();
  for (const line of blank < 0 ? [] : lines.slice(blank + 1)) {
    const colon = line.lastIndexOf(':');
    if (colon <= 0) continue;
    const file = line.slice(0, colon);
    const indexes = line
      .slice(colon + 1)
      .split(' ')
      .filter(Boolean);
    const keywords = indexes.map(index => names[Number(index)]).filter(name => name !== undefined);
    byFile.set(file.slice(0, baseLength(file)), keywords);
  }
  return byFile;
}

async function keywordsIn(directory: string): Promise<Map<string, string[]>> {
  const folder = `${directory}/courierimapkeywords`;
  const keywords = parseKeywordList((await textOf(`${folder}/:list`)) ?? '');
  for (const name of await namesIn(folder)) {
    if (name.startsWith(':') || name.startsWith('.')) continue;
    const lines = ((await textOf(`${folder}/${name}`)) ?? '').split('\n').filter(Boolean);
    keywords.set(name.slice(0, baseLength(name)), lines);
  }
  return keywords;
}

async function nameKeywords(
  directory: string,
  lettersFor: (keywords: readonly string[]) => Promise<readonly number[]>,
): Promise<void> {
  const byFile = await keywordsIn(directory);
  if (byFile.size === 0) return;
  for (const folder of ['cur', 'new'])
    for (const name of await namesIn(`${directory}/${folder}`)) {
      const base = name.slice(0, baseLength(name));
      const keywords = byFile.get(base) ?? [];
      if (keywords.length === 0) continue;
      const marks = marksOf(name.slice(base.length));
      const letters = (await lettersFor(keywords)).filter(letter => letter >= 0);
      const bits = letters.reduce((all, letter) => all | (1 << letter), marks.keywords);
      const target = `cur/${base}${infoKeeping(name.slice(base.length), marks.flags, bits)}`;
      await rename(toPath(`${directory}/${folder}/${name}`), toPath(`${directory}/${target}`)).catch(ignoreGone);
    }
}

function ignoreGone(fault: unknown): void {
  if (systemCode(fault) !== 'ENOENT') throw fault;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(toPath(folder), {encoding: 'latin1'});
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT' || systemCode(fault) === 'ENOTDIR') return [];
    throw fault;
  }
}

/** As bytes; undefined where there is no such file, or none that could be Courier's. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    const file = await open(toPath(path), 'r');
    try {
      const status = await file.stat();
      if (!status.isFile() || status.size > LARGEST_BYTES) return undefined;
      return (await readFully(file, 0, status.size)).toString('latin1');
    } finally {
      await file.close();
    }
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT') return undefined;
    throw fault;
  }
}
