/**
 * The subscriptions file as Dovecot keeps it: `V<TAB>2`, an empty line, then a name a line in UTF-8 with TABs between its
 * parts. The old form, one name a line in modified UTF-7 with the layout's separator, is read too, and made new by the
 * next change; so is Courier's where there is no other. Changed under a lock file, replaced whole.
 */
import {readFile, rename, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import {toPath} from '../base/bytes.ts';
import {systemCode} from '../base/errors.ts';
import {takeControlLock} from './control-lock.ts';
import {FOLDER_MODE} from './folder-tree.ts';
import {makeFolder} from './flush.ts';
import {fromMutf7} from './mutf7.ts';

const HEAD = 'V\t2\n\n';

/** Names with `/` between their parts, in the order of the file. */
export async function readSubscriptions(path: string, layoutSeparator: string): Promise<string[]> {
  const text = await textOf(path);
  if (text !== undefined) return parseSubscriptions(text, layoutSeparator);
  return parseCourierSubscriptions((await textOf(`${dirname(path)}/courierimapsubscribed`)) ?? '');
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(toPath(path), 'latin1');
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT') return undefined;
    throw fault;
  }
}

/** Of Courier: `INBOX.A.B` in modified UTF-7, taken over with the first change of ours. */
export function parseCourierSubscriptions(text: string): string[] {
  const names = text.split('\n').map(line => fromMutf7(line)?.replaceAll('.', '/') ?? '');
  return names.map(name => (name.startsWith('INBOX/') ? name.slice('INBOX/'.length) : name)).filter(Boolean);
}

function parseSubscriptions(text: string, layoutSeparator: string): string[] {
  const isNew = /^V\t\d/.test(text);
  const names = new Set<string>();
  for (const line of text.split('\n').slice(isNew ? 1 : 0)) {
    if (line === '') continue;
    const name = isNew ? line.replaceAll('\t', '/') : fromMutf7(line)?.replaceAll(layoutSeparator, '/');
    if (name !== undefined) names.add(name);
  }
  return [...names];
}

/** Answers whether the file says something else now. */
export async function changeSubscription(
  path: string,
  name: string,
  isSubscribed: boolean,
  rules: {readonly hostName: string; readonly layoutSeparator: string; readonly fileMode: number},
): Promise<boolean> {
  await makeFolder(dirname(path), FOLDER_MODE);
  const lock = await takeControlLock(`${path}.lock`, rules.hostName);
  try {
    const names = await readSubscriptions(path, rules.layoutSeparator);
    if (names.includes(name) === isSubscribed) return false;
    const next = isSubscribed ? [...names, name] : names.filter(known => known !== name);
    const text = HEAD + next.map(known => `${known.replaceAll('/', '\t')}\n`).join('');
    const temporary = toPath(`${path}.tmp${process.pid}`);
    await writeFile(temporary, text, {encoding: 'latin1', mode: rules.fileMode, flush: true});
    await rename(temporary, toPath(path));
    return true;
  } finally {
    lock.release();
  }
}
