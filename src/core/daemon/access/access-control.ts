/**
 * How doveadm(1) speaks with the process that serves mail clients: the socket `posthorn` in base_dir, one line of JSON
 * each way. Only its owner may connect. "Nobody listens" is undefined, not a fault.
 */
import {chmodSync, mkdirSync, rmSync} from 'node:fs';
import {createServer, type Server, type Socket} from 'node:net';
import {describe} from '../../base/errors.ts';
import {socketPath} from '../../base/socket-path.ts';
import {askSocket} from '../ask-socket.ts';

export interface Connected {
  readonly username: string;
  readonly protocol: string;
  readonly pid: number;
  readonly address: string;
}

export interface Penalized {
  readonly address: string;
  readonly penalty: number;
  /** Seconds since 1970. */
  readonly lastPenalty: number;
  readonly lastUpdate: number;
}

export type AccessRequest =
  | {readonly op: 'who' | 'penalty' | 'status'}
  | {readonly op: 'flush-auth-cache'; readonly users: readonly string[]}
  | {readonly op: 'kick'; readonly sessions: readonly {readonly username: string; readonly address: string}[]};

export interface AccessReply {
  readonly sessions?: readonly Connected[];
  readonly penalties?: readonly Penalized[];
  readonly kicked?: readonly string[];
  readonly flushed?: number;
  readonly services?: readonly ServiceFigures[];
  readonly fault?: string;
}

export interface ServiceFigures {
  readonly name: string;
  readonly pid: number;
  readonly clients: number;
  readonly limit: number;
  /** Seconds since 1970. */
  readonly lastUpdate: number;
}

const SOCKET = 'posthorn';
const REQUEST_LIMIT_BYTES = 1 << 20;

export async function askAccess(baseDirectory: string, request: AccessRequest): Promise<AccessReply | undefined> {
  return (await askSocket(socketPath(baseDirectory, SOCKET), request)) as AccessReply | undefined; // our own process
}

/** Resolves once the socket takes connections. */
export function answerAccess(
  baseDirectory: string,
  handle: (request: AccessRequest) => Promise<AccessReply>,
): Promise<Server> {
  mkdirSync(baseDirectory, {recursive: true});
  const path = socketPath(baseDirectory, SOCKET);
  rmSync(path, {force: true}); // the pid file says that nobody listens on it
  const server = createServer({allowHalfOpen: true}, socket => converse(socket, handle));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      chmodSync(path, 0o600);
      resolve(server);
    });
  });
}

function converse(socket: Socket, handle: (request: AccessRequest) => Promise<AccessReply>): void {
  let text = '';
  let isTooLong = false;
  socket.on('error', () => undefined); // a caller that went away
  socket.on('data', bytes => {
    if (text.length < REQUEST_LIMIT_BYTES) text += bytes.toString('utf8');
    else isTooLong = true;
  });
  socket.on('end', () => {
    const answer = isTooLong ? Promise.resolve({fault: 'too long'}) : answerText(text, handle);
    void answer.then(reply => socket.end(`${JSON.stringify(reply)}\n`));
  });
}

async function answerText(
  text: string,
  handle: (request: AccessRequest) => Promise<AccessReply>,
): Promise<AccessReply> {
  try {
    return await handle(JSON.parse(text) as AccessRequest); // only our own user can write here
  } catch (fault) {
    return {fault: describe(fault)};
  }
}
