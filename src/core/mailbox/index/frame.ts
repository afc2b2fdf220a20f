/**
 * Frames of the index's files: magic, generation, length and checksum before each payload, so that what a crash cut off,
 * or another program put there, is told from what was written. A reader stops at the first frame that is not whole.
 */
import {crc32} from 'node:zlib';

const FRAME_HEAD_BYTES = 16;
const MAGIC = 0x58_48_50_01; // 01 P H X
/** No transaction is larger: a snapshot takes its place. */
const LARGEST_BYTES = 1 << 30;

export interface Frame {
  readonly payload: Buffer;
  /** Behind it. */
  readonly end: number;
}

export function makeFrame(payload: Buffer, generation: number): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEAD_BYTES + payload.length);
  frame.writeUInt32LE(MAGIC, 0);
  frame.writeUInt32LE(generation, 4);
  frame.writeUInt32LE(payload.length, 8);
  frame.writeUInt32LE(crc32(payload), 12);
  payload.copy(frame, FRAME_HEAD_BYTES);
  return frame;
}

/** undefined: there is no whole frame of this generation. */
export function readFrame(bytes: Buffer, at: number, generation: number): Frame | undefined {
  if (at + FRAME_HEAD_BYTES > bytes.length) return undefined;
  if (bytes.readUInt32LE(at) !== MAGIC || bytes.readUInt32LE(at + 4) !== generation) return undefined;
  const length = bytes.readUInt32LE(at + 8);
  const start = at + FRAME_HEAD_BYTES;
  if (length > LARGEST_BYTES || start + length > bytes.length) return undefined;
  const payload = bytes.subarray(start, start + length);
  return crc32(payload) === bytes.readUInt32LE(at + 12) ? {payload, end: start + length} : undefined;
}
