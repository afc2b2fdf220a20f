/**
 * The server name that a TLS client asks for (RFC 6066 section 3), read from the first bytes it sends, before node:tls
 * gets them: Node adds the certificate of a name to those of the service instead of using it alone, so that the context
 * has to be chosen before the handshake begins.
 *
 * Bytes that are no ClientHello have no name; what is wrong with them, the handshake says.
 */
import type {Socket} from 'node:net';

/** `more`: the message is not complete. */
export type HelloName = 'more' | {readonly name: string | undefined};

/** Longer ones are not read to their end (seen: those with post-quantum keys and tickets have about 2000 bytes). */
const MAX_HELLO = 32_768;
const NO_NAME: HelloName = {name: undefined};

export function helloName(bytes: Buffer): HelloName {
  const message = handshakeMessage(bytes);
  if (message === 'more') return bytes.length > MAX_HELLO ? NO_NAME : 'more';
  if (message === undefined) return NO_NAME;
  return {name: nameIn(message)};
}

/** Waits for the name, and puts the bytes back; a connection that ends or is silent for too long has none. */
export function readHelloName(socket: Socket, timeoutMs: number): Promise<string | undefined> {
  return new Promise(resolve => {
    let bytes = Buffer.alloc(0);
    const finish = (name: string | undefined): void => {
      clearTimeout(timer);
      socket.off('readable', take).off('end', end).off('close', end).off('error', end);
      if (bytes.length > 0 && !socket.destroyed) socket.unshift(bytes);
      resolve(name);
    };
    const take = (): void => {
      for (let chunk = readChunk(socket); chunk !== undefined; chunk = readChunk(socket))
        bytes = Buffer.concat([bytes, chunk]);
      const found = helloName(bytes);
      if (found !== 'more') finish(found.name);
    };
    const end = (): void => finish(undefined);
    const timer = setTimeout(end, timeoutMs);
    socket.on('readable', take).on('end', end).on('close', end).on('error', end);
    take();
  });
}

function readChunk(socket: Socket): Buffer | undefined {
  const chunk: unknown = socket.read();
  return Buffer.isBuffer(chunk) ? chunk : undefined;
}

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const RECORD_HEADER = 5;
const MESSAGE_HEADER = 4;

/** The ClientHello's body, of one record or several. */
function handshakeMessage(bytes: Buffer): Buffer | 'more' | undefined {
  const parts: Buffer[] = [];
  let length = 0;
  for (let at = 0; ;) {
    if (bytes.length < at + RECORD_HEADER) return bytes.length > 0 && bytes[0] !== HANDSHAKE ? undefined : 'more';
    const size = bytes.readUInt16BE(at + 3);
    if (bytes[at] !== HANDSHAKE || size === 0) return undefined;
    if (bytes.length < at + RECORD_HEADER + size) return 'more';
    parts.push(bytes.subarray(at + RECORD_HEADER, at + RECORD_HEADER + size));
    length += size;
    at += RECORD_HEADER + size;
    if (length < MESSAGE_HEADER) continue;
    const message = parts.length === 1 ? bytes.subarray(RECORD_HEADER, at) : Buffer.concat(parts);
    if (message[0] !== CLIENT_HELLO) return undefined;
    const wanted = MESSAGE_HEADER + message.readUIntBE(1, 3);
    if (wanted > MAX_HELLO) return undefined;
    if (length >= wanted) return message.subarray(MESSAGE_HEADER, wanted);
  }
}

/** RFC 8446 section 4.1.2: version, random, session id, cipher suites, compression methods, extensions. */
function nameIn(hello: Buffer): string | undefined {
  let at = 34;
  at += 1 + (hello[at] ?? 0);
  at += 2 + number(hello, at);
  at += 1 + (hello[at] ?? 0);
  const end = Math.min(hello.length, at + 2 + number(hello, at));
  at += 2;
  while (at + 4 <= end) {
    const size = number(hello, at + 2);
    if (number(hello, at) === 0) return firstName(hello.subarray(at + 4, Math.min(end, at + 4 + size)));
    at += 4 + size;
  }
  return undefined;
}

/** The list's first entry, when it is a host name. */
function firstName(extension: Buffer): string | undefined {
  const size = number(extension, 3);
  if (extension.length < 5 + size || size === 0 || extension[2] !== 0) return undefined;
  return extension.toString('latin1', 5, 5 + size);
}

function number(bytes: Buffer, at: number): number {
  return at + 2 <= bytes.length ? bytes.readUInt16BE(at) : 0;
}
