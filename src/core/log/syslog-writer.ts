/**
 * Lines to the system's log daemon: datagrams to /dev/log as the C library's syslog(3) sends them. Node has no datagram
 * sockets of that family, so this needs the optional package koffi; without it, or without a daemon that listens,
 * `openSyslog` answers undefined and the caller takes a file.
 */
import {createRequire} from 'node:module';
import {statSync} from 'node:fs';
import type {LogRecord} from './log.ts';
import type {Severity} from './events.ts';

export interface Syslog {
  /** False when the daemon did not take it. */
  send(record: LogRecord, body: string): boolean;
  close(): void;
}

/** syslog(3) priorities; Postfix sends `panic` and `fatal` as critical. */
const PRIORITIES: Readonly<Record<Severity, number>> = {info: 6, warning: 4, error: 3, fatal: 2, panic: 2};

const FACILITIES: ReadonlyMap<string, number> = new Map([
  ...['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp'].map(
    (name, code) => [name, code] as const,
  ),
  ...Array.from({length: 8}, (_, n) => [`local${n}`, 16 + n] as const),
]);

/** The calls of the C library that are used, as koffi hands them out. */
interface Calls {
  socket(family: number, type: number, protocol: number): number;
  connect(fd: number, address: Buffer, length: number): number;
  send(fd: number, bytes: Buffer, length: number, flags: number): number;
  close(fd: number): number;
}

export function openSyslog(facilityName: string, path = '/dev/log'): Syslog | undefined {
  if (statSync(path, {throwIfNoEntry: false})?.isSocket() !== true) return undefined;
  const calls = loadCalls();
  const fd = calls === undefined ? -1 : connectTo(calls, path);
  if (calls === undefined || fd < 0) return undefined;
  const facility = (FACILITIES.get(facilityName) ?? 2) << 3;
  return {
    send(record, body) {
      const stamp = new Date(record.time).toString().slice(4, 24);
      const day = stamp.slice(4, 6).replace(/^0/, ' ');
      const text = `<${facility | PRIORITIES[record.severity]}>${stamp.slice(0, 4)}${day}${stamp.slice(11)} ${body}`;
      const bytes = Buffer.from(text, 'latin1');
      return calls.send(fd, bytes, bytes.length, MSG_DONTWAIT_NOSIGNAL) === bytes.length;
    },
    close: () => void calls.close(fd),
  };
}

/** Linux values: syslog sockets of other systems are not tried. */
const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const MSG_DONTWAIT_NOSIGNAL = 0x40 | 0x4000;

function loadCalls(): Calls | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const koffi = createRequire(import.meta.url)('koffi') as {load(path: null): {func(prototype: string): never}}; // untyped at run time
    const library = koffi.load(null);
    return {
      socket: library.func('int socket(int, int, int)'),
      connect: library.func('int connect(int, const void *, unsigned int)'),
      send: library.func('long send(int, const void *, unsigned long, int)'),
      close: library.func('int close(int)'),
    };
  } catch {
    return undefined; // optional: not installed here
  }
}

function connectTo(calls: Calls, path: string): number {
  const fd = calls.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
  const address = Buffer.alloc(110);
  address.writeUInt16LE(AF_UNIX);
  address.write(path, 2, 107, 'latin1');
  if (fd >= 0 && calls.connect(fd, address, address.length) !== 0) {
    calls.close(fd);
    return -1;
  }
  return fd;
}
