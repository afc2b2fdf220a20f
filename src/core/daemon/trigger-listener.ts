/**
 * The receiving end of the wake-up calls (trigger.ts): named pipes in `public/`, or sockets of the same name on a system
 * without mkfifo(1). Requests that come while one is being looked at are one request.
 */
import {spawnSync} from 'node:child_process';
import {chmodSync, constants, openSync, rmSync} from 'node:fs';
import {createServer, Socket} from 'node:net';
import {socketPath} from '../base/socket-path.ts';
import {isNamedPipe} from './trigger.ts';

export interface Listener {
  close(): void;
}

/** Calls `wake` with the request letters that came. */
export function listenForTriggers(folder: string, name: string, wake: (requests: string) => void): Listener {
  const path = `${folder}/${name}`;
  if (!isNamedPipe(path)) {
    rmSync(path, {force: true}); // a socket that a mail system before us left
    spawnSync('mkfifo', ['-m', '622', path], {stdio: 'ignore'});
  }
  if (!isNamedPipe(path)) return listenOnSocket(folder, name, wake);
  chmodSync(path, 0o622);
  // Open for writing too, so that there is no end of file when a caller has gone.
  const pipe = new Socket({
    fd: openSync(path, constants.O_RDWR | constants.O_NONBLOCK),
    readable: true,
    writable: false,
  });
  pipe.on('data', bytes => wake(bytes.toString('latin1')));
  return {close: () => pipe.destroy()};
}

function listenOnSocket(folder: string, name: string, wake: (requests: string) => void): Listener {
  const server = createServer(socket => {
    socket.on('data', bytes => wake(bytes.toString('latin1')));
    socket.on('error', () => undefined); // the caller does not wait for us
  });
  server.listen(socketPath(folder, name));
  return {close: () => server.close()};
}
