/**
 * Looks for the end of a message in what the client sends, CR LF . CR LF across any number of pieces, and unstuffs what is
 * to be kept: every CR goes, and the dot that follows CR LF. A dot after a bare LF ends nothing and stays.
 */
const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;
const END = Buffer.from('\r\n.\r\n', 'latin1');

/** How much of CR LF . CR LF has been seen; the command DATA itself ended with CR LF. */
const AFTER_LINE = 2;

export class ContentScanner {
  #matched = AFTER_LINE;

  /** For the next message. */
  reset(): void {
    this.#matched = AFTER_LINE;
  }

  /** The position behind the end of the message, or -1 when it isn't in this piece. */
  findEnd(piece: Buffer, from: number): number {
    let at = from;
    while (at < piece.length && this.#matched > 0) {
      this.#step(piece[at++] ?? 0);
      if (this.#matched === END.length) return at;
    }
    if (at >= piece.length) return -1;
    const found = piece.indexOf(END, at);
    if (found >= 0) return found + END.length;
    for (at = Math.max(at, piece.length - END.length + 1); at < piece.length; at++) this.#step(piece[at] ?? 0);
    return -1;
  }

  /** What one byte does to a match: after a mismatch only a CR, or a fresh CR LF, can be the beginning of another. */
  #step(byte: number): void {
    if (byte === END[this.#matched]) this.#matched++;
    else this.#matched = byte === CR ? 1 : 0;
  }
}

/** Answers the pieces of a message as they are kept in a file. */
export class Unstuffer {
  /** 0: within a line; 1: after CR; 2: after CR LF. */
  #state = AFTER_LINE;

  reset(): void {
    this.#state = AFTER_LINE;
  }

  take(piece: Buffer): Buffer {
    const kept = Buffer.allocUnsafe(piece.length);
    let length = 0;
    for (let i = 0; i < piece.length; i++) {
      const byte = piece[i] ?? 0;
      const isStuffing = byte === DOT && this.#state === AFTER_LINE;
      if (byte !== CR && !isStuffing) kept[length++] = byte;
      this.#state = byte === CR ? 1 : byte === LF && this.#state === 1 ? AFTER_LINE : 0;
    }
    return kept.subarray(0, length);
  }
}
