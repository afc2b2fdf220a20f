/**
 * Looks for a byte string in bytes that pass by, cut anywhere, in linear time. Short keys by the runtime's own search; long ones,
 * for which that can take quadratic time, by Knuth, Morris and Pratt.
 */
export class SubstringFinder {
  isFound = false;
  readonly #key: Buffer;
  /** Of a short key: the end of what was seen, in which it may have begun. */
  #tail: Buffer = NOTHING;
  /** Of a long key: how much of it the last bytes were; and where to go on when it ends there. */
  #matched = 0;
  readonly #fallback: Int32Array | undefined;

  constructor(key: Buffer) {
    this.#key = key;
    this.isFound = key.length === 0;
    if (key.length > SHORT) this.#fallback = fallbacks(key);
  }

  /** What comes next doesn't follow what came last. */
  restart(): void {
    this.#tail = NOTHING;
    this.#matched = 0;
  }

  /** `bytes` may be used again by the caller. */
  write(bytes: Buffer): void {
    if (this.isFound || bytes.length === 0) return;
    if (this.#fallback !== undefined) this.#matchLong(bytes, this.#fallback);
    else this.#matchShort(bytes);
  }

  #matchShort(bytes: Buffer): void {
    const key = this.#key;
    const overlap = key.length - 1;
    if (this.#tail.length > 0) {
      const seam = Buffer.concat([this.#tail, bytes.subarray(0, overlap)]);
      if (seam.includes(key)) {
        this.isFound = true;
        return;
      }
      if (bytes.length < overlap) {
        this.#tail = seam.subarray(Math.max(0, seam.length - overlap));
        return;
      }
    }
    if (bytes.includes(key)) this.isFound = true;
    else if (overlap > 0) this.#tail = Buffer.from(bytes.subarray(Math.max(0, bytes.length - overlap)));
  }

  #matchLong(bytes: Buffer, fallback: Int32Array): void {
    const key = this.#key;
    let matched = this.#matched;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i];
      while (matched > 0 && key[matched] !== byte) matched = fallback[matched - 1] ?? 0;
      if (key[matched] === byte) matched++;
      if (matched === key.length) {
        this.isFound = true;
        return;
      }
    }
    this.#matched = matched;
  }
}

/** For each length: the longest proper beginning of the key that ends there too. */
function fallbacks(key: Buffer): Int32Array {
  const table = new Int32Array(key.length);
  let length = 0;
  for (let i = 1; i < key.length; i++) {
    while (length > 0 && key[i] !== key[length]) length = table[length - 1] ?? 0;
    if (key[i] === key[length]) length++;
    table[i] = length;
  }
  return table;
}

const NOTHING = Buffer.alloc(0);
const SHORT = 200;
