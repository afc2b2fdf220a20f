/**
 * A message on its way in: opened with its first recipient (there is a queue id from then on), fed with content, handed to
 * cleanup at its end. A small one is handed over whole; a large one is streamed, the client waiting for the disk.
 *
 *   open -> (push)* -> finish -> queued
 *                 \-> abort: nothing is left
 */
import {Refusal} from '../base/errors.ts';
import type {NewQueueFile, Submission} from '../queue/agent.ts';

/** Where mail goes: cleanup of this process, or a maildrop for `sendmail -bs`. */
export interface MessageDoor {
  /** Makes the queue file. Throws `Refusal`. */
  open(): Promise<NewQueueFile>;
  /** Resolves when the message is on disk under its name. Throws `Refusal`. */
  submit(submission: Submission): Promise<{readonly id: string}>;
}

/** What of a submission is known before its content. */
export type Cover = Omit<Submission, 'content' | 'file'>;

/** So much is gathered before the message is streamed. */
const SMALL_BYTES = 1 << 16;

export class IncomingMessage {
  readonly file: NewQueueFile;
  readonly #door: MessageDoor;
  readonly #lineLimit: number;
  #cover: (() => Cover) | undefined;
  /** Asked at the very end, when all content has come: the text of a refusal. */
  #atEnd: (() => Promise<string | undefined> | string | undefined) | undefined;
  #pieces: Buffer[] = [];
  #gatheredBytes = 0;
  /** Whole lines of the content, as they would be on the wire: CRLF line ends. */
  lineBytes = 0;
  #unfinishedBytes = 0;
  #pipe: ContentPipe | undefined;
  #streaming: Promise<{readonly id: string}> | undefined;
  #isClosed = false;
  /** Handed over whole: cleanup has seen it. */
  #isSubmitted = false;

  constructor(door: MessageDoor, file: NewQueueFile, lineLimit: number) {
    this.#door = door;
    this.#lineLimit = lineLimit;
    this.file = file;
  }

  /** The content begins. */
  begin(cover: () => Cover, atEnd: () => Promise<string | undefined> | string | undefined): void {
    this.#cover = cover;
    this.#atEnd = atEnd;
  }

  push(bytes: Buffer): Promise<void> | undefined {
    if (this.#pipe !== undefined) return this.#pipe.push(bytes);
    this.#pieces.push(bytes);
    this.#gatheredBytes += bytes.length;
    return this.#gatheredBytes > SMALL_BYTES ? this.#beginStreaming() : undefined;
  }

  /** All that was counted, an unfinished line too. */
  get wireBytes(): number {
    return this.lineBytes + this.#unfinishedBytes;
  }

  /** As if the last line had ended. */
  get finishedBytes(): number {
    return this.lineBytes + (this.#unfinishedBytes === 0 ? 0 : recordBytes(this.#unfinishedBytes, this.#lineLimit));
  }

  /** Content has come; whether it is pushed too is the caller's business. */
  count(bytes: Buffer): void {
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      this.lineBytes += recordBytes(this.#unfinishedBytes + (end - start), this.#lineLimit);
      this.#unfinishedBytes = 0;
      start = end + 1;
    }
    this.#unfinishedBytes += bytes.length - start;
  }

  /** Throws `Refusal` when cleanup does; `EndRefused` when `atEnd` said no. */
  async finish(): Promise<void> {
    if (this.#pipe !== undefined) {
      this.#pipe.end();
      await this.#streaming;
    } else {
      const refused = await this.#atEnd?.();
      if (refused !== undefined) throw new EndRefused(refused);
      this.#isSubmitted = true;
      await this.#submit(
        this.#pieces.length === 1 && this.#pieces[0] !== undefined ? this.#pieces[0] : Buffer.concat(this.#pieces),
      );
    }
    this.#isClosed = true;
  }

  /** What came is not even looked at. */
  forget(): void {
    this.#pieces = [];
  }

  /** Nothing of the message is left. */
  abort(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#isSubmitted) return;
    if (this.#pipe === undefined && this.#pieces.length > 0) void this.#beginStreaming(); // for what its log says of it
    if (this.#pipe === undefined) void this.file.abort();
    else this.#pipe.fail(new Refusal('4.3.0', 'the client went away')); // cleanup removes the file
  }

  #submit(content: Buffer | AsyncIterable<Buffer>): Promise<{readonly id: string}> {
    const cover = this.#cover?.();
    if (cover === undefined) throw new Error('a message without a cover');
    return this.#door.submit({...cover, content, file: this.file});
  }

  #beginStreaming(): Promise<void> | undefined {
    const pipe = new ContentPipe(async () => {
      const refused = await this.#atEnd?.();
      if (refused !== undefined) throw new EndRefused(refused);
    });
    this.#pipe = pipe;
    const gathered = this.#pieces;
    this.#pieces = [];
    this.#streaming = this.#submit(pipe);
    this.#streaming.catch((fault: unknown) => pipe.stop(fault)); // `finish` throws it
    let waiting: Promise<void> | undefined;
    for (const piece of gathered) waiting = pipe.push(piece);
    return waiting;
  }
}

/** What is longer than a line may be is counted as several. */
function recordBytes(bytes: number, lineLimit: number): number {
  return bytes + 2 * (Math.floor(bytes / lineLimit) + 1);
}

/** A restriction at the end of the message refused it; the message is the whole reply. */
export class EndRefused extends Error {
  override readonly name = 'EndRefused';
}

/** Chunks from a producer that can be made to wait, to a consumer that iterates. */
class ContentPipe implements AsyncIterable<Buffer> {
  readonly #atEnd: () => Promise<void>;
  #waiting: Buffer[] = [];
  #bytes = 0;
  #isEnded = false;
  #fault: unknown;
  #isStopped = false;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;

  constructor(atEnd: () => Promise<void>) {
    this.#atEnd = atEnd;
  }

  push(bytes: Buffer): Promise<void> | undefined {
    if (this.#isStopped) return undefined; // refused already: the rest is only swallowed
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
    this.#wakeReader?.();
    if (this.#bytes < HIGH_WATER) return undefined;
    return new Promise(resolve => (this.#wakeWriter = resolve));
  }

  end(): void {
    this.#isEnded = true;
    this.#wakeReader?.();
  }

  fail(fault: unknown): void {
    this.#fault = fault;
    this.end();
  }

  /** The reader has gone. */
  stop(_fault: unknown): void {
    this.#isStopped = true;
    this.#waiting = [];
    this.#wakeWriter?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      const pieces = this.#waiting;
      this.#waiting = [];
      this.#bytes = 0;
      this.#wakeWriter?.();
      yield* pieces;
      if (this.#waiting.length > 0) continue;
      if (this.#fault !== undefined) throw this.#fault as Error; // it was made by `fail`
      if (this.#isEnded) break;
      await new Promise<void>(resolve => (this.#wakeReader = resolve));
      this.#wakeReader = undefined;
    }
    await this.#atEnd();
  }
}

const HIGH_WATER = 1 << 16;
const NEWLINE = 0x0a;
