/**
 * COMSAT: a datagram to comsat(8) that says where new mail is (procmailrc(5) COMSAT: `service@host`). Off unless it is set.
 * A host that is not this machine is not written to (loopback only); the value then becomes `no`.
 */
import {readFileSync} from 'node:fs';
import {numberOrWord} from './numbers.ts';

export interface ComsatAddress {
  readonly host: string;
  readonly port: number;
}

const BIFF_PORT = 512;
const LOCAL = ['', 'localhost', '127.0.0.1'];

/** `off`: not wanted; undefined: wanted where it can't be sent. */
export function comsatAddress(value: string): ComsatAddress | 'off' | undefined {
  const at = value.indexOf('@');
  if (at < 0 && numberOrWord(value, -1) === 0) return 'off';
  const host = at < 0 ? '' : value.slice(at + 1);
  if (!LOCAL.includes(host)) return undefined;
  const service = at < 0 ? '' : value.slice(0, at);
  const port =
    service === ''
      ? (servicePort('biff') ?? BIFF_PORT)
      : /^\d+$/.test(service)
        ? Number(service)
        : servicePort(service);
  return port === undefined ? undefined : {host: '127.0.0.1', port};
}

function servicePort(name: string): number | undefined {
  try {
    for (const line of readFileSync('/etc/services', 'latin1').split('\n')) {
      const [service, port = '', ...aliases] = (line.split('#')[0] ?? '').trim().split(/\s+/);
      if (port.endsWith('/udp') && (service === name || aliases.includes(name))) return parseInt(port, 10);
    }
  } catch {
    // No such file: the number that everybody uses remains.
  }
  return undefined;
}

/** Sent once, whoever listens. */
export async function sendNotice(address: ComsatAddress, text: string): Promise<void> {
  const {createSocket} = await import('node:dgram');
  await new Promise<void>(resolve => {
    const socket = createSocket('udp4');
    socket.on('error', () => resolve());
    socket.send(Buffer.from(text, 'latin1'), address.port, address.host, () => {
      socket.close();
      resolve();
    });
  });
}
