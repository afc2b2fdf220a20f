/**
 * The part of `postfix check` that looks at folders and files: who owns them, who may write them, and what lies in the
 * queue of damaged messages. All of it is warnings, in the original's words and order.
 *
 * In the system's instance the configuration is root's and the queues are mail_owner's; in an instance of its own
 * everything is the caller's.
 */
import {lstatSync, readdirSync, readFileSync, readlinkSync, type Stats} from 'node:fs';
import {userInfo} from 'node:os';
import type {Config} from '../core/config/config.ts';

interface Owner {
  readonly name: string;
  readonly uid: number;
}

const QUEUE_FOLDERS = /^(saved|incoming|active|defer|deferred|bounce|hold|trace|corrupt|public|private|flush)$/;

/** `withQueues`: each file in the queues too, which takes its time where there are many. */
export function checkFiles(config: Config, warn: (text: string) => void, withQueues: boolean): void {
  const queue = config.get('queue_directory');
  const keeper: Owner = config.root === '/' ? {name: 'root', uid: 0} : caller();
  const mailOwner = config.root === '/' ? namedOwner(config.get('mail_owner')) : keeper;
  const fixed = [`${queue}/.`, `${queue}/pid`].filter(path => look(path) !== undefined);
  checkOwner(fixed, keeper, warn);
  checkWritable(fixed, warn);
  const configuration = walk(`${config.directory}/.`);
  checkOwner(configuration, keeper, warn);
  checkWritable(configuration, warn);
  checkLinks(configuration, warn);
  const own = walk(`${config.get('data_directory')}/.`);
  if (mailOwner !== undefined) checkOwner(own, mailOwner, warn);
  checkWritable(own, warn);
  if (mailOwner !== undefined) checkQueues(queue, mailOwner, warn, withQueues);
  for (const path of walk(`${queue}/corrupt`))
    if (look(path)?.isFile() === true) warn(`damaged message: ${path.slice(queue.length + 1)}`);
}

function checkQueues(queue: string, owner: Owner, warn: (text: string) => void, isDeep: boolean): void {
  const folders = list(queue)
    .filter(name => QUEUE_FOLDERS.test(name))
    .map(name => `${queue}/${name}`);
  const paths = isDeep ? folders.flatMap(walk) : folders;
  const files = paths.filter(path => {
    const found = look(path);
    return found !== undefined && !found.isFIFO() && !found.isSocket();
  });
  checkOwner([...files, `${queue}/maildrop`], owner, warn); // what lies in maildrop is not trusted, nor looked at
}

function checkOwner(paths: readonly string[], owner: Owner, warn: (text: string) => void): void {
  for (const path of paths) {
    const found = look(path);
    if (found !== undefined && found.uid !== owner.uid) warn(`not owned by ${owner.name}: ${path}`);
  }
}

/** Links are looked through: what counts is who can change what is read. */
function checkWritable(paths: readonly string[], warn: (text: string) => void): void {
  for (const path of paths) {
    const found = look(path);
    if (found !== undefined && !found.isSymbolicLink() && (found.mode & 0o022) !== 0)
      warn(`group or other writable: ${path}`);
  }
}

function checkLinks(paths: readonly string[], warn: (text: string) => void): void {
  for (const path of paths)
    if (look(path)?.isSymbolicLink() === true && readlinkSync(path).includes('/'))
      warn(`symlink leaves directory: ${path}`);
}

/** A path and all below it, each folder before what is in it. */
function walk(path: string): string[] {
  const found = look(path);
  if (found === undefined) return [];
  return found.isDirectory() ? [path, ...list(path).flatMap(name => walk(`${path}/${name}`))] : [path];
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // not ours to read: its owner has been told of
  }
}

function look(path: string): Stats | undefined {
  return lstatSync(path, {throwIfNoEntry: false});
}

function caller(): Owner {
  const uid = process.getuid?.() ?? 0;
  try {
    return {name: userInfo().username, uid};
  } catch {
    return {name: String(uid), uid}; // a user id without a name
  }
}

/** Undefined when there is no such user, which the check of the parameters tells of. */
function namedOwner(name: string): Owner | undefined {
  const line = readFileSync('/etc/passwd', 'latin1')
    .split('\n')
    .find(line => line.startsWith(`${name}:`));
  return line === undefined ? undefined : {name, uid: Number(line.split(':')[2])};
}
