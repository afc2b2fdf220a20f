/**
 * What the client has sent and nobody has taken yet. Everything buffered is taken synchronously; `more` alone waits.
 * Copies nothing as long as commands come whole.
 */
import type {ClientWire} from '../net/stream-wire.ts';

const LF = 0x0a;
const CR = 0x0d;
const NOTHING = Buffer.alloc(0);

export class ClientInput {
  #wire: ClientWire;
  #bytes: Buffer = NOTHING;
  #start = 0;
  #end = 0;
  /** No LF lies before. */
  #searched = 0;
  /** `#bytes` is ours to append to. */
  #isOwned = false;
  /** Bytes from the client, for the log. */
  total = 0;

  constructor(wire: ClientWire) {
    this.#wire = wire;
  }

  get buffered(): number {
    return this.#end - this.#start;
  }

  /** The next line without its end; undefined: it is not here yet. */
  takeLine(): Buffer | undefined {
    const lf = this.#bytes.subarray(0, this.#end).indexOf(LF, this.#searched);
    if (lf < 0) {
      this.#searched = this.#end;
      return undefined;
    }
    const end = lf > this.#start && this.#bytes[lf - 1] === CR ? lf - 1 : lf;
    const line = this.#bytes.subarray(this.#start, end);
    this.#moveTo(lf + 1);
    return line;
  }

  get hasLine(): boolean {
    return this.#bytes.subarray(0, this.#end).indexOf(LF, this.#searched) >= 0;
  }

  /** At most `most` bytes of what is here. */
  takeBytes(most: number): Buffer {
    const end = Math.min(this.#end, this.#start + most);
    const taken = this.#bytes.subarray(this.#start, end);
    this.#moveTo(end);
    return taken;
  }

  /** The first bytes of a line that is too long to wait for; they stay. */
  peek(most: number): Buffer {
    return this.#bytes.subarray(this.#start, Math.min(this.#end, this.#start + most));
  }

  /** Waits for more; false when the client has ended. */
  async more(): Promise<boolean> {
    const bytes = await this.#wire.read();
    if (bytes === undefined) return false;
    this.total += bytes.length;
    this.#append(bytes);
    return true;
  }

  /** Goes on with another wire; what is left of the old one is dropped (RFC 3501 section 6.2.1, after STARTTLS). */
  restart(wire: ClientWire): void {
    this.#wire = wire;
    this.#clear();
  }

  /** The unread rest, for a wire that has to decode it (RFC 4978). */
  takeRest(): Buffer {
    return Buffer.from(this.takeBytes(this.buffered));
  }

  #moveTo(position: number): void {
    this.#start = position;
    this.#searched = position;
    if (position === this.#end) this.#clear();
  }

  #clear(): void {
    this.#bytes = NOTHING;
    this.#start = this.#end = this.#searched = 0;
    this.#isOwned = false;
  }

  #append(bytes: Buffer): void {
    if (this.buffered === 0) {
      this.#bytes = bytes;
      this.#start = this.#searched = 0;
      this.#end = bytes.length;
      this.#isOwned = false;
      return;
    }
    if (!this.#isOwned || this.#end + bytes.length > this.#bytes.length) this.#grow(bytes.length);
    bytes.copy(this.#bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Lines that were taken may still point into the old buffer, so it is never moved within. */
  #grow(extra: number): void {
    const rest = this.#bytes.subarray(this.#start, this.#end);
    const bytes = Buffer.allocUnsafe(Math.max(2 * rest.length, rest.length + extra));
    rest.copy(bytes);
    this.#searched -= this.#start;
    this.#start = 0;
    this.#end = rest.length;
    this.#bytes = bytes;
    this.#isOwned = true;
  }
}
