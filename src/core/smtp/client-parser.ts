/**
 * What a client sends, cut into what the machine asked for: command lines, the content of DATA, counted chunks. A Writable,
 * so that a socket can be piped into it: the socket waits while the machine is busy or the disk slow.
 *
 * All that is buffered is worked off in one go; only a machine that has to wait makes it pause. A line may have any length:
 * what is beyond the limit is dropped, as the original does.
 */
import {Writable} from 'node:stream';
import type {ChunkDecoder} from './chunk-decoder.ts';
import {DataDecoder, type BareNewlinePolicy} from './data-decoder.ts';

type Later<T> = T | Promise<T>;

/** Takes a message's content; a promise asks the sender to wait. */
export interface ContentSink {
  push(bytes: Buffer): Promise<void> | undefined;
  /** All of it is there; in DATA, `hasBareNewline` says that a line ended with LF alone. */
  end(hasBareNewline: boolean): Later<void>;
}

export interface ClientParserOptions {
  readonly lineLimit: number;
  /** A command without its line end; a promise pauses the parser. `isBare`: the line ended with LF alone. */
  command(line: string, isBare: boolean): Later<void>;
  /** Told of content as it comes. */
  content?(bytes: number): void;
  /** All that came was worked off: time to send what was answered. A promise: the client does not read its replies. */
  drained(): Later<void>;
  /** The client sends nothing more, and all that it sent was worked off. */
  finished(): void;
  /** What was thrown by the machine. */
  failed(fault: unknown): void;
}

type Mode = 'command' | 'data' | 'chunk';

export class ClientParser extends Writable {
  readonly #options: ClientParserOptions;
  #mode: Mode = 'command';
  #buffer: Buffer = EMPTY;
  #at = 0;
  /** The beginning of a line that came in several chunks. */
  #line = '';
  #isLineCut = false;
  #data: DataDecoder | undefined;
  #chunk: ChunkDecoder | undefined;
  #chunkLeft = 0;
  #sink: ContentSink | undefined;
  #isClosed = false;
  #isHeld = true;
  #held: (() => void) | undefined;
  /** The machine is at work on something that the client has to wait for. */
  isWorking = false;

  constructor(options: ClientParserOptions) {
    super({decodeStrings: false, emitClose: false});
    this.#options = options;
  }

  /** Until then what comes is kept: the client was not greeted yet. */
  open(): void {
    this.#isHeld = false;
    this.#held?.();
    this.#held = undefined;
  }

  /** The session is over: what still comes is thrown away. */
  get isClosed(): boolean {
    return this.#isClosed;
  }
  set isClosed(isClosed: boolean) {
    this.#isClosed = isClosed;
    if (isClosed) this.#buffer = EMPTY;
  }

  /** Bytes that the client sent before it was asked. */
  get pendingBytes(): number {
    return this.#buffer.length - this.#at;
  }

  /** The beginning of them, for the log. */
  pendingText(limit: number): string {
    return this.#buffer.toString('latin1', this.#at, Math.min(this.#buffer.length, this.#at + limit));
  }

  /** From here on, DATA's content. */
  readData(policy: BareNewlinePolicy, sink: ContentSink): void {
    this.#mode = 'data';
    this.#data = new DataDecoder(policy);
    this.#sink = sink;
  }

  /** From here on, so many bytes; `decoder` is one for all chunks of a message, undefined to pass bytes as they are. */
  readChunk(bytes: number, decoder: ChunkDecoder | undefined, sink: ContentSink): void {
    this.#mode = 'chunk';
    this.#chunkLeft = bytes;
    this.#chunk = decoder;
    this.#sink = sink;
  }

  override _write(chunk: Buffer, _encoding: string, done: (fault?: Error | null) => void): void {
    if (this.#isClosed) return done();
    this.#buffer = this.pendingBytes === 0 ? chunk : Buffer.concat([this.#buffer.subarray(this.#at), chunk]);
    this.#at = 0;
    if (this.#isHeld) this.#held = () => this.#work(done);
    else this.#work(done);
  }

  override _final(done: (fault?: Error | null) => void): void {
    if (!this.#isClosed) this.#options.finished();
    done();
  }

  /** Works until the buffer is used up or something has to be waited for. */
  #work(done: () => void): void {
    let waiting: Later<void>;
    try {
      waiting = this.#run();
    } catch (fault) {
      waiting = undefined;
      this.#options.failed(fault);
    }
    if (waiting instanceof Promise) return this.#waitFor(waiting, done);
    this.#buffer = EMPTY;
    this.#at = 0;
    const draining = this.#isClosed ? undefined : this.#options.drained();
    if (draining instanceof Promise) void draining.then(() => done());
    else done();
  }

  #waitFor(waiting: Promise<void>, done: () => void): void {
    void this.#options.drained(); // what was answered so far goes out meanwhile
    this.isWorking = true;
    const goOn = (): void => {
      this.isWorking = false;
      this.#work(done);
    };
    waiting.then(goOn, (fault: unknown) => {
      this.#options.failed(fault);
      goOn();
    });
  }

  /** A promise: something has to be waited for, then called again. undefined: all is used up. */
  #run(): Later<void> {
    while (!this.#isClosed && (this.#at < this.#buffer.length || this.#isDue())) {
      const waiting = this.#step();
      if (waiting instanceof Promise) return waiting;
    }
  }

  /** An empty chunk ends without any byte. */
  #isDue(): boolean {
    return this.#mode === 'chunk' && this.#chunkLeft === 0;
  }

  #step(): Later<void> {
    switch (this.#mode) {
      case 'command':
        return this.#takeLine();
      case 'data':
        return this.#takeData();
      case 'chunk':
        return this.#takeChunk();
    }
  }

  #takeLine(): Later<void> {
    const newline = this.#buffer.indexOf(NEWLINE, this.#at);
    const end = newline < 0 ? this.#buffer.length : newline;
    if (!this.#isLineCut) {
      const room = this.#options.lineLimit - this.#line.length;
      this.#isLineCut = end - this.#at > room;
      this.#line += this.#buffer.toString('latin1', this.#at, Math.min(end, this.#at + room));
    }
    this.#at = newline < 0 ? end : newline + 1;
    if (newline < 0) return;
    const line = this.#line;
    this.#line = '';
    this.#isLineCut = false;
    let length = line.length;
    while (length > 0 && line.charCodeAt(length - 1) === RETURN) length--;
    return this.#options.command(length === line.length ? line : line.slice(0, length), length === line.length);
  }

  #takeData(): Later<void> {
    const {data, sink} = {data: this.#data, sink: this.#sink};
    if (data === undefined || sink === undefined) return;
    this.#options.content?.(this.pendingBytes);
    let waiting: Promise<void> | undefined;
    this.#at += data.push(this.#buffer, this.#at, bytes => (waiting = sink.push(bytes)));
    if (!data.isOver) return waiting;
    this.#backToCommands();
    return waiting === undefined ? sink.end(data.hasBareNewline) : waiting.then(() => sink.end(data.hasBareNewline));
  }

  #takeChunk(): Later<void> {
    const sink = this.#sink;
    if (sink === undefined) return;
    const bytes = this.#buffer.subarray(this.#at, this.#at + this.#chunkLeft);
    this.#options.content?.(bytes.length);
    this.#at += bytes.length;
    this.#chunkLeft -= bytes.length;
    let waiting: Promise<void> | undefined;
    const take = (decoded: Buffer): void => void (waiting = sink.push(decoded));
    if (bytes.length > 0) {
      if (this.#chunk === undefined) take(bytes);
      else this.#chunk.push(bytes, take);
    }
    if (this.#chunkLeft > 0) return waiting;
    this.#backToCommands();
    return waiting === undefined ? sink.end(false) : waiting.then(() => sink.end(false));
  }

  #backToCommands(): void {
    this.#mode = 'command';
    this.#sink = undefined;
    this.#data = undefined;
    this.#chunk = undefined;
  }
}

const EMPTY = Buffer.alloc(0);
const NEWLINE = 0x0a;
const RETURN = 0x0d;
