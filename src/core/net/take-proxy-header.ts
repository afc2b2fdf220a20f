/** Reads what a proxy in front of us says of its client (postconf(5) smtpd_upstream_proxy_protocol), before anything else. */
import type {Socket} from 'node:net';
import {readProxyHeader, type ProxiedConnection} from './proxy-protocol.ts';

export type ProxyAnswer =
  | {readonly kind: 'known'; readonly connection: ProxiedConnection | undefined}
  /** What the log says. */
  | {readonly kind: 'fault'; readonly text: string};

/** What comes behind the header is put back. Never rejects. */
export function takeProxyHeader(socket: Socket, families: readonly (4 | 6)[], seconds: number): Promise<ProxyAnswer> {
  return new Promise(resolve => {
    let bytes: Buffer = Buffer.alloc(0);
    const finish = (answer: ProxyAnswer): void => {
      clearTimeout(timer);
      socket.off('readable', look);
      socket.off('end', ended);
      socket.off('close', ended);
      resolve(answer);
    };
    const ended = (): void => finish({kind: 'fault', text: 'haproxy read: EOF'});
    const timer = setTimeout(() => finish({kind: 'fault', text: 'haproxy read: timeout error'}), seconds * 1000);
    const look = (): void => {
      for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null) {
        bytes = Buffer.concat([bytes, chunk]); // no encoding is set; a header has 536 bytes at the most
        const header = readProxyHeader(bytes, families);
        if (header.kind === 'more') continue;
        if (header.kind === 'fault') return finish({kind: 'fault', text: `haproxy read: ${header.text}`});
        if (bytes.length > header.length) socket.unshift(bytes.subarray(header.length));
        return finish({kind: 'known', connection: header.connection});
      }
    };
    socket.on('readable', look);
    socket.on('end', ended);
    socket.on('close', ended);
  });
}
