/**
 * The control socket of a running mail system: takes one request a connection, one line of JSON, and answers one.
 * Only its owner may connect (mode 0600). What cannot be understood is answered so; it never stops the daemon.
 */
import {chmodSync, rmSync} from 'node:fs';
import {createServer, type Socket} from 'node:net';
import {describe} from '../base/errors.ts';
import {CONTROL_SOCKET, type ControlReply, type ControlRequest} from './control-client.ts';
import {socketPath} from '../base/socket-path.ts';
import type {Listener} from './trigger-listener.ts';

export type ControlHandler = (request: ControlRequest) => Promise<ControlReply>;

const REQUEST_LIMIT_BYTES = 4096;

/** Resolves once the socket accepts connections. */
export function listenForControl(folder: string, handle: ControlHandler): Promise<Listener> {
  const path = socketPath(folder, CONTROL_SOCKET);
  rmSync(path, {force: true}); // the lock says that nobody listens on it
  const server = createServer({allowHalfOpen: true}, socket => converse(socket, handle));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      chmodSync(path, 0o600);
      resolve({close: () => server.close()});
    });
  });
}

function converse(socket: Socket, handle: ControlHandler): void {
  let line = '';
  let isAnswered = false;
  socket.on('error', () => undefined); // a caller that went away
  socket.on('data', bytes => {
    line += bytes.toString('utf8');
    if (isAnswered || (!line.includes('\n') && line.length < REQUEST_LIMIT_BYTES)) return;
    isAnswered = true;
    void answer(line, handle).then(reply => socket.end(`${JSON.stringify(reply)}\n`));
  });
  socket.on('end', () => isAnswered || socket.end());
}

async function answer(line: string, handle: ControlHandler): Promise<ControlReply> {
  try {
    return await handle(expectRequest(line));
  } catch (fault) {
    return {done: false, text: describe(fault)};
  }
}

const PLAIN = ['status', 'stop', 'abort', 'reload', 'flush', 'reopen-log'] as const;

/** Throws when it is no request. */
export function expectRequest(line: string): ControlRequest {
  const value: unknown = JSON.parse(line);
  if (typeof value === 'object' && value !== null && 'op' in value) {
    const {op} = value;
    const plain = PLAIN.find(name => name === op);
    if (plain !== undefined) return {op: plain};
    if (op === 'flush-message' && 'id' in value && typeof value.id === 'string') return {op, id: value.id};
    if (op === 'flush-site' && 'site' in value && typeof value.site === 'string') return {op, site: value.site};
  }
  throw new TypeError('not a control request');
}
