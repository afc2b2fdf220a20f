/** Speaks to the real trivial-rewrite(8) over its private socket: the oracle for rewriting and resolving. */
import {connect, type Socket} from 'node:net';
import {join} from 'node:path';
import type {RealPostfix} from './real-postfix.ts';

export interface RealResolution {
  readonly transport: string;
  readonly nexthop: string;
  readonly recipient: string;
  readonly flags: number;
}

/** Bits of a reply's flags. */
export const ROUTED = 2;
export const SYNTAX = 4;
export const FAILED = 8;
export const CLASSES: Readonly<Record<string, number>> = {
  local: 256,
  'virtual-alias': 512,
  'virtual-mailbox': 1024,
  relay: 2048,
  default: 4096,
};

export class RealRewrite {
  readonly #socket: Socket;
  #received = '';
  #wake: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (data: string) => {
      this.#received += data;
      this.#wake?.();
    });
    socket.on('close', () => this.#wake?.());
  }

  static async open(real: RealPostfix, service = 'rewrite'): Promise<RealRewrite> {
    const socket = connect(join(real.spool, 'private', service));
    const client = new RealRewrite(socket);
    await client.#reply(); // the server names its protocol first
    return client;
  }

  async rewrite(address: string, rule: 'local' | 'remote' = 'local'): Promise<string> {
    this.#send('request', 'rewrite', 'rule', rule, 'address', address);
    return (await this.#reply())[3] ?? '';
  }

  async resolve(address: string, sender = ''): Promise<RealResolution> {
    this.#send('request', 'resolve', 'sender', sender, 'address', address);
    const words = await this.#reply();
    return {transport: words[3] ?? '', nexthop: words[5] ?? '', recipient: words[7] ?? '', flags: Number(words[9])};
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(...words: readonly string[]): void {
    this.#socket.write(Buffer.from(`${words.join('\0')}\0\0`, 'latin1'));
  }

  /** Words are ended by NUL, names and values in turn; an empty name ends the reply. */
  async #reply(): Promise<string[]> {
    for (;;) {
      const words = this.#take();
      if (words !== undefined) return words;
      if (this.#socket.destroyed) throw new Error('trivial-rewrite closed the connection');
      await new Promise<void>(resolve => (this.#wake = resolve));
    }
  }

  #take(): string[] | undefined {
    const words = this.#received.split('\0');
    for (let at = 0; at < words.length - 1; at += 2) {
      if (words[at] !== '') continue;
      this.#received = words.slice(at + 1).join('\0');
      return words.slice(0, at);
    }
    return undefined;
  }
}
