/**
 * UIDVALIDITY for new mailboxes: one more than any that the tree has given, or the time, whichever is more.
 * `dovecot-uidvalidity` holds the last one in 8 hex digits, and so does the name of an empty file beside it, which is
 * renamed from one to the next, so that no two processes give the same.
 */
import {open, readdir, rename, writeFile} from 'node:fs/promises';
import {toPath} from '../base/bytes.ts';
import {systemCode} from '../base/errors.ts';
import {FOLDER_MODE} from './folder-tree.ts';
import {makeFolder} from './flush.ts';

const NAME = 'dovecot-uidvalidity';
const MOST_ATTEMPTS = 100;

export async function nextUidValidity(directory: string, now: number, fileMode: number): Promise<number> {
  await makeFolder(directory, FOLDER_MODE);
  for (let attempt = 1; ; attempt++) {
    const last = await lastGiven(directory);
    const next = last === undefined ? Math.floor(now / 1000) >>> 0 : (last + 1) >>> 0;
    if (!(await take(directory, last, next)) && attempt < MOST_ATTEMPTS) continue;
    await writeFile(toPath(`${directory}/${NAME}`), hex(next), {mode: fileMode});
    return next;
  }
}

/** The largest that a file's name tells of. */
async function lastGiven(directory: string): Promise<number | undefined> {
  let last: number | undefined;
  for (const name of await readdir(toPath(directory), {encoding: 'latin1'})) {
    const digits = /^dovecot-uidvalidity\.([0-9a-f]{8})$/.exec(name)?.[1];
    if (digits !== undefined) last = Math.max(last ?? 0, Number.parseInt(digits, 16));
  }
  return last;
}

async function take(directory: string, last: number | undefined, next: number): Promise<boolean> {
  const path = toPath(`${directory}/${NAME}.${hex(next)}`);
  try {
    if (last === undefined) await (await open(path, 'wx', 0o444)).close();
    else await rename(toPath(`${directory}/${NAME}.${hex(last)}`), path);
    return true;
  } catch (fault) {
    const code = systemCode(fault);
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    throw fault;
  }
}

function hex(number: number): string {
  return number.toString(16).padStart(8, '0');
}
