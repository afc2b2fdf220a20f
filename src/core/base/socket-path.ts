/**
 * Unix socket addresses hold 107 bytes (unix(7)). A path that is longer is reached through an open descriptor of its
 * folder, which Linux shows below /proc/self/fd; the descriptor stays open as long as the process lives.
 */
import {openSync} from 'node:fs';

const LIMIT_BYTES = 107;
const folders = new Map<string, number>();

export function socketPath(directory: string, name: string): string {
  const path = `${directory}/${name}`;
  if (Buffer.byteLength(path) <= LIMIT_BYTES || process.platform !== 'linux') return path;
  let fd = folders.get(directory);
  if (fd === undefined) folders.set(directory, (fd = openSync(directory, 'r')));
  return `/proc/self/fd/${fd}/${name}`;
}
