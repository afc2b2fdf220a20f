/**
 * Turns the bytes of a section into what the client gets: line ends to CRLF, fields chosen, encodings undone, cut to the part
 * of it that was asked for (`<offset.count>`). Bytes are pushed in chunks cut anywhere; nothing is held but a line of a header.
 */
import {FieldFilter} from './field-filter.ts';
import type {SectionPlan, Serving} from './section.ts';
import {transferDecoder, type TransferDecoder} from './transfer-decoder.ts';

/** The part of the answer that is wanted, in bytes served. */
export interface ServedRange {
  readonly offset: number;
  readonly count: number;
}

interface Server {
  write(chunk: Buffer): Buffer;
  end(): Buffer;
}

/** Why a section can't be served: `[PARSE] Invalid data in MIME part`. */
export class SectionReader {
  /** Physical bytes of the message that are wanted, from `start` to `end`, pushed in order. */
  readonly start: number;
  readonly end: number;
  /** An encoded part didn't keep to its encoding. */
  isBroken = false;
  readonly #plan: SectionPlan;
  #index = -1;
  #server: Server | undefined;
  #position: number;
  #skip: number;
  #left: number;

  constructor(plan: SectionPlan, partial?: ServedRange) {
    this.#plan = plan;
    this.#skip = partial?.offset ?? 0;
    this.#left = partial?.count ?? Infinity;
    const last = plan.stretches.at(-1);
    this.start = this.#position = plan.stretches[0]?.offset ?? 0;
    this.end = last === undefined ? this.start : last.offset + last.size;
    this.#next();
  }

  /** Everything that was asked for has been answered. */
  get isDone(): boolean {
    return this.#left === 0 || this.#server === undefined;
  }

  /** The bytes that come next. Answers what there is to send, valid until the next call. */
  write(chunk: Buffer): Buffer {
    const pieces: Buffer[] = [];
    for (let at = 0; at < chunk.length && this.#server !== undefined;) {
      const stretch = this.#plan.stretches[this.#index];
      if (stretch === undefined) break;
      const from = Math.max(at, at + stretch.offset - this.#position);
      const to = Math.min(chunk.length, at + stretch.offset + stretch.size - this.#position);
      if (to > from) this.#cut(this.#server.write(chunk.subarray(from, to)), pieces);
      const end = Math.max(to, at);
      this.#position += end - at;
      at = end;
      if (this.#position < stretch.offset + stretch.size) break;
      this.#cut(this.#server.end(), pieces);
      this.#next();
    }
    return join(pieces);
  }

  /** No more bytes will come: of a section that has none, or of a file that was cut off. */
  finish(): Buffer {
    const pieces: Buffer[] = [];
    for (; this.#server !== undefined; this.#next()) this.#cut(this.#server.end(), pieces);
    return join(pieces);
  }

  #next(): void {
    const stretch = this.#plan.stretches[++this.#index];
    this.#server = stretch === undefined ? undefined : this.#serverFor(stretch.serving);
  }

  #serverFor(serving: Serving): Server {
    switch (serving.kind) {
      case 'plain':
      case 'binary':
        return new WireLines(serving.kind === 'plain');
      case 'fields':
        return new FieldFilter(name => serving.names.has(name) !== serving.isNot, serving.emptyLine, {
          isTidy: !serving.isNot,
        });
      case 'binary-header':
        return new FieldFilter(name => name !== 'content-transfer-encoding', 'keep', {addition: BINARY_FIELD});
      case 'decoded':
        return this.#watched(transferDecoder(serving.encoding));
    }
  }

  #watched(decoder: TransferDecoder | undefined): Server {
    if (decoder === undefined) throw new Error('a section with an unknown encoding');
    const watch = (bytes: Buffer): Buffer => {
      if (decoder.isBroken) this.isBroken = true;
      return bytes;
    };
    return {write: chunk => watch(decoder.write(chunk)), end: () => watch(decoder.end())};
  }

  #cut(bytes: Buffer, pieces: Buffer[]): void {
    const start = Math.min(this.#skip, bytes.length);
    this.#skip -= start;
    const piece = bytes.subarray(start, start + this.#left);
    this.#left -= piece.length;
    if (piece.length > 0) pieces.push(piece);
  }
}

/** Line ends to CRLF; NULs, which IMAP's literals can't carry, to 0x80. A CR without LF stays. */
export class WireLines implements Server {
  readonly #hidesNul: boolean;
  #scratch: Buffer = NOTHING;
  #lastByte = 0;

  constructor(hidesNul: boolean) {
    this.#hidesNul = hidesNul;
  }

  write(chunk: Buffer): Buffer {
    const bytes = this.#hidesNul && chunk.includes(0) ? withoutNul(chunk) : chunk;
    const bare = this.#countBare(bytes);
    const out = bare === 0 ? bytes : this.#expand(bytes, bare);
    this.#lastByte = chunk.at(-1) ?? this.#lastByte;
    return out;
  }

  end(): Buffer {
    return NOTHING;
  }

  #isBare(bytes: Buffer, lf: number): boolean {
    return (lf > 0 ? bytes[lf - 1] : this.#lastByte) !== CR;
  }

  #countBare(bytes: Buffer): number {
    let count = 0;
    for (let lf = bytes.indexOf(LF); lf >= 0; lf = bytes.indexOf(LF, lf + 1)) if (this.#isBare(bytes, lf)) count++;
    return count;
  }

  /** A loop over bytes: lines are too short for copying them one by one to be faster. */
  #expand(bytes: Buffer, bare: number): Buffer {
    const size = bytes.length + bare;
    if (this.#scratch.length < size) this.#scratch = Buffer.allocUnsafe(size);
    const out = this.#scratch;
    let last = this.#lastByte;
    let to = 0;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i] ?? 0;
      if (byte === LF && last !== CR) out[to++] = CR;
      out[to++] = byte;
      last = byte;
    }
    return out.subarray(0, size);
  }
}

function withoutNul(chunk: Buffer): Buffer {
  const bytes = Buffer.from(chunk);
  for (let nul = bytes.indexOf(0); nul >= 0; nul = bytes.indexOf(0, nul)) bytes[nul] = 0x80;
  return bytes;
}

function join(pieces: readonly Buffer[]): Buffer {
  return pieces.length === 1 ? (pieces[0] ?? NOTHING) : Buffer.concat(pieces);
}

const NOTHING = Buffer.alloc(0);
const LF = 0x0a;
const CR = 0x0d;
const BINARY_FIELD = 'Content-Transfer-Encoding: binary\r\n';
