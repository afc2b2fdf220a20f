/**
 * The bytes between us and a server: commands are collected and go out in one write, replies are taken from what has come
 * in, and a promise is made only where there is something to wait for.
 *
 * Throws `ConnectionFault` from what waits: the server hung up, or let the time go by, or its replies could not be
 * filtered.
 */
import type {Socket} from 'node:net';
import {TableError} from '../../table/table.ts';
import type {Reply, ReplyParser} from './reply-parser.ts';

export type BreakKind = 'lost' | 'timed out' | 'local';

export class ConnectionFault extends Error {
  override readonly name = 'ConnectionFault';
  readonly kind: BreakKind;

  constructor(kind: BreakKind) {
    super(kind);
    this.kind = kind;
  }
}

/** How long something may take. */
export interface Patience {
  readonly seconds: number;
  /** From its beginning to its end; else between two signs of life (postconf(5) smtp_per_request_deadline). */
  readonly isDeadline: boolean;
}

export class ServerConnection {
  #socket: Socket;
  readonly #parser: ReplyParser;
  #batch = '';
  #isLost = false;
  #isUnreadable = false;
  #wake: (() => void) | undefined;
  #lastSign = 0;
  readonly #onData = (bytes: Buffer): void => this.#receive(bytes);
  readonly #onDrain = (): void => this.#signOfLife();
  readonly #onLost = (): void => {
    this.#isLost = true;
    this.#wake?.();
  };

  constructor(socket: Socket, parser: ReplyParser) {
    this.#socket = socket;
    this.#parser = parser;
    this.#listen();
  }

  /** Nobody hung up, and nothing was said that nobody asked for. */
  get isQuiet(): boolean {
    return !this.#isLost && this.#parser.isEmpty;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Bytes we have handed over and the system has not taken yet. */
  get isBacklogged(): boolean {
    return this.#socket.writableLength > MAX_UNSENT;
  }

  /** Adds a command, CRLF included, to the next write. */
  add(line: string): void {
    this.#batch += line;
  }

  get batchLength(): number {
    return this.#batch.length;
  }

  flush(): void {
    if (this.#batch === '' || this.#isLost) return;
    const batch = this.#batch;
    this.#batch = '';
    this.#socket.write(batch, 'latin1');
  }

  /** Writes bytes behind what was added, the buffer must not change any more. */
  write(bytes: Buffer): void {
    if (this.#batch === '') {
      if (!this.#isLost) this.#socket.write(bytes);
      return;
    }
    const {length} = this.#batch;
    const whole = Buffer.allocUnsafe(length + bytes.length);
    whole.write(this.#batch, 0, length, 'latin1');
    bytes.copy(whole, length);
    this.#batch = '';
    if (!this.#isLost) this.#socket.write(whole);
  }

  /** The next reply; what was added goes out first. */
  reply(patience: Patience): Reply | Promise<Reply> {
    this.flush();
    return this.#take() ?? this.#waitForReply(patience);
  }

  /** Until the system has taken most of what was written. Throws also when the server has hung up meanwhile. */
  async drained(patience: Patience): Promise<void> {
    await this.#wait(patience, () => !this.isBacklogged || this.#isLost);
    if (this.#isLost) throw new ConnectionFault('lost');
  }

  async #waitForReply(patience: Patience): Promise<Reply> {
    await this.#wait(patience, () => this.#parser.hasReply || this.#isLost);
    const reply = this.#take();
    if (reply === undefined) throw new ConnectionFault(this.#isUnreadable ? 'local' : 'lost');
    return reply;
  }

  #take(): Reply | undefined {
    const reply = this.#parser.take();
    if (this.#socket.isPaused() && !this.#parser.hasReply) this.#socket.resume();
    return reply;
  }

  async #wait({seconds, isDeadline}: Patience, isOver: () => boolean): Promise<void> {
    const start = performance.now();
    this.#lastSign = start;
    while (!isOver()) {
      const left = (isDeadline ? start : this.#lastSign) + seconds * 1000 - performance.now();
      if (left <= 0) throw new ConnectionFault('timed out');
      await this.#pause(left, isOver);
    }
  }

  /** Until something happens that ends the wait, or the time is over. */
  #pause(milliseconds: number, isOver: () => boolean): Promise<void> {
    return new Promise(resolve => {
      const end = (): void => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(end, Math.min(milliseconds, MAX_TIMER));
      this.#wake = () => {
        if (isOver()) end();
      };
    });
  }

  /** TLS begins: what was said before it is not believed any more. Answers the socket, which is no longer ours. */
  release(): Socket {
    this.#socket.off('data', this.#onData).off('drain', this.#onDrain);
    this.#socket.off('end', this.#onLost).off('close', this.#onLost).off('error', this.#onLost);
    this.#parser.clear();
    this.#batch = '';
    return this.#socket;
  }

  /** Goes on over another socket, the one inside TLS. */
  continueOver(socket: Socket): void {
    this.#socket = socket;
    this.#listen();
  }

  /** An idle connection keeps no process alive. */
  setIdle(isIdle: boolean): void {
    if (isIdle) this.#socket.unref();
    else this.#socket.ref();
  }

  /** What was written still goes out. The server is given time to say goodbye, or none. */
  hangUp(goodbyeSeconds: number): void {
    this.flush();
    const socket = this.#socket;
    socket.off('data', this.#onData).on('error', ignore);
    if (goodbyeSeconds === 0) socket.resume().end();
    else socket.once('data', () => socket.destroy());
    const timer = setTimeout(() => socket.destroy(), goodbyeSeconds === 0 ? LINGER : goodbyeSeconds * 1000);
    timer.unref();
    socket.once('close', () => clearTimeout(timer));
  }

  destroy(): void {
    this.#isLost = true;
    this.#socket.on('error', ignore);
    this.#socket.destroy();
  }

  #listen(): void {
    this.#socket.on('data', this.#onData).on('drain', this.#onDrain);
    this.#socket.on('end', this.#onLost).on('close', this.#onLost).on('error', this.#onLost);
    if (this.#socket.destroyed) this.#isLost = true;
  }

  #receive(bytes: Buffer): void {
    try {
      this.#parser.push(bytes);
    } catch (fault) {
      if (!(fault instanceof TableError)) throw fault;
      this.#isUnreadable = true;
      return this.#onLost();
    }
    if (this.#parser.count > MAX_UNREAD) this.#socket.pause();
    this.#signOfLife();
  }

  #signOfLife(): void {
    this.#lastSign = performance.now();
    this.#wake?.();
  }
}

function ignore(): void {
  // A connection that is being closed may break as it likes.
}

/** Bytes in our own memory before a message is no longer read from disk. */
const MAX_UNSENT = 65536;
/** Replies that nobody has asked for yet: with more, no more is read. */
const MAX_UNREAD = 5000;
/** The most that a timer takes. */
const MAX_TIMER = 0x7fffffff;
/** Milliseconds for the last bytes to get through. */
const LINGER = 10_000;
