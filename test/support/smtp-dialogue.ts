/**
 * Plays a scripted SMTP dialogue over TCP with exact bytes, and answers the transcript: what was sent (`C:`) and each
 * line of each reply (`S:`). What the server says too much, too little or with bare line feeds shows in it; nothing is
 * thrown for it. Byte strings throughout.
 */
import {connect, type Socket} from 'node:net';
import {setTimeout as pause} from 'node:timers/promises';
import {connect as connectTls} from 'node:tls';

export type Step =
  /** A line: CRLF is added, one reply awaited. */
  | string
  | {readonly kind: 'send'; readonly bytes: string; readonly replies: number}
  | {readonly kind: 'handshake'}
  | {readonly kind: 'pause'; readonly milliseconds: number}
  /** Our side of the connection ends; the server may still talk. */
  | {readonly kind: 'half-close'}
  /** The connection goes away at once. */
  | {readonly kind: 'cut'}
  /** Nothing is sent until the server closes. */
  | {readonly kind: 'until-closed'};

/** Exactly these bytes, in one write. */
export function send(bytes: string, replies = 1): Step {
  return {kind: 'send', bytes, replies};
}

/** Lines in one write, a reply for each. */
export function pipelined(...lines: readonly string[]): Step {
  return send(lines.map(line => `${line}\r\n`).join(''), lines.length);
}

/** A message after `DATA`, its end included; the text has `\n` for CRLF. */
export function content(text: string): Step {
  return send(`${text.replaceAll('\n', '\r\n')}\r\n.\r\n`);
}

export function bdat(bytes: string, last = ''): Step {
  return send(`BDAT ${bytes.length}${last === '' ? '' : ` ${last}`}\r\n${bytes}`);
}

/** STARTTLS and the handshake. */
export const STARTTLS: readonly Step[] = ['STARTTLS', {kind: 'handshake'}];
export const HALF_CLOSE: Step = {kind: 'half-close'};
export const CUT: Step = {kind: 'cut'};
export const UNTIL_CLOSED: Step = {kind: 'until-closed'};

export function rest(milliseconds: number): Step {
  return {kind: 'pause', milliseconds};
}

export interface DialogueOptions {
  readonly port: number;
  readonly host?: string | undefined;
  /** The client's own address, of 127.0.0.0/8. */
  readonly from?: string | undefined;
  /** Said before the greeting is awaited (PROXY protocol); a handshake makes it implicit TLS. */
  readonly before?: readonly Step[] | undefined;
  readonly replyMilliseconds?: number | undefined;
}

/** QUIT is said at the end when the server still listens. A server that does not answer in time ends the dialogue. */
export async function playDialogue(steps: readonly Step[], options: DialogueOptions): Promise<string[]> {
  const wire = new Wire(await open(options), options.replyMilliseconds ?? 15_000);
  for (const step of options.before ?? []) await wire.take(step);
  await wire.readReplies(1);
  for (const step of steps) {
    if (wire.isOver) break;
    await wire.take(step);
  }
  if (!wire.isOver) await wire.take('QUIT');
  await wire.end();
  return wire.transcript;
}

function open({port, host = '127.0.0.1', from}: DialogueOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({port, host, allowHalfOpen: true, ...(from === undefined ? {} : {localAddress: from})});
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** One connection and its transcript. */
class Wire {
  readonly transcript: string[] = [];
  readonly #patience: number;
  #socket: Socket;
  #received = '';
  #isClosed = false;
  #isHalfClosed = false;
  #wake: () => void = () => undefined;

  constructor(socket: Socket, patience: number) {
    this.#patience = patience;
    this.#socket = socket;
    socket.setNoDelay(true);
    this.#listen();
  }

  get isOver(): boolean {
    return this.#isHalfClosed || (this.#isClosed && this.#received === '');
  }

  async take(step: Step): Promise<void> {
    if (typeof step === 'string') return await this.#say(`${step}\r\n`, 1);
    switch (step.kind) {
      case 'send':
        return await this.#say(step.bytes, step.replies);
      case 'handshake':
        return await this.#handshake();
      case 'pause':
        await pause(step.milliseconds);
        return;
      case 'half-close':
        this.transcript.push('C: (half-close)');
        this.#isHalfClosed = true;
        this.#socket.end();
        return await this.#untilClosed();
      case 'cut':
        this.transcript.push('C: (cut)');
        this.#isHalfClosed = true;
        this.#socket.destroy();
        return;
      case 'until-closed':
        return await this.#untilClosed();
    }
  }

  async readReplies(count: number): Promise<void> {
    for (let i = 0; i < count; i++) if (!(await this.#readReply())) return;
  }

  /** Waits for the server's close. */
  async end(): Promise<void> {
    if (!this.#socket.destroyed) await this.#untilClosed();
    this.#socket.destroy();
  }

  async #say(bytes: string, replies: number): Promise<void> {
    if (bytes !== '') this.transcript.push(`C: ${shown(bytes)}`);
    if (!this.#isClosed) this.#socket.write(Buffer.from(bytes, 'latin1'));
    await this.readReplies(replies);
  }

  /** False when no further reply can come. */
  async #readReply(): Promise<boolean> {
    for (;;) {
      const line = await this.#readLine();
      if (line === undefined) return false;
      this.transcript.push(`S: ${line}`);
      if (!/^\d\d\d-/.test(line)) return true;
    }
  }

  async #readLine(): Promise<string | undefined> {
    const end = performance.now() + this.#patience;
    for (;;) {
      const at = this.#received.indexOf('\n');
      if (at !== -1) {
        const line = this.#received.slice(0, at);
        this.#received = this.#received.slice(at + 1);
        return line.endsWith('\r') ? line.slice(0, -1) : `${line}(bare LF)`;
      }
      if (this.#isClosed) {
        if (this.#received !== '') this.transcript.push(`S: ${this.#received}(unfinished)`);
        this.#received = '';
        if (this.transcript.at(-1) !== 'S: (closed)') this.transcript.push('S: (closed)');
        return undefined;
      }
      const left = end - performance.now();
      if (left <= 0) {
        this.transcript.push('S: (silence)');
        this.#isHalfClosed = true;
        this.#socket.destroy();
        return undefined;
      }
      await this.#event(left);
    }
  }

  async #untilClosed(): Promise<void> {
    for (;;) {
      const line = await this.#readLine();
      if (line === undefined) return;
      this.transcript.push(`S: ${line}`);
    }
  }

  async #event(limitMilliseconds: number): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, limitMilliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #handshake(): Promise<void> {
    const raw = this.#socket;
    for (const event of ['data', 'end', 'close']) raw.removeAllListeners(event);
    if (this.#received !== '') this.transcript.push(`S: (before the handshake) ${shown(this.#received)}`);
    this.#received = '';
    return new Promise(resolve => {
      const secure = connectTls({socket: raw, rejectUnauthorized: false});
      secure.once('secureConnect', () => {
        this.transcript.push(`-- ${secure.getProtocol() ?? 'no protocol'}`);
        resolve();
      });
      secure.once('error', () => {
        if (!secure.getProtocol()) this.transcript.push('-- no TLS');
        resolve();
      });
      secure.once('close', () => resolve());
      this.#socket = secure;
      this.#listen();
    });
  }

  #listen(): void {
    const socket = this.#socket;
    const closed = (): void => {
      this.#isClosed = true;
      this.#wake();
    };
    socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.toString('latin1');
      this.#wake();
    });
    socket.on('end', closed);
    socket.on('close', closed);
    socket.on('error', closed);
  }
}

/** Bytes as a person reads them: CR, LF, NUL and 8-bit escaped, long ones cut. */
function shown(bytes: string): string {
  const start = bytes.length > 300 ? `${bytes.slice(0, 300)}...(${bytes.length} bytes)` : bytes;
  const line = /^[ -~]*\r\n$/.test(start) ? start.slice(0, -2) : start;
  return JSON.stringify(line).slice(1, -1).replaceAll('\\"', '"');
}
