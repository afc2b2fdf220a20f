/** Turns the line ends of a message into those of the wire: CRLF everywhere, chunks cut anywhere. */
const LF = 0x0a;
const CR = 0x0d;

export class CrlfMaker {
  #lastIsCr = false;

  /** The chunk itself when nothing has to be changed. */
  push(chunk: Buffer): Buffer {
    const bare = this.#countBare(chunk);
    if (bare === 0) {
      this.#lastIsCr = chunk[chunk.length - 1] === CR;
      return chunk;
    }
    const out = Buffer.allocUnsafe(chunk.length + bare);
    let from = 0;
    let to = 0;
    let before = this.#lastIsCr;
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) {
      const hasCr = at === 0 ? before : chunk[at - 1] === CR;
      before = false;
      if (hasCr) continue;
      to += chunk.copy(out, to, from, at);
      out[to++] = CR;
      from = at;
    }
    chunk.copy(out, to, from);
    this.#lastIsCr = chunk[chunk.length - 1] === CR;
    return out;
  }

  #countBare(chunk: Buffer): number {
    let count = 0;
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) {
      const hasCr = at === 0 ? this.#lastIsCr : chunk[at - 1] === CR;
      if (!hasCr) count++;
    }
    return count;
  }
}
