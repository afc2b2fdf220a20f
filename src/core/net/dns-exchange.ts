/**
 * One question to one server: over UDP from a port of its own, or over TCP. What comes back is handed to `read`, which
 * answers undefined to what is not the reply; the wait then goes on. Resolves to undefined when no reply comes in time
 * or the server can't be reached.
 */
import {createSocket} from 'node:dgram';
import {connect, isIPv6} from 'node:net';
import type {DnsServer} from './resolv-conf.ts';

export type ReadReply<T> = (bytes: Buffer) => T | undefined;

export function askOverUdp<T>(
  server: DnsServer,
  question: Buffer,
  timeoutMs: number,
  read: ReadReply<T>,
): Promise<T | undefined> {
  return new Promise(resolve => {
    const socket = createSocket(isIPv6(server.address) ? 'udp6' : 'udp4');
    const end = (reply: T | undefined): void => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on('error', () => {}); // none that matters once the answer is known
      socket.close();
      resolve(reply);
    };
    const timer = setTimeout(() => end(undefined), timeoutMs);
    socket.on('error', () => end(undefined));
    socket.on('message', bytes => {
      const reply = read(bytes);
      if (reply !== undefined) end(reply);
    });
    // Connected: the kernel drops what comes from elsewhere, and says at once when nobody listens there.
    socket.connect(server.port, server.address, () => socket.send(question));
  });
}

export function askOverTcp<T>(
  server: DnsServer,
  question: Buffer,
  timeoutMs: number,
  read: ReadReply<T>,
): Promise<T | undefined> {
  return new Promise(resolve => {
    const socket = connect(server.port, server.address);
    const end = (reply: T | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reply);
    };
    const timer = setTimeout(() => end(undefined), timeoutMs);
    const pieces: Buffer[] = [];
    let size = 0;
    socket.on('error', () => end(undefined));
    socket.on('close', () => end(undefined));
    socket.on('connect', () => socket.write(withLength(question)));
    socket.on('data', bytes => {
      pieces.push(bytes);
      size += bytes.length;
      const message = wholeMessage(pieces, size);
      if (message !== undefined) end(read(message));
    });
  });
}

/** RFC 1035 section 4.2.2: two bytes of length first. */
function withLength(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** Undefined until it is there; its length is at most 65535, and so is what is kept. */
function wholeMessage(pieces: Buffer[], size: number): Buffer | undefined {
  if (size < 2) return undefined;
  if ((pieces[0]?.length ?? 0) < 2) pieces.splice(0, pieces.length, Buffer.concat(pieces));
  const expected = 2 + (pieces[0]?.readUInt16BE(0) ?? 0);
  return size < expected ? undefined : Buffer.concat(pieces).subarray(2, expected);
}
