/** smtpd's TLS on a loopback listener, without SMTP around it: a connection begins with the handshake. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {type AddressInfo, createServer, type Server, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {connect, type ConnectionOptions, TLSSocket} from 'node:tls';
import {Log} from '../../src/core/log/log.ts';
import type {TlsSession} from '../../src/core/net/tls-session.ts';
import {SmtpdTls} from '../../src/core/smtpd/smtpd-tls.ts';
import {plainConfig} from './plain-config.ts';

export class TlsBench {
  readonly folder = mkdtempSync(join(tmpdir(), 'tls-bench-'));
  readonly lines: string[] = [];
  readonly sessions: TlsSession[] = [];
  readonly log = new Log('smtpd', {
    write: ({severity, text}) => void this.lines.push(severity === 'info' ? text : `${severity}: ${text}`),
  });
  clock = 0;
  #server: Server | undefined;
  readonly #sockets: Socket[] = [];

  file(name: string, content: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  /** smtpd's side; `set`: its parameters. */
  smtpd(set: Readonly<Record<string, string>>): SmtpdTls {
    const plain = {smtpd_tls_loglevel: '1', smtpd_tls_fingerprint_digest: 'sha256', smtpd_starttls_timeout: '10s'};
    const config = plainConfig({...plain, ...set});
    return new SmtpdTls({config, log: this.log, now: () => this.clock});
  }

  /** Answers the port. What comes over TLS is sent back. */
  async listen(tls: SmtpdTls): Promise<number> {
    const server = createServer(socket => {
      this.#sockets.push(socket);
      void this.#serve(socket, tls);
    });
    this.#server = server;
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  async #serve(socket: Socket, tls: SmtpdTls): Promise<void> {
    const options = await tls.begin(socket, CLIENT);
    if (options === undefined) return void socket.destroy();
    const secure = new TLSSocket(socket, options);
    let isDone = false;
    const end = (fault?: unknown): void => {
      if (!isDone) tls.failed(fault, CLIENT);
      isDone = true;
    };
    secure.on('error', end).on('close', () => end());
    secure.once('secure', () => {
      isDone = true;
      const session = tls.established(secure, CLIENT);
      this.sessions.push(session);
      const refusal = tls.refusal(session, CLIENT);
      if (refusal !== undefined) secure.end(`${refusal}\r\n`);
      else secure.on('data', data => secure.write(data));
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    rmSync(this.folder, {recursive: true, force: true});
    await new Promise(resolve => (this.#server === undefined ? resolve(0) : this.#server.close(resolve)));
    this.#server = undefined;
  }
}

const CLIENT = 'client.example.org[127.0.0.1]';

export interface Talk {
  readonly protocol: string;
  readonly cipher: string;
  readonly peerName: string;
  readonly isReused: boolean;
  readonly answer: string;
  readonly session: Buffer | undefined;
}

/** A plain client: handshake, one line each way, end. Rejects when the handshake fails. */
export async function talkTls(port: number, options: ConnectionOptions = {}): Promise<Talk> {
  const socket = connect({port, host: '127.0.0.1', rejectUnauthorized: false, ciphers: 'ALL:@SECLEVEL=0', ...options});
  let session: Buffer | undefined;
  socket.on('session', data => (session = data));
  socket.on('error', () => undefined); // after the answer, a reset is no matter
  const talk = await new Promise<Omit<Talk, 'session'>>((resolve, reject) => {
    let known = {protocol: '', cipher: '', peerName: '', isReused: false};
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
    socket.once('data', data => resolve({...known, answer: data.toString('latin1').trim()}));
    socket.once('secureConnect', () => {
      known = {
        protocol: socket.getProtocol() ?? '',
        cipher: socket.getCipher().name,
        peerName: socket.getPeerX509Certificate()?.subject ?? '',
        isReused: socket.isSessionReused(),
      };
      socket.write('hello\r\n');
    });
  });
  if (!socket.closed) {
    const closed = new Promise(resolve => socket.once('close', resolve));
    socket.end();
    await closed;
  }
  return {...talk, session};
}
