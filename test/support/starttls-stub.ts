/**
 * As much SMTP as it takes to come to STARTTLS, on both sides, for tests of TLS: a server that takes any mail, and the
 * first words of a client. What is sent in the clear behind STARTTLS is thrown away by either.
 */
import {createServer, connect, type AddressInfo, type Server, type Socket} from 'node:net';
import {TLSSocket} from 'node:tls';
import {noTlsReply, type SmtpdTls} from '../../src/core/smtpd/smtpd-tls.ts';

export class StartTlsServer {
  readonly #tls: SmtpdTls | undefined;
  readonly #client: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  port = 0;

  /** `tls` undefined: STARTTLS is not offered. `client`: `H[A]` of whoever comes. */
  static async start(tls: SmtpdTls | undefined, client: string): Promise<StartTlsServer> {
    const stub = new StartTlsServer(tls, client);
    await new Promise<void>(resolve => stub.#server.listen(0, '127.0.0.1', resolve));
    stub.port = (stub.#server.address() as AddressInfo).port;
    return stub;
  }

  private constructor(tls: SmtpdTls | undefined, client: string) {
    this.#tls = tls;
    this.#client = client;
    this.#server = createServer(socket => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.write('220 mail.example.com ESMTP\r\n');
      this.#talk(socket, false);
    });
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise(resolve => this.#server.close(resolve));
  }

  #talk(socket: Socket, isSecure: boolean): void {
    let buffered = '';
    let isInData = false;
    const answer = (line: string): void => {
      const verb = line.toUpperCase().split(' ')[0] ?? '';
      if (isInData) {
        if (line === '.') socket.write('250 2.0.0 Ok\r\n');
        isInData = line !== '.';
      } else if (verb === 'EHLO') socket.write(`250-mail.example.com\r\n${this.#offer(isSecure)}250 8BITMIME\r\n`);
      else if (verb === 'DATA') {
        isInData = true;
        socket.write('354 Go on\r\n');
      } else if (verb === 'QUIT') socket.end('221 2.0.0 Bye\r\n');
      else socket.write('250 2.0.0 Ok\r\n');
    };
    const take = (bytes: Buffer): void => {
      buffered += bytes.toString('latin1');
      for (let end = buffered.indexOf('\r\n'); end >= 0; end = buffered.indexOf('\r\n')) {
        const line = buffered.slice(0, end);
        buffered = buffered.slice(end + 2);
        if (line.toUpperCase() === 'STARTTLS' && this.#tls !== undefined && !isSecure) {
          if (!this.#tls.isAvailable) {
            socket.write(`${noTlsReply}\r\n`);
            continue;
          }
          socket.off('data', take).pause();
          return void this.#upgrade(socket, this.#tls);
        }
        answer(line);
      }
    };
    socket.on('data', take);
  }

  #offer(isSecure: boolean): string {
    return this.#tls?.isOffered === true && !isSecure ? '250-STARTTLS\r\n' : '';
  }

  async #upgrade(socket: Socket, tls: SmtpdTls): Promise<void> {
    socket.write('220 2.0.0 Ready to start TLS\r\n');
    const options = await tls.begin(socket, this.#client);
    if (options === undefined) return void socket.destroy();
    const secure = new TLSSocket(socket, options);
    let isOver = false;
    const fail = (fault?: unknown): void => {
      if (!isOver) tls.failed(fault, this.#client);
      isOver = true;
    };
    secure.on('error', fail).on('close', () => fail());
    secure.once('secure', () => {
      isOver = true;
      const refusal = tls.refusal(tls.established(secure, this.#client), this.#client);
      if (refusal !== undefined) return void secure.end(`${refusal}\r\n`);
      this.#talk(secure, true);
    });
  }
}

/** A connection on which STARTTLS was said and granted. */
export async function connectStartTls(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  for (const line of ['EHLO client.example.org\r\n', 'STARTTLS\r\n']) {
    await reply(socket);
    socket.write(line);
  }
  await reply(socket);
  return socket;
}

/** One reply, to its last line. */
function reply(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const take = (bytes: Buffer): void => {
      text += bytes.toString('latin1');
      if (!/^\d{3} [^\n]*\n$/m.test(text)) return;
      socket.off('data', take).off('close', lost).pause();
      resolve(text);
    };
    const lost = (): void => reject(new Error(`connection closed after ${JSON.stringify(text)}`));
    socket.on('data', take).on('close', lost).resume();
  });
}
