/**
 * Encoded words in header fields (RFC 2047), as Dovecot reads them: anywhere in the text, blanks inside allowed, blanks between
 * two of them dropped. What isn't one stays what it is. Never fails, and is linear.
 */
import {decodeCharset} from './charset.ts';
import {transferDecoder} from './transfer-decoder.ts';

/** A stretch of a value: plain, or decoded from a charset (undefined: plain). */
export interface HeaderPiece {
  readonly charset: string | undefined;
  readonly bytes: Buffer;
}

/** `value` is an unfolded byte string. */
export function splitHeaderWords(value: string): HeaderPiece[] {
  const pieces: HeaderPiece[] = [];
  let done = 0;
  let isAfterWord = false;
  for (let at = value.indexOf('=?'); at >= 0;) {
    const word = readWord(value, at);
    if (word === undefined) {
      at = value.indexOf('=?', at + 2);
      continue;
    }
    if (at > done && !(isAfterWord && isBlank(value, done, at))) addPlain(pieces, value.slice(done, at));
    pieces.push(word.piece);
    done = word.end;
    isAfterWord = true;
    at = value.indexOf('=?', done);
  }
  addPlain(pieces, value.slice(done));
  return pieces;
}

/** As text; words of a charset nobody knows are taken for UTF-8. */
export function decodeHeader(value: string): string {
  if (!value.includes('=?') && !hasHighBytes(value)) return value;
  return splitHeaderWords(value)
    .map(({charset, bytes}) => decodeCharset(bytes, charset) ?? decodeCharset(bytes, undefined) ?? '')
    .join('');
}

/** `=?charset?q?text?=` */
function readWord(value: string, start: number): {piece: HeaderPiece; end: number} | undefined {
  const first = value.indexOf('?', start + 2);
  if (first < 0 || value.charAt(first + 2) !== '?') return undefined;
  const last = value.indexOf('?', first + 3);
  if (last < 0 || value.charAt(last + 1) !== '=') return undefined;
  const encoding = value.charAt(first + 1).toLowerCase();
  if (encoding !== 'q' && encoding !== 'b') return undefined;
  const text = value.slice(first + 3, last);
  const bytes = encoding === 'q' ? decodeQ(text) : decodeB(text);
  return {piece: {charset: value.slice(start + 2, first), bytes}, end: last + 2};
}

function decodeB(text: string): Buffer {
  const decoder = transferDecoder('base64');
  const whole = text + '='.repeat((4 - (text.length % 4)) % 4); // the padding may be missing
  return decoder === undefined ? NOTHING : decoder.write(Buffer.from(whole, 'latin1'));
}

function decodeQ(text: string): Buffer {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    const pair = character === '=' ? text.slice(i + 1, i + 3) : '';
    if (character === '_') out += ' ';
    else if (isHex(pair)) {
      out += String.fromCharCode(parseInt(pair, 16));
      i += 2;
    } else out += character;
  }
  return Buffer.from(out, 'latin1');
}

function isHex(pair: string): boolean {
  return pair.length === 2 && HEX.includes(pair.charAt(0)) && HEX.includes(pair.charAt(1));
}

function addPlain(pieces: HeaderPiece[], text: string): void {
  if (text !== '') pieces.push({charset: undefined, bytes: Buffer.from(text, 'latin1')});
}

function isBlank(value: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (!' \t\r\n'.includes(value.charAt(i))) return false;
  return true;
}

function hasHighBytes(value: string): boolean {
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) > 0x7f) return true;
  return false;
}

const HEX = '0123456789abcdefABCDEF';
const NOTHING = Buffer.alloc(0);
