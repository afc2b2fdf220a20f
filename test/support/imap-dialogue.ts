/**
 * Speaks IMAP to anything over a pair of streams: sends one command after the other, and answers the transcript. Byte
 * strings throughout; nothing is thrown for what a server says, or doesn't.
 */
import type {Readable, Writable} from 'node:stream';
import {setTimeout as pause} from 'node:timers/promises';

export class ImapDialogue {
  readonly transcript: string[] = [];
  readonly #input: Writable;
  #received = '';
  #isOver = false;
  #wake: (() => void) | undefined;
  #commands = 0;

  constructor(output: Readable, input: Writable) {
    this.#input = input;
    input.on('error', () => this.#end());
    output.on('data', (bytes: Buffer) => {
      this.#received += bytes.toString('latin1');
      this.#wake?.();
    });
    output
      .on('end', () => this.#end())
      .on('close', () => this.#end())
      .on('error', () => this.#end());
  }

  get isOver(): boolean {
    return this.#isOver && this.#received === '';
  }

  /** A command gets a tag; with `!` before it, the bytes are sent as they are, and any answer is waited for. */
  async say(step: string): Promise<void> {
    if (step.startsWith('!w ')) return await pause(Number(step.slice(3)) * 1000);
    if (step.startsWith('!')) return await this.#raw(step.slice(1));
    const tag = `t${++this.#commands}`;
    this.transcript.push(`C: ${step}`);
    this.#write(`${tag} ${step}\r\n`);
    await this.#readTo(tag);
  }

  async #raw(bytes: string): Promise<void> {
    this.transcript.push(`R: ${bytes}`);
    this.#write(bytes);
    await this.#readTo(undefined, 1000);
  }

  /** What comes before anything is said. */
  async greeting(): Promise<void> {
    await this.#readTo('*');
  }

  /** Sends nothing, and reads until a line begins so. */
  async await(beginning: string, milliseconds = 10_000): Promise<void> {
    await this.#readTo(beginning, milliseconds);
  }

  close(): void {
    this.#input.end();
  }

  #write(bytes: string): void {
    if (!this.#isOver) this.#input.write(Buffer.from(bytes, 'latin1'));
  }

  async #readTo(tag: string | undefined, milliseconds = 10_000): Promise<void> {
    const end = Date.now() + milliseconds;
    for (;;) {
      const at = this.#endOfReply(tag);
      if (at > 0) return this.#show(at);
      if (this.#isOver) {
        this.#show(this.#received.length);
        this.transcript.push('S: <closed>');
        return;
      }
      if (Date.now() >= end) {
        this.#show(this.#received.length);
        this.transcript.push('S: <silence>');
        return;
      }
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, end - Date.now());
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Behind the tagged line, or behind a request for more at the very end; 0: neither is here. */
  #endOfReply(tag: string | undefined): number {
    const text = this.#received;
    for (let at = 0; at < text.length;) {
      const end = text.indexOf('\r\n', at);
      if (end < 0) return 0;
      const line = text.slice(at, end);
      const isAnswer = tag === undefined ? ANSWER.test(line) : line === tag || line.startsWith(`${tag} `);
      if (isAnswer || (line.startsWith('+ ') && end + 2 === text.length)) return end + 2;
      const literal = /\{(\d+)\}$/.exec(line);
      at = end + 2 + (literal === null ? 0 : Number(literal[1]));
    }
    return 0;
  }

  #show(length: number): void {
    const text = this.#received.slice(0, length);
    this.#received = this.#received.slice(length);
    for (const line of text.split('\r\n')) if (line !== '') this.transcript.push(`S: ${line}`);
  }

  #end(): void {
    this.#isOver = true;
    this.#wake?.();
  }
}

const ANSWER = /^(?:[^*+ ]\S* (?:OK|NO|BAD)|\* BAD) /;

/** Steps are written with `\r`, `\n`, `\xNN` and `\\`. */
export function unescapeStep(text: string): string {
  return text.replace(/\\(x[0-9a-f]{2}|.)/g, (_, code: string) => {
    if (code === 'r') return '\r';
    if (code === 'n') return '\n';
    if (code === 't') return '\t';
    return code.length === 3 ? String.fromCharCode(parseInt(code.slice(1), 16)) : code;
  });
}
