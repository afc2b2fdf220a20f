/**
 * The option -T of smtp-source and smtp-sink: buffer sizes of a socket (SO_RCVBUF, SO_SNDBUF), which bound the TCP window.
 * Node has no call for it, so this needs the optional package koffi, and Linux; without them it warns that nothing was set.
 */
import {createRequire} from 'node:module';
import type {Server, Socket} from 'node:net';

/** Linux values. */
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;

type SetOption = (fd: number, level: number, name: number, value: Buffer, length: number) => number;

export function setWindowSize(socket: Server | Socket, bytes: number, warn: (text: string) => void): void {
  const setOption = loadSetOption();
  const fd = descriptorOf(socket);
  if (setOption === undefined || fd === undefined) return warn('-T: the TCP window size can not be set here');
  const value = Buffer.alloc(4);
  value.writeInt32LE(Math.min(bytes, 0x7fff_ffff));
  for (const name of [SO_SNDBUF, SO_RCVBUF])
    if (setOption(fd, SOL_SOCKET, name, value, value.length) < 0) warn(`setsockopt: the TCP window size was not taken`);
}

/** Node keeps the descriptor to itself; `_handle.fd` is where it has been since its first versions. */
function descriptorOf(socket: object): number | undefined {
  const {_handle: handle} = socket as {_handle?: {fd?: number}}; // an inner field of node:net, checked below
  return typeof handle?.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined;
}

let loaded: SetOption | undefined;

function loadSetOption(): SetOption | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const koffi = createRequire(import.meta.url)('koffi') as {load(name: null): {func(prototype: string): SetOption}}; // its own types need it installed
    loaded ??= koffi.load(null).func('int setsockopt(int, int, int, const void *, uint)');
    return loaded;
  } catch {
    return undefined; // not installed
  }
}
