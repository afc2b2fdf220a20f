/**
 * dovecot-keywords: which keyword each letter in a file's name stands for, `0 $Junk` a line, at most 26. Changed under
 * `dovecot-keywords.lock`, replaced whole by renaming; nobody renumbers what is in use.
 */
import {statSync} from 'node:fs';
import {open, readFile, rename} from 'node:fs/promises';
import {toPath} from '../../base/bytes.ts';
import {systemCode} from '../../base/errors.ts';
import {takeControlLock} from '../control-lock.ts';
import {NAMED_KEYWORDS} from './file-name.ts';

export interface KeywordsMark {
  readonly inode: string;
  readonly changed: string;
}

export interface KeywordsRead {
  /** Holes are undefined. */
  readonly names: readonly (string | undefined)[];
  readonly mark: KeywordsMark | undefined;
}

/** Answers undefined when the file is as it was at `mark`. */
export async function readKeywords(path: string, mark: KeywordsMark | undefined): Promise<KeywordsRead | undefined> {
  const now = markOf(path);
  if (mark !== undefined && now !== undefined && now.inode === mark.inode && now.changed === mark.changed)
    return undefined;
  if (now === undefined) return mark === undefined ? undefined : {names: [], mark: undefined};
  try {
    return {names: parseKeywords(await readFile(toPath(path), 'latin1')), mark: now};
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT') return {names: [], mark: undefined};
    throw fault;
  }
}

function markOf(path: string): KeywordsMark | undefined {
  const status = statSync(toPath(path), {bigint: true, throwIfNoEntry: false});
  return status && {inode: String(status.ino), changed: String(status.mtimeNs)};
}

function parseKeywords(text: string): (string | undefined)[] {
  const names: (string | undefined)[] = [];
  for (const line of text.split('\n', 200)) {
    const found = /^(\d{1,2}) (\S+)$/.exec(line);
    const index = Number(found?.[1] ?? NAMED_KEYWORDS);
    if (found?.[2] === undefined || index >= NAMED_KEYWORDS) continue;
    while (names.length < index) names.push(undefined);
    names[index] ??= found[2];
  }
  return names;
}

/** Gives these names letters, as far as there are any left; answers what the file then says. */
export async function addKeywords(
  path: string,
  wanted: readonly string[],
  hostName: string,
  mode: number,
): Promise<KeywordsRead> {
  const lock = await takeControlLock(`${path}.lock`, hostName, undefined, mode);
  try {
    const read = await readKeywords(path, undefined);
    const names = [...(read?.names ?? [])];
    const missing = wanted.filter(name => !names.some(known => known?.toLowerCase() === name.toLowerCase()));
    let added = 0;
    for (const name of missing) {
      const hole = names.indexOf(undefined);
      const index = hole < 0 ? names.length : hole;
      if (index >= NAMED_KEYWORDS) break;
      names[index] = name;
      added++;
    }
    if (added === 0) return {names, mark: read?.mark};
    await replaceKeywords(path, names, mode);
    return {names, mark: markOf(path)};
  } finally {
    lock.release();
  }
}

async function replaceKeywords(path: string, names: readonly (string | undefined)[], mode: number): Promise<void> {
  const temporary = toPath(`${path}.tmp${process.pid}`);
  const lines = names.map((name, index) => (name === undefined ? '' : `${index} ${name}\n`));
  const file = await open(temporary, 'w', mode);
  try {
    await file.writeFile(lines.join(''), 'latin1');
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(temporary, toPath(path));
}
