/** Mail access of an instance in a temporary folder, with ports of its own, and clients for it. */
import {type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {writeFileSync} from 'node:fs';
import {createConnection, type Socket} from 'node:net';
import {connect as connectTls} from 'node:tls';
import {freePorts} from './free-ports.ts';
import {Home, until} from './home.ts';

export interface AccessPorts {
  readonly imap: number;
  readonly imaps: number;
  readonly pop3: number;
  readonly sieve: number;
}

export class AccessHome extends Home {
  readonly ports: AccessPorts;
  #access: ChildProcess | undefined;

  private constructor(ports: AccessPorts, more: string) {
    super();
    this.ports = ports;
    writeFileSync(this.path('etc/dovecot/dovecot.conf'), configuration(ports) + more, 'latin1');
  }

  static async open(more = ''): Promise<AccessHome> {
    const [imap = 0, imaps = 0, pop3 = 0, sieve = 0] = await freePorts(4);
    return new AccessHome({imap, imaps, pop3, sieve}, more);
  }

  /** Resolves when clients are served. */
  async serveAccess(): Promise<void> {
    const before = this.log().split('starting up for').length;
    const child = this.spawn('dovecot', ['-F']);
    this.#access = child;
    child.stdin?.end();
    await until(
      () => child.exitCode !== null || this.log().split('starting up for').length > before,
      30_000,
      'mail access',
    );
    await until(
      () => child.exitCode !== null || this.run('doveadm', ['process', 'status']).status === 0,
      30_000,
      'its socket',
    );
    if (child.exitCode !== null) throw new Error(`dovecot ended: ${this.log()}`);
  }

  get accessPid(): number | undefined {
    return this.#access?.pid;
  }

  async stopAccess(): Promise<number | null> {
    const child = this.#access;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    return child.exitCode;
  }

  override async dispose(): Promise<void> {
    await this.stopAccess();
    await super.dispose();
  }
}

function configuration({imap, imaps, pop3, sieve}: AccessPorts): string {
  const listener = (service: string, name: string, port: number, more = ''): string =>
    `service ${service}-login {\n  inet_listener ${name} {\n    port = ${port}\n${more}  }\n}\n`;
  return `protocols = imap pop3 lmtp sieve
listen = 127.0.0.1
mail_location = maildir:~/Maildir
${listener('imap', 'imap', imap)}${listener('imap', 'imaps', imaps, '    ssl = yes\n')}${listener('pop3', 'pop3', pop3)}${listener('pop3', 'pop3s', 0)}${listener('managesieve', 'sieve', sieve)}`;
}

/** A client of a line protocol: what was read is kept until it is asked for. */
export class LineClient {
  #socket: Socket;
  #text = '';
  #isEnded = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen();
  }

  static async connect(port: number): Promise<LineClient> {
    const socket = createConnection(port, '127.0.0.1');
    await once(socket, 'connect');
    return new LineClient(socket);
  }

  send(text: string): void {
    this.#socket.write(Buffer.from(text, 'latin1'));
  }

  /** All up to, and with, the first line that matches. */
  async until(pattern: RegExp, limitMilliseconds = 15_000): Promise<string> {
    const limit = performance.now() + limitMilliseconds;
    for (;;) {
      const lines = this.#text.split('\r\n');
      const at = lines.slice(0, -1).findIndex(line => pattern.test(line));
      if (at >= 0) {
        const taken = lines.slice(0, at + 1).join('\r\n');
        this.#text = lines.slice(at + 1).join('\r\n');
        return taken;
      }
      if (this.#isEnded || performance.now() > limit) throw new Error(`no ${String(pattern)} in: ${this.#text}`);
      await new Promise(resolve => setTimeout(resolve, 5));
    }
  }

  /** Sends a command with a tag and answers all up to its tagged reply. */
  command(tag: string, text: string): Promise<string> {
    this.send(`${tag} ${text}\r\n`);
    return this.until(new RegExp(`^${tag} `));
  }

  async startTls(): Promise<void> {
    this.#socket.removeAllListeners();
    const secure = connectTls({socket: this.#socket, rejectUnauthorized: false});
    await once(secure, 'secureConnect');
    this.#socket = secure;
    this.#listen();
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  close(): void {
    this.#socket.destroy();
  }

  #listen(): void {
    this.#socket
      .on('data', bytes => (this.#text += bytes.toString('latin1')))
      .on('end', () => (this.#isEnded = true))
      .on('close', () => (this.#isEnded = true))
      .on('error', () => (this.#isEnded = true));
  }
}
