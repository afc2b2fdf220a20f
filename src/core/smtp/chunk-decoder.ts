/**
 * The content of BDAT chunks (RFC 3030) to lines with LF: CRs before a line's end go, nothing else changes. A dot has no
 * meaning here. Lines are decoded in place: what is handed out lies in the chunk.
 */
export class ChunkDecoder {
  #returns = 0;
  hasBareNewline = false;

  /** Writes over `chunk`. */
  push(chunk: Buffer, take: (bytes: Buffer) => void): void {
    const isInPlace = this.#returns === 0; // else there may be more to hand out than has come
    const out = isInPlace ? chunk : Buffer.allocUnsafe(chunk.length + this.#returns);
    let length = 0;
    let newline = chunk.indexOf(NEWLINE);
    for (let at = 0; at < chunk.length;) {
      if (this.#returns === 0 && chunk[at] !== RETURN) {
        const next = chunk.indexOf(RETURN, at);
        const end = next < 0 ? chunk.length : next;
        if (newline >= 0 && newline < at) newline = chunk.indexOf(NEWLINE, at);
        this.hasBareNewline ||= newline >= 0 && newline < end;
        if (!isInPlace) chunk.copy(out, length, at, end);
        else if (length !== at) chunk.copyWithin(length, at, end);
        length += end - at;
        at = end;
      } else length = this.#takeByte(chunk[at++] as number, out, length); // at < chunk.length
    }
    if (length > 0) take(out.subarray(0, length));
  }

  #takeByte(byte: number, out: Buffer, at: number): number {
    let length = at;
    if (byte === RETURN && this.#returns < MAX_RETURNS) {
      this.#returns++;
      return length;
    }
    if (byte === NEWLINE) this.#returns = 0;
    else for (; this.#returns > 0; this.#returns--) out[length++] = RETURN;
    out[length++] = byte;
    return length;
  }

  /** The message is over: CRs at its very end are content after all. */
  end(take: (bytes: Buffer) => void): void {
    if (this.#returns > 0) take(Buffer.alloc(this.#returns, RETURN));
    this.#returns = 0;
  }
}

const MAX_RETURNS = 1000;
const RETURN = 0x0d;
const NEWLINE = 0x0a;
