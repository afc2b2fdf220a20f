/**
 * The content behind DATA: lines up to one that has only a dot; a line that begins with a dot loses it (RFC 5321 section 4.5.2). Line ends
 * may be LF alone, as Dovecot takes them from its own mail system. Pieces in, pieces out.
 */
const CR = 13;
const LF = 10;
const DOT = 46;

type State = 'line-start' | 'dot' | 'dot-cr' | 'text';

export class DotReader {
  #state: State = 'line-start';

  /** `used`: bytes of the piece that belong to the message; less than all of it only at the end. */
  take(piece: Buffer): {readonly content: Buffer; readonly used: number; readonly isEnd: boolean} {
    const out = Buffer.allocUnsafe(piece.length + 2);
    let size = 0;
    for (let at = 0; at < piece.length;) {
      const byte = piece[at] ?? 0;
      if (this.#state === 'text') {
        const end = piece.indexOf(LF, at);
        const stop = end < 0 ? piece.length : end + 1;
        size += piece.copy(out, size, at, stop);
        at = stop;
        if (end >= 0) this.#state = 'line-start';
      } else if (this.#state === 'line-start') {
        this.#state = byte === DOT ? 'dot' : 'text';
        if (byte === DOT) at++;
      } else if (this.#state === 'dot') {
        if (byte === LF) return {content: out.subarray(0, size), used: at + 1, isEnd: true};
        this.#state = byte === CR ? 'dot-cr' : 'text';
        if (byte === CR) at++;
      } else {
        if (byte === LF) return {content: out.subarray(0, size), used: at + 1, isEnd: true};
        out[size++] = CR; // a dot, a CR, and no line end: the CR was content
        this.#state = 'text';
      }
    }
    return {content: out.subarray(0, size), used: piece.length, isEnd: false};
  }
}
