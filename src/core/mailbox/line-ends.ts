/**
 * Line ends of messages on their way to disk and back. A file has LF (or CRLF with mail_save_crlf); what clients are
 * told counts and sends CRLF (RFC 3501 RFC822.SIZE). A CR that no LF follows is left alone.
 */
const CR = 0x0d;
const LF = 0x0a;
const NOTHING = Buffer.alloc(0);
const CR_BYTES = Buffer.from('\r');

/** Turns CRLF into LF, or every LF into CRLF, and counts. */
export class LineEndWriter {
  /** Bytes written. */
  sizeBytes = 0;
  /** The same with CRLF. */
  virtualBytes = 0;
  readonly #keepsCrlf: boolean;
  /** A CR at the end of the last chunk, not yet written. */
  #heldCr = false;

  constructor(keepsCrlf: boolean) {
    this.#keepsCrlf = keepsCrlf;
  }

  /** The bytes to write for these; a copy. */
  push(chunk: Buffer): Buffer {
    if (chunk.length === 0) return NOTHING;
    const bytes = this.#heldCr ? Buffer.concat([CR_BYTES, chunk]) : chunk;
    this.#heldCr = bytes[bytes.length - 1] === CR;
    const out = this.#convert(this.#heldCr ? bytes.subarray(0, -1) : bytes);
    this.sizeBytes += out.length;
    return out;
  }

  end(): Buffer {
    if (!this.#heldCr) return NOTHING;
    this.#heldCr = false;
    this.sizeBytes++;
    this.virtualBytes++;
    return CR_BYTES;
  }

  #convert(bytes: Buffer): Buffer {
    const out = Buffer.allocUnsafe(bytes.length + (this.#keepsCrlf ? countBareLf(bytes) : 0));
    let at = 0;
    let to = 0;
    for (;;) {
      const newline = bytes.indexOf(LF, at);
      const end = newline < 0 ? bytes.length : newline > at && bytes[newline - 1] === CR ? newline - 1 : newline;
      to += bytes.copy(out, to, at, end);
      this.virtualBytes += end - at;
      if (newline < 0) return out.subarray(0, to);
      if (this.#keepsCrlf) out[to++] = CR;
      out[to++] = LF;
      this.virtualBytes += 2;
      at = newline + 1;
    }
  }
}

function countBareLf(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) if (bytes[at - 1] !== CR) count++;
  return count;
}

/** With CRLF at the end of every line. */
export function withCrlf(bytes: Buffer): Buffer {
  const bare = countBareLf(bytes);
  if (bare === 0) return bytes;
  const out = Buffer.allocUnsafe(bytes.length + bare);
  let to = 0;
  let from = 0;
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at - 1] === CR) continue;
    to += bytes.copy(out, to, from, at);
    out[to++] = CR;
    from = at;
  }
  bytes.copy(out, to, from);
  return out;
}
