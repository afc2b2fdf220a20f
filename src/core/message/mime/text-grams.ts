/**
 * Which three bytes in a row the searchable text of a message has, as a small set of bits: a search looks here first, and
 * reads only messages whose bits are all there. A set may say yes to what is not there, never no to what is.
 */
import {SearchableText} from './searchable-text.ts';

/** Bits of the set while it is made: a hash has as many values. */
const HASH_BITS = 16;
const MAP_BYTES = 2 ** HASH_BITS / 8;
const LEAST_BYTES = 32;
/** Bits for each gram at least, so that a gram that is not there is found in one of four sets at most. */
const BITS_EACH = 4;
/** A text that has more of them says nothing. */
const MOST_GRAMS = 2 ** HASH_BITS / 2;
const GRAM = 3;

/** A listener for StructureScanner. */
export class TextGrams extends SearchableText {
  readonly #map = new Uint8Array(MAP_BYTES);
  #count = 0;
  #before = 0;
  #run = 0;

  protected override get wantsHeaderText(): boolean {
    return true;
  }

  protected override begin(): void {
    this.#run = 0;
  }

  protected override headerText(bytes: Buffer): void {
    this.bodyText(bytes);
  }

  protected override bodyText(bytes: Buffer): void {
    const map = this.#map;
    let before = this.#before;
    let run = this.#run;
    for (let at = 0; at < bytes.length; at++) {
      before = ((before << 8) | (bytes[at] ?? 0)) & 0xff_ff_ff;
      if (++run < GRAM) continue;
      const hash = hashOf(before);
      const bit = 1 << (hash & 7);
      const byte = map[hash >>> 3] ?? 0;
      if ((byte & bit) !== 0) continue;
      map[hash >>> 3] = byte | bit;
      this.#count++;
    }
    this.#before = before;
    this.#run = Math.min(run, GRAM);
  }

  protected override ownField(): void {
    // all headers are text here
  }

  /** The set as bytes; empty: it says nothing. Begins anew. */
  end(): Buffer {
    const grams = this.#count > MOST_GRAMS ? Buffer.alloc(0) : this.#folded();
    this.#map.fill(0);
    this.#count = 0;
    this.#run = 0;
    return grams;
  }

  /** Half as large as long as there is room: the lower bits of a hash stay what they are. */
  #folded(): Buffer {
    let bytes = MAP_BYTES;
    while (bytes > LEAST_BYTES && bytes * 4 >= this.#count * BITS_EACH) bytes /= 2;
    const folded = Buffer.from(this.#map.subarray(0, bytes));
    for (let from = bytes; from < MAP_BYTES; from += bytes)
      for (let at = 0; at < bytes; at++) folded[at] = (folded[at] ?? 0) | (this.#map[from + at] ?? 0);
    return folded;
  }
}

/** The grams of a normalized key; none of a key that is too short. */
export function gramsOf(key: Buffer): number[] {
  const hashes = new Set<number>();
  for (let at = 0; at + GRAM <= key.length; at++) hashes.add(hashOf(key.readUIntBE(at, GRAM)));
  return [...hashes];
}

export function mayHave(grams: Buffer, hashes: readonly number[]): boolean {
  if (grams.length === 0) return true;
  const mask = grams.length * 8 - 1;
  for (const hash of hashes) {
    const bit = hash & mask;
    if (((grams[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

function hashOf(gram: number): number {
  return Math.imul(gram, 0x9e_37_79_b1) >>> (32 - HASH_BITS);
}
