/**
 * MD4 (RFC 1320) and MD5 (RFC 1321) with their inner state in the open: OpenSSL 3 has no MD4, and CRAM-MD5 keeps the
 * state that MD5 is in after one block.
 */

/** Four 32-bit words. */
export type DigestState = readonly [number, number, number, number];
type Compress = (state: DigestState, block: DataView) => DigestState;

const BLOCK = 64;
const START_STATE: DigestState = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];

export function md4(message: Buffer): Buffer {
  return stateBytes(finish(compressMd4, START_STATE, message, 0));
}

/** The state of MD5 after one block of 64 bytes. */
export function md5State(block: Buffer): DigestState {
  return compressMd5(START_STATE, viewOf(block));
}

/** MD5's result when `before` bytes have led to a state and the message follows. */
export function md5From(state: DigestState, message: Buffer, before: number): Buffer {
  return stateBytes(finish(compressMd5, state, message, before));
}

export function stateBytes(state: DigestState): Buffer {
  const bytes = Buffer.alloc(16);
  state.forEach((word, index) => bytes.writeInt32LE(word | 0, index * 4));
  return bytes;
}

export function stateOf(bytes: Buffer): DigestState {
  return [bytes.readInt32LE(0), bytes.readInt32LE(4), bytes.readInt32LE(8), bytes.readInt32LE(12)];
}

function finish(compress: Compress, from: DigestState, message: Buffer, before: number): DigestState {
  const padded = Buffer.alloc(Math.ceil((message.length + 9) / BLOCK) * BLOCK);
  message.copy(padded);
  padded[message.length] = 0x80;
  padded.writeBigUInt64LE(BigInt(before + message.length) * 8n, padded.length - 8);
  let state = from;
  for (let at = 0; at < padded.length; at += BLOCK) state = compress(state, viewOf(padded.subarray(at, at + BLOCK)));
  return state;
}

function viewOf(block: Buffer): DataView {
  return new DataView(block.buffer, block.byteOffset, BLOCK);
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function sum([a, b, c, d]: DigestState, e: number, f: number, g: number, h: number): DigestState {
  return [(a + e) | 0, (b + f) | 0, (c + g) | 0, (d + h) | 0];
}

const MD5_SINES = Int32Array.from({length: 64}, (_, step) => Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32) | 0);
const MD5_SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

function compressMd5(state: DigestState, block: DataView): DigestState {
  let [a, b, c, d] = state;
  for (let step = 0; step < 64; step++) {
    const round = step >> 4;
    const word = [step, 5 * step + 1, 3 * step + 5, 7 * step][round] ?? 0;
    const mixed = a + md5Function(round, b, c, d) + (MD5_SINES[step] ?? 0) + block.getInt32((word & 15) * 4, true);
    const next = (b + rotate(mixed | 0, MD5_SHIFTS[round * 4 + (step & 3)] ?? 0)) | 0;
    [a, b, c, d] = [d, next, b, c];
  }
  return sum(state, a, b, c, d);
}

function md5Function(round: number, b: number, c: number, d: number): number {
  if (round === 0) return (b & c) | (~b & d);
  if (round === 1) return (b & d) | (c & ~d);
  return round === 2 ? b ^ c ^ d : c ^ (b | ~d);
}

const MD4_CONSTANTS = [0, 0x5a827999, 0x6ed9eba1];
const MD4_SHIFTS = [3, 7, 11, 19, 3, 5, 9, 13, 3, 9, 11, 15];
const MD4_WORDS = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
  [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
];

function compressMd4(state: DigestState, block: DataView): DigestState {
  let [a, b, c, d] = state;
  for (let step = 0; step < 48; step++) {
    const round = step >> 4;
    const word = block.getInt32((MD4_WORDS[round]?.[step & 15] ?? 0) * 4, true);
    const mixed = (a + md4Function(round, b, c, d) + word + (MD4_CONSTANTS[round] ?? 0)) | 0;
    [a, b, c, d] = [d, rotate(mixed, MD4_SHIFTS[round * 4 + (step & 3)] ?? 0), b, c];
  }
  return sum(state, a, b, c, d);
}

function md4Function(round: number, b: number, c: number, d: number): number {
  if (round === 0) return (b & c) | (~b & d);
  return round === 1 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
}
