/**
 * The folders of a queue directory, made where they are missing, with the owners and modes of the original. In the
 * system's instance they are mail_owner's, and what submitters reach is setgid_group's; elsewhere they are the caller's.
 */
import {chmodSync, chownSync, mkdirSync, readFileSync} from 'node:fs';
import {systemCode} from '../base/errors.ts';
import type {Config} from '../config/config.ts';

type Keeper = 'root' | 'owner' | 'owner and group';

const FOLDERS: readonly (readonly [string, number, Keeper])[] = [
  ...['active', 'bounce', 'corrupt', 'defer', 'deferred', 'flush', 'hold', 'incoming', 'private', 'saved', 'trace'].map(
    name => [name, 0o700, 'owner'] as const,
  ),
  ['maildrop', 0o730, 'owner and group'],
  ['public', 0o710, 'owner and group'],
  ['pid', 0o755, 'root'],
];

/** Synchronous: at a start, once. */
export function makeQueueFolders(config: Config): void {
  const queue = config.get('queue_directory');
  const isSystem = config.root === '/' && process.getuid?.() === 0;
  const uid = isSystem ? idOf('/etc/passwd', config.get('mail_owner')) : undefined;
  const gid = isSystem ? idOf('/etc/group', config.get('setgid_group')) : undefined;
  mkdirSync(queue, {recursive: true});
  for (const [name, mode, keeper] of FOLDERS) {
    const path = `${queue}/${name}`;
    if (!isMade(path)) continue;
    chmodSync(path, mode);
    if (keeper !== 'root' && uid !== undefined) chownSync(path, uid, keeper === 'owner' ? 0 : (gid ?? 0));
  }
}

/** False when it was there. */
function isMade(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (fault) {
    if (systemCode(fault) === 'EEXIST') return false;
    throw fault;
  }
}

/** The id of a name in the password or group file; undefined when there is none. */
function idOf(file: string, name: string): number | undefined {
  const line = readFileSync(file, 'latin1')
    .split('\n')
    .find(line => line.startsWith(`${name}:`));
  return line === undefined ? undefined : Number(line.split(':')[2]);
}
