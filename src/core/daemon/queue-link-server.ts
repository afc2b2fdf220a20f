/** The queue's end of the links from SMTP servers. What can't be understood breaks the link; nothing is lost by that. */
import {chmodSync, rmSync} from 'node:fs';
import {createServer, type Socket} from 'node:net';
import {describe} from '../base/errors.ts';
import type {Log} from '../log/log.ts';
import type {FlushAnswer} from '../queue/flush-logs.ts';
import type {VerifyAnswer} from '../queue/verifier.ts';
import {frame, FrameReader, LINK_SOCKET, unflatten, type LinkHead, type QueueLink} from './queue-link.ts';
import {socketPath} from '../base/socket-path.ts';

export interface LinkTarget extends Omit<QueueLink, 'close'> {
  /** Looks for messages that were not told of. */
  scanIncoming(): void;
  /** Whether anybody is there who tells of new messages. */
  linked(areAny: boolean): void;
}

export interface LinkListener {
  close(): void;
}

/** Resolves once links are taken. `target` is asked for each frame: a reload changes it. */
export function listenForLinks(folder: string, target: () => LinkTarget, log: Log): Promise<LinkListener> {
  const path = socketPath(folder, LINK_SOCKET);
  rmSync(path, {force: true}); // the queue's lock says that nobody listens on it
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    target().linked(true);
    const reader = new FrameReader((head, body) => obey(head, body, socket, target()));
    socket.on('data', chunk => {
      try {
        reader.push(chunk as Buffer); // no encoding is set
      } catch (fault) {
        log.warning(`incoming mail link: ${describe(fault)}`);
        socket.destroy();
      }
    });
    socket.on('error', () => undefined); // `close` follows
    socket.on('close', () => {
      sockets.delete(socket);
      target().linked(sockets.size > 0);
      target().scanIncoming();
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      chmodSync(path, 0o600);
      resolve({
        close() {
          server.close();
          for (const socket of sockets) socket.destroy();
        },
      });
    });
  });
}

function reply(socket: Socket, call: number, answer: FlushAnswer | VerifyAnswer | undefined): void {
  if (!socket.destroyed) socket.write(frame({op: 'answer', call, answer}));
}

function obey(head: LinkHead, body: Buffer, socket: Socket, target: LinkTarget): void {
  switch (head.op) {
    case 'queued':
      return target.queued(unflatten(head.envelope), head.hasRecords ? body : undefined, head.expanded);
    case 'scan':
      return target.scanIncoming();
    case 'flush-site':
      return void target.flushSite(head.site).then(answer => reply(socket, head.call, answer));
    case 'verify':
      return void target.verify(head.address).then(answer => reply(socket, head.call, answer));
    case 'answer':
      return; // nothing is asked from here
  }
}
