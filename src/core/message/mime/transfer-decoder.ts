/**
 * Content-Transfer-Encoding undone as the bytes pass by, cut anywhere (RFC 2045 section 6). Never fails: `isBroken` tells that
 * the text didn't keep to its encoding. Base64 ends there; quoted-printable goes on with what stands there.
 */
export interface TransferDecoder {
  isBroken: boolean;
  /** Valid until the next call. */
  write(chunk: Buffer): Buffer;
  end(): Buffer;
}

/** By the name in the header; undefined for an encoding nobody knows. */
export function transferDecoder(encoding: string | undefined): TransferDecoder | undefined {
  switch ((encoding ?? '7bit').toLowerCase()) {
    case 'base64':
      return new Base64Decoder();
    case 'quoted-printable':
      return new QuotedPrintableDecoder();
    case '7bit':
    case '8bit':
    case 'binary':
      return new PlainDecoder();
    default:
      return undefined;
  }
}

class PlainDecoder implements TransferDecoder {
  isBroken = false;

  write(chunk: Buffer): Buffer {
    return chunk;
  }

  end(): Buffer {
    return NOTHING;
  }
}

class Base64Decoder implements TransferDecoder {
  isBroken = false;
  /** Bits of the characters that don't make a byte yet, and how many characters. */
  #bits = 0;
  #count = 0;
  #padding = 0;
  #scratch: Buffer = NOTHING;

  write(chunk: Buffer): Buffer {
    const out = this.#room(Math.ceil(((chunk.length + this.#count) * 3) / 4) + 3);
    let length = 0;
    let at = 0;
    while (at < chunk.length && !this.isBroken) {
      if (this.#count === 0 && this.#padding === 0) {
        const end = decodeQuads(chunk, at, out, length);
        length += ((end - at) / 4) * 3;
        at = end;
        if (at >= chunk.length) break;
      }
      length = this.#take(chunk[at++] ?? 0, out, length);
    }
    return out.subarray(0, length);
  }

  end(): Buffer {
    if (this.#count !== 0) this.isBroken = true;
    return NOTHING;
  }

  #room(length: number): Buffer {
    if (this.#scratch.length < length) this.#scratch = Buffer.allocUnsafe(length);
    return this.#scratch;
  }

  #take(byte: number, out: Buffer, length: number): number {
    const value = BASE64[byte] ?? INVALID;
    if (value === BLANK) return length;
    if (value >= 0 && this.#padding === 0) {
      this.#bits = (this.#bits << 6) | value;
      if (++this.#count < 4) return length;
      return this.#flush(out, length, 3);
    }
    if (byte !== EQUALS || this.#count < 2) {
      this.isBroken = true;
      return length;
    }
    this.#padding++;
    this.#bits <<= 6;
    return ++this.#count < 4 ? length : this.#flush(out, length, 3 - this.#padding);
  }

  #flush(out: Buffer, length: number, bytes: number): number {
    for (let i = 0; i < bytes; i++) out[length + i] = (this.#bits >> (16 - 8 * i)) & 0xff;
    this.#bits = 0;
    this.#count = 0;
    return length + bytes;
  }
}

/** As many whole groups of four as follow each other; answers where they end. */
function decodeQuads(chunk: Buffer, start: number, out: Buffer, outStart: number): number {
  let to = outStart;
  let at = start;
  for (const end = chunk.length - 3; at < end; at += 4) {
    const a = BASE64[chunk[at] ?? 0] ?? 0;
    const b = BASE64[chunk[at + 1] ?? 0] ?? 0;
    const c = BASE64[chunk[at + 2] ?? 0] ?? 0;
    const d = BASE64[chunk[at + 3] ?? 0] ?? 0;
    if ((a | b | c | d) < 0) break;
    out[to++] = (a << 2) | (b >> 4);
    out[to++] = ((b << 4) | (c >> 2)) & 0xff;
    out[to++] = ((c << 6) | d) & 0xff;
  }
  return at;
}

/**
 *   text --'='--> equals --hex--> hex --hex--> text        equals --blank--> soft --LF--> text
 */
class QuotedPrintableDecoder implements TransferDecoder {
  isBroken = false;
  #state: 'text' | 'equals' | 'hex' | 'soft' | 'cr' = 'text';
  /** Behind an equals sign, as written. */
  #escape = '';
  /** Blanks that go when the line ends behind them. */
  #blanks = '';

  write(chunk: Buffer): Buffer {
    const out = new Output(chunk.length * 2 + this.#blanks.length + this.#escape.length + 8);
    for (let at = 0; at < chunk.length;) {
      if (this.#state === 'text') {
        const end = endOfPlain(chunk, at);
        if (end > at) {
          this.#giveBlanks(out);
          out.copy(chunk, at, end);
          at = end;
          continue;
        }
      }
      this.#take(chunk[at++] ?? 0, out);
    }
    return out.bytes();
  }

  end(): Buffer {
    const out = new Output(this.#escape.length + 1);
    if (this.#state !== 'text') {
      if (this.#state !== 'soft') this.isBroken = true;
      if (this.#state !== 'cr' && this.#state !== 'soft') out.text(this.#escape);
    }
    return out.bytes();
  }

  #take(byte: number, out: Output): void {
    switch (this.#state) {
      case 'text':
        return this.#takeText(byte, out);
      case 'cr':
        this.#state = 'text';
        if (byte === LF) return this.#endLine(out);
        this.isBroken = true;
        this.#giveBlanks(out);
        out.byte(CR);
        return this.#takeText(byte, out);
      case 'equals':
      case 'hex':
      case 'soft':
        return this.#takeEscaped(byte, out);
    }
  }

  #takeText(byte: number, out: Output): void {
    if (byte === LF) this.#endLine(out);
    else if (byte === CR) this.#state = 'cr';
    else if (byte === EQUALS) {
      this.#giveBlanks(out);
      this.#state = 'equals';
      this.#escape = '=';
    } else if (byte === SPACE || byte === TAB) {
      if (this.#blanks.length >= MAX_BLANKS) this.#giveBlanks(out);
      this.#blanks += byte === TAB ? '\t' : ' ';
    } else {
      this.#giveBlanks(out);
      out.byte(byte);
    }
  }

  #endLine(out: Output): void {
    this.#blanks = '';
    out.byte(CR);
    out.byte(LF);
  }

  #takeEscaped(byte: number, out: Output): void {
    const value = HEX[byte] ?? -1;
    if (this.#state === 'hex' && value >= 0) {
      out.byte((HEX[this.#escape.charCodeAt(1)] ?? 0) * 16 + value);
      this.#state = 'text';
    } else if (this.#state === 'equals' && value >= 0) {
      this.#escape += String.fromCharCode(byte);
      this.#state = 'hex';
    } else if (this.#state !== 'hex' && byte === LF) this.#state = 'text';
    else if (this.#state !== 'hex' && isBlank(byte) && this.#escape.length < MAX_BLANKS) {
      this.#escape += String.fromCharCode(byte);
      this.#state = 'soft';
    } else {
      this.isBroken = true;
      out.text(this.#escape);
      this.#state = 'text';
      this.#takeText(byte, out);
    }
  }

  #giveBlanks(out: Output): void {
    if (this.#blanks === '') return;
    out.text(this.#blanks);
    this.#blanks = '';
  }
}

function endOfPlain(chunk: Buffer, start: number): number {
  let at = start;
  while (at < chunk.length && PLAIN[chunk[at] ?? 0] === 1) at++;
  return at;
}

/** Bytes that are being put together; grows when the guess was too small. */
class Output {
  #buffer: Buffer;
  #length = 0;

  constructor(size: number) {
    this.#buffer = Buffer.allocUnsafe(size);
  }

  byte(byte: number): void {
    if (this.#length === this.#buffer.length) this.#grow(1);
    this.#buffer[this.#length++] = byte;
  }

  text(text: string): void {
    if (this.#length + text.length > this.#buffer.length) this.#grow(text.length);
    this.#length += this.#buffer.write(text, this.#length, 'latin1');
  }

  copy(from: Buffer, start: number, end: number): void {
    if (this.#length + end - start > this.#buffer.length) this.#grow(end - start);
    if (end - start < 16) for (let i = start; i < end; i++) this.#buffer[this.#length++] = from[i] ?? 0;
    else this.#length += from.copy(this.#buffer, this.#length, start, end);
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #grow(more: number): void {
    const larger = Buffer.allocUnsafe((this.#buffer.length + more) * 2);
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === CR;
}

const SPACE = 0x20;
const TAB = 0x09;
const CR = 0x0d;
const LF = 0x0a;
const EQUALS = 0x3d;
const NOTHING = Buffer.alloc(0);
/** Blanks that are held back; more are taken as they come. */
const MAX_BLANKS = 65_536;

const BLANK = -2;
const INVALID = -1;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BASE64 = Int8Array.from({length: 256}, (_, byte) =>
  byte < 0x80 && ' \t\r\n'.includes(String.fromCharCode(byte)) ? BLANK : ALPHABET.indexOf(String.fromCharCode(byte)),
);
const HEX = Int8Array.from({length: 256}, (_, byte) => {
  const index = '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase());
  return byte < 0x80 ? index : -1;
});
const PLAIN = Uint8Array.from({length: 256}, (_, byte) =>
  byte === EQUALS || byte === SPACE || byte === TAB || byte === CR || byte === LF ? 0 : 1,
);
