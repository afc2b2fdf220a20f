/**
 * Cuts a stream of chunks into lines, and lines longer than the limit into pieces, as Postfix stores them: a piece of
 * exactly `limit` bytes never ends a line, so that a full one is followed by another, perhaps empty. A piece is told as a
 * range of a buffer: a large message has millions, and none need be an object.
 */
export type TakePiece = (bytes: Buffer, start: number, end: number, endsLine: boolean) => boolean | undefined;

/** Takes whole lines that are shorter than the limit, line ends included; answers how many bytes, 0 for none. */
export type TakeLines = (bytes: Buffer, start: number) => number;

export class LinePieces {
  readonly #limit: number;
  readonly #take: TakePiece;
  readonly #takeLines: TakeLines;
  /** Made when it is needed: most messages come in one chunk. */
  #carry: Buffer | undefined;
  #carried = 0;
  /** `take` answered false: nothing more is wanted. */
  isStopped = false;

  /** `takeLines` is asked first wherever a piece may begin: for those to whom many lines are as good as one. */
  constructor(limit: number, take: TakePiece, takeLines: TakeLines = () => 0) {
    this.#limit = limit;
    this.#take = take;
    this.#takeLines = takeLines;
  }

  /** Hands out the pieces that are complete; they are valid during the call only. Answers how many bytes were used. */
  push(chunk: Buffer): number {
    let at = this.#carry !== undefined && this.#carried > 0 ? this.#completeCarry(chunk, this.#carry) : 0;
    while (at < chunk.length && !this.isStopped) {
      const taken = this.#takeLines(chunk, at);
      if (taken > 0) {
        at += taken;
        continue;
      }
      const newline = chunk.indexOf(NEWLINE, at);
      const room = at + this.#limit;
      if (newline >= 0 && newline < room) {
        this.#give(chunk, at, newline, true);
        at = newline + 1;
      } else if (chunk.length >= room) {
        this.#give(chunk, at, room, false);
        at = room;
      } else {
        this.#carry ??= Buffer.allocUnsafe(this.#limit);
        this.#carried = chunk.copy(this.#carry, 0, at);
        at = chunk.length;
      }
    }
    return at;
  }

  /** The input is over: what is left did not end with a newline. */
  end(): void {
    if (this.#carry !== undefined && this.#carried > 0 && !this.isStopped)
      this.#give(this.#carry, 0, this.#carried, false);
    this.#carried = 0;
  }

  #completeCarry(chunk: Buffer, carry: Buffer): number {
    const room = this.#limit - this.#carried;
    const newline = chunk.subarray(0, room).indexOf(NEWLINE);
    const length = newline >= 0 ? newline : Math.min(room, chunk.length);
    chunk.copy(carry, this.#carried, 0, length);
    this.#carried += length;
    if (newline < 0 && this.#carried < this.#limit) return length;
    const end = this.#carried;
    this.#carried = 0;
    this.#give(carry, 0, end, newline >= 0);
    return newline >= 0 ? length + 1 : length;
  }

  #give(bytes: Buffer, start: number, end: number, endsLine: boolean): void {
    if (this.#take(bytes, start, end, endsLine) === false) this.isStopped = true;
  }
}

const NEWLINE = 0x0a;
