/**
 * A message's parts (RFC 2046) over its text in memory: what the mime and body extensions look at. Depth and number are
 * limited; beyond them a part is what it is, undivided.
 */
import {decodeCharset, decodeTransfer} from './decode.ts';
import {htmlText} from './html-text.ts';
import {lineEnd, ParsedHeader, readHeader} from './header-block.ts';
import type {MessagePart} from './message.ts';
import {parseMimeField} from './mime-field.ts';

const MAX_DEPTH = 50;
const MAX_PARTS = 10_000;

export function parseParts(text: string): MessagePart {
  return new PartParser(text).parse(0, text.length, 'text/plain', 0);
}

class PartParser {
  readonly #text: string;
  #count = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(start: number, end: number, defaultType: string, depth: number): MessagePart {
    this.#count++;
    const {fields, bodyStart} = readHeader(this.#text, start, end);
    const headers = new ParsedHeader(fields);
    const value = headers.rawValues('content-type')[0];
    const field = parseMimeField(value ?? '');
    const type = field.subtype === '' ? defaultType : `${field.type}/${field.subtype}`.toLowerCase();
    const part = {
      headers,
      type,
      charset: field.parameters.get('charset') ?? '',
      text: this.#text,
      headerStart: start,
      start: bodyStart,
      end,
    };
    if (depth >= MAX_DEPTH || this.#count >= MAX_PARTS) return new TextPart({...part, parts: []});
    if (type === 'message/rfc822') {
      const inner = this.parse(bodyStart, end, 'text/plain', depth + 1);
      return new TextPart({...part, parts: [inner]});
    }
    const boundary = field.parameters.get('boundary');
    if (!type.startsWith('multipart/') || boundary === undefined) return new TextPart({...part, parts: []});
    return this.#multipart(part, boundary, depth);
  }

  #multipart(part: Pieces, boundary: string, depth: number): MessagePart {
    const marks = this.#boundaries(part.start, part.end, boundary);
    const childType = part.type === 'multipart/digest' ? 'message/rfc822' : 'text/plain';
    const parts: MessagePart[] = [];
    for (const [index, mark] of marks.entries()) {
      if (mark.isLast || this.#count >= MAX_PARTS) break;
      const next = marks[index + 1];
      parts.push(this.parse(mark.behind, next?.before ?? part.end, childType, depth + 1));
    }
    const last = marks.find(mark => mark.isLast);
    const preamble = this.#text.slice(part.start, marks[0]?.before ?? part.end);
    const epilogue = last === undefined ? [] : [this.#text.slice(last.behind, part.end)];
    return new TextPart({...part, parts, around: [preamble, ...epilogue]});
  }

  #boundaries(start: number, end: number, boundary: string): Mark[] {
    const marks: Mark[] = [];
    const wanted = `--${boundary}`;
    for (let at = start; at < end && marks.at(-1)?.isLast !== true;) {
      const next = lineEnd(this.#text, at, end);
      if (this.#text.startsWith(wanted, at)) {
        const rest = this.#text.slice(at + wanted.length, next);
        const before = this.#text.charAt(at - 2) === '\r' ? at - 2 : at - 1;
        if (/^(?:--)?\s*$/.test(rest.slice(0, 80)))
          marks.push({before: Math.max(before, start), behind: next, isLast: rest.startsWith('--')});
      }
      at = next;
    }
    return marks;
  }
}

interface Mark {
  readonly before: number;
  readonly behind: number;
  readonly isLast: boolean;
}

interface Pieces {
  readonly headers: ParsedHeader;
  readonly type: string;
  readonly charset: string;
  readonly text: string;
  /** Where header and content begin. */
  readonly headerStart: number;
  readonly start: number;
  readonly end: number;
}

class TextPart implements MessagePart {
  readonly headers: ParsedHeader;
  readonly type: string;
  readonly parts: readonly MessagePart[];
  /** What is before and behind the parts of a multipart. */
  readonly around: readonly string[];
  readonly #pieces: Pieces;
  #decoded: string | undefined;

  constructor(pieces: Pieces & {readonly parts: readonly MessagePart[]; readonly around?: readonly string[]}) {
    this.#pieces = pieces;
    this.headers = pieces.headers;
    this.type = pieces.type;
    this.parts = pieces.parts;
    this.around = pieces.around ?? [];
  }

  get range(): {start: number; end: number} {
    return {start: this.#pieces.headerStart, end: this.#pieces.end};
  }

  raw(): string {
    return this.#pieces.text.slice(this.#pieces.start, this.#pieces.end);
  }

  text(): string {
    this.#decoded ??= this.#decode();
    return this.#decoded;
  }

  #decode(): string {
    const bytes = decodeTransfer(this.raw(), this.headers.rawValues('content-transfer-encoding')[0] ?? '');
    if (!this.type.startsWith('text/')) return bytes;
    return decodeCharset(bytes, this.#pieces.charset) ?? bytes;
  }

  plain(): string {
    return this.type === 'text/html' ? htmlText(this.text()) : this.text();
  }
}
