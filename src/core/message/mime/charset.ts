/**
 * Charsets to text, as the bytes pass by, cut anywhere. TextDecoder where it does what iconv does, tables of our own where it
 * doesn't or where it has nothing. What can't be read becomes U+FFFD, one for all
 * that follow each other.
 */
import {TextDecoder} from 'node:util';

export interface CharsetDecoder {
  write(bytes: Buffer): string;
  end(): string;
}

/** Undefined for a charset nobody knows. No name and US-ASCII mean UTF-8, as Dovecot has it. */
export function charsetDecoder(name: string | undefined): CharsetDecoder | undefined {
  const decoder = anyDecoder(name);
  return decoder === undefined ? undefined : new WithoutRuns(decoder);
}

function anyDecoder(name: string | undefined): CharsetDecoder | undefined {
  const label = (name ?? '').trim().toLowerCase();
  if (isUtf8(label)) return new StandardDecoder('utf-8');
  if (LATIN1.has(label)) return new TableDecoder();
  const table = TABLES.get(label);
  if (table !== undefined) return new TableDecoder(table);
  if (label === 'utf-7') return new Utf7Decoder();
  if (label === 'utf-16') return new Utf16Decoder();
  try {
    return new StandardDecoder(label);
  } catch (fault) {
    if (fault instanceof RangeError) return undefined;
    throw fault;
  }
}

/** Whether text of that charset is UTF-8 already. */
export function isUtf8(charset: string | undefined): boolean {
  return UTF8.has((charset ?? '').trim().toLowerCase());
}

class StandardDecoder implements CharsetDecoder {
  readonly #decoder: TextDecoder;
  /** iconv's Windows charsets have holes; TextDecoder fills them with control characters. */
  readonly #hasHoles: boolean;

  constructor(label: string) {
    this.#decoder = new TextDecoder(label, {ignoreBOM: true});
    this.#hasHoles = this.#decoder.encoding.startsWith('windows-125');
  }

  write(bytes: Buffer): string {
    const text = this.#decoder.decode(bytes, {stream: true});
    return this.#hasHoles ? text.replace(/[\x80-\x9f]/g, '\ufffd') : text;
  }

  end(): string {
    return this.#decoder.decode();
  }
}

class WithoutRuns implements CharsetDecoder {
  readonly #decoder: CharsetDecoder;
  #endsBad = false;

  constructor(decoder: CharsetDecoder) {
    this.#decoder = decoder;
  }

  write(bytes: Buffer): string {
    const text = this.#decoder.write(bytes);
    return bytes.includes(GENUINE) ? text : this.#join(text);
  }

  end(): string {
    return this.#join(this.#decoder.end());
  }

  #join(text: string): string {
    if (text === '') return text;
    const wasBad = this.#endsBad;
    this.#endsBad = text.endsWith('\ufffd');
    if (!text.includes('\ufffd')) return text;
    return text.replace(/\ufffd+/g, (_, at: number) => (at === 0 && wasBad ? '' : '\ufffd'));
  }
}

/** One byte, one character: ISO-8859-1 but for the characters of `upper`, which stand for the bytes from its offset. */
class TableDecoder implements CharsetDecoder {
  readonly #map: ReadonlyMap<string, string>;

  constructor(map: ReadonlyMap<string, string> = new Map()) {
    this.#map = map;
  }

  write(bytes: Buffer): string {
    const text = bytes.toString('latin1');
    return this.#map.size === 0 ? text : text.replace(/[\x80-\xff]/g, byte => this.#map.get(byte) ?? byte);
  }

  end(): string {
    return '';
  }
}

/** By its byte order mark; little-endian without one. */
class Utf16Decoder implements CharsetDecoder {
  #decoder: TextDecoder | undefined;
  #first: Buffer = Buffer.alloc(0);

  write(bytes: Buffer): string {
    if (this.#decoder !== undefined) return this.#decoder.decode(bytes, {stream: true});
    this.#first = Buffer.concat([this.#first, bytes]);
    if (this.#first.length < 2) return '';
    this.#decoder = new TextDecoder(this.#first.readUInt16BE() === 0xfeff ? 'utf-16be' : 'utf-16le');
    return this.#decoder.decode(this.#first, {stream: true});
  }

  end(): string {
    return this.#decoder?.decode() ?? (this.#first.length > 0 ? '\ufffd' : '');
  }
}

/** RFC 2152. */
class Utf7Decoder implements CharsetDecoder {
  #isShifted = false;
  #bits = 0;
  #count = 0;
  #isEmpty = false;

  write(bytes: Buffer): string {
    let out = '';
    for (const byte of bytes) out += this.#isShifted ? this.#takeShifted(byte) : this.#takeDirect(byte);
    return out;
  }

  end(): string {
    return '';
  }

  #takeDirect(byte: number): string {
    if (byte !== 0x2b) return byte < 0x80 ? String.fromCharCode(byte) : '\ufffd';
    this.#isShifted = this.#isEmpty = true;
    this.#bits = this.#count = 0;
    return '';
  }

  #takeShifted(byte: number): string {
    const value = BASE64.indexOf(String.fromCharCode(byte));
    if (value < 0) {
      this.#isShifted = false;
      if (byte !== 0x2d) return this.#takeDirect(byte);
      return this.#isEmpty ? '+' : '';
    }
    this.#isEmpty = false;
    this.#bits = ((this.#bits << 6) | value) & 0x3fffff;
    this.#count += 6;
    if (this.#count < 16) return '';
    this.#count -= 16;
    return String.fromCharCode((this.#bits >> this.#count) & 0xffff);
  }
}

/** U+FFFD that somebody wrote. */
const GENUINE = Buffer.from('\ufffd');
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const UTF8: ReadonlySet<string> = new Set(['', 'utf-8', 'utf8', 'us-ascii', 'ascii', 'ansi_x3.4-1968', 'unknown-8bit']);
const LATIN1: ReadonlySet<string> = new Set([
  'iso-8859-1',
  'iso8859-1',
  'iso88591',
  'iso_8859-1',
  'latin1',
  'latin-1',
  'l1',
  'cp819',
  'ibm819',
]);

function upperHalf(characters: string): ReadonlyMap<string, string> {
  return new Map([...characters].map((character, index) => [String.fromCharCode(0x80 + index), character]));
}

const TURKISH: ReadonlyMap<string, string> = new Map([
  ['\xd0', 'Ğ'],
  ['\xdd', 'İ'],
  ['\xde', 'Ş'],
  ['\xf0', 'ğ'],
  ['\xfd', 'ı'],
  ['\xfe', 'ş'],
]);
const CP437 = upperHalf(
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\xa0',
);
const CP850 = upperHalf(
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\xad±‗¾¶§÷¸°¨·¹³²■\xa0',
);
const CP858: ReadonlyMap<string, string> = new Map([...CP850, ['\xd5', '€']]);
const TABLES: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  ['iso-8859-9', TURKISH],
  ['iso8859-9', TURKISH],
  ['iso_8859-9', TURKISH],
  ['latin5', TURKISH],
  ['cp437', CP437],
  ['ibm437', CP437],
  ['437', CP437],
  ['cp850', CP850],
  ['ibm850', CP850],
  ['850', CP850],
  ['cp858', CP858],
  ['ibm858', CP858],
]);
