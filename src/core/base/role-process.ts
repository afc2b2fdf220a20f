/**
 * Children of the daemon, processes and threads: the same program in another role, with a channel for messages. A role is a
 * name that `daemon/role-main.ts` knows; it finds its role in its arguments.
 *
 * Works from the sources (tests, through tsx) and from the bundles in dist/.
 */
import {fork, type ChildProcess, type ForkOptions} from 'node:child_process';
import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {Worker} from 'node:worker_threads';

export function forkRole(role: string, args: readonly string[] = [], options: ForkOptions = {}): ChildProcess {
  const file = roleFile();
  const execArgv = file.endsWith('.ts') ? [`--import=${pathToFileURL(createRequire(file).resolve('tsx')).href}`] : [];
  return fork(file, [role, ...args], {execArgv: [...execArgv, ...engineFlags(role)], ...options});
}

/**
 * What a message needs is short-lived and small: a larger nursery (megabytes) only takes memory, and to share the collection
 * of this one with threads costs more than it is worth (and where the threads have to wait for a processor, all waits for them).
 * An answer about a whole mailbox is not small.
 */
function engineFlags(role: string): string[] {
  const nurseryMegabytes = role === 'access' ? 8 : 2;
  return [`--max-semi-space-size=${nurseryMegabytes}`, '--no-parallel-scavenge', '--v8-pool-size=1'];
}

/** A role in a thread of this process: for work that takes time and nothing else. */
export function startRoleThread(role: string): Worker {
  const file = roleFile();
  if (!file.endsWith('.ts')) return new Worker(file, {argv: [role]});
  const tsx = createRequire(file).resolve('tsx/esm/api').replace(/cjs$/, 'mjs'); // Node 20 keeps --import's hooks from threads
  const [loader, program] = [tsx, file].map(path => JSON.stringify(pathToFileURL(path).href));
  const begin = `import(${loader}).then(tsx => tsx.register()).then(() => import(${program}));`;
  return new Worker(begin, {argv: [role], eval: true});
}

/** The program's file: beside the bundle that runs, or among the sources. */
function roleFile(): string {
  const places = ['./role.cjs', '../role.cjs', '../daemon/role-main.ts'];
  const found = places.map(place => fileURLToPath(new URL(place, import.meta.url))).find(existsSync);
  if (found === undefined) throw new Error('the program for child processes is missing from this installation');
  return found;
}
