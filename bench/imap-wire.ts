/** A client that costs little: it sends bytes, and waits for a tagged reply or for the end of the connection. */
import {once} from 'node:events';
import {createConnection, type Socket} from 'node:net';

/** As much of the newest bytes as the last line of a reply can be. */
const TAIL = 1024;

export interface Reply {
  readonly ms: number;
  /** Without the tagged line, that tells times. */
  readonly text: string;
}

export class Wire {
  readonly #socket: Socket;
  #chunks: Buffer[] = [];
  #tail = '';
  #isEnded = false;
  #wake: (() => void) | undefined;
  #tag = 0;

  private constructor(socket: Socket) {
    this.#socket = socket.setNoDelay();
    socket.on('data', bytes => {
      this.#chunks.push(bytes);
      this.#tail = (this.#tail + bytes.subarray(-TAIL).toString('latin1')).slice(-TAIL);
      this.#wake?.();
    });
    for (const event of ['end', 'close', 'error'])
      socket.on(event, () => {
        this.#isEnded = true;
        this.#wake?.();
      });
  }

  /** With its greeting read. */
  static async connect(port: number): Promise<Wire> {
    const socket = createConnection(port, '127.0.0.1');
    await once(socket, 'connect');
    const wire = new Wire(socket);
    await wire.#when(() => wire.#tail.endsWith('\n'));
    return wire;
  }

  /** Logged in. */
  static async login(port: number, user: string): Promise<Wire> {
    const wire = await Wire.connect(port);
    await wire.command(`LOGIN ${user} secret`);
    return wire;
  }

  /** Throws when the reply is not OK. */
  command(text: string): Promise<Reply> {
    const tag = this.nextTag();
    return this.sendWhole(`${tag} ${text}\r\n`, tag);
  }

  nextTag(): string {
    return `t${++this.#tag}`;
  }

  /** Many commands at once; the reply to the last of them ends it. */
  async sendWhole(bytes: string, lastTag: string): Promise<Reply> {
    const begin = this.#send(bytes);
    const line = (): string => this.#tail.slice(this.#tail.lastIndexOf('\n', this.#tail.length - 2) + 1);
    await this.#when(() => this.#tail.endsWith('\n') && line().startsWith(`${lastTag} `));
    const ms = performance.now() - begin;
    if (!line().startsWith(`${lastTag} OK`)) throw new Error(`${bytes.slice(0, 80)}: ${line()}`);
    const text = Buffer.concat(this.#chunks).toString('latin1');
    return {ms, text: text.slice(0, text.length - line().length)};
  }

  /** Sends a command that goes on, and waits for a line that begins so. */
  async begin(text: string, answer: string): Promise<void> {
    this.#send(`${this.nextTag()} ${text}\r\n`);
    await this.#when(() => this.#tail.includes(answer));
    this.#tail = '';
  }

  /** Waits for a line, told without having been asked for. */
  async until(line: RegExp): Promise<void> {
    this.#tail = '';
    await this.#when(() => line.test(this.#tail));
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Waits until the server closes. */
  async sendLast(bytes: string): Promise<Reply> {
    const begin = this.#send(bytes);
    while (!this.#isEnded) await new Promise<void>(resolve => (this.#wake = resolve));
    return {ms: performance.now() - begin, text: Buffer.concat(this.#chunks).toString('latin1')};
  }

  async logout(): Promise<void> {
    await this.sendLast('z LOGOUT\r\n');
    this.#socket.destroy();
  }

  #send(bytes: string): number {
    this.#chunks = [];
    this.#tail = '';
    const begin = performance.now();
    this.#socket.write(Buffer.from(bytes, 'latin1'));
    return begin;
  }

  async #when(claim: () => boolean): Promise<void> {
    while (!claim()) {
      if (this.#isEnded) throw new Error(`the server closed: ${this.#tail}`);
      await new Promise<void>(resolve => (this.#wake = resolve));
    }
  }
}
