/**
 * Tells header from body while a message passes by, line by line, and finds the headers inside MIME bodies (RFC 5322
 * section 2.1, RFC 2046 section 5.1). Linear, and holds no more than one header at a time.
 *
 *            blank or other line            message/rfc822: blank line
 *   header ----------------------> body   <--------------------------- header
 *      ^                             |
 *      +----- --boundary ------------+
 *
 * A line that is neither header nor continuation ends the header; when it isn't blank, a blank line is put before it,
 * behind the message's own header.
 */
import {parseContentType} from './content-type.ts';
import {findHeaderField, headerNameLength, type HeaderField} from './header-field.ts';

/** Where a header stands: of the message, of a body part, of an enclosed message. */
export type HeaderPlace = 'primary' | 'multipart' | 'nested';

export interface ContentHandler {
  /** A whole header, continuation lines joined with newlines; blanks before the colon are gone. */
  header(place: HeaderPlace, text: string, field: HeaderField | undefined): void;
  /** The end of the primary header. */
  headersEnd(): void;
  /** A body line, or a piece of one when `endsLine` is false; `offset` is its place in the body. Valid during the call. */
  body(bytes: Uint8Array, endsLine: boolean, offset: number): void;
  /** The body line that comes next is a boundary between parts, or behind the last. */
  boundary?(): void;
}

export interface ScannerOptions {
  /** postconf(5) header_size_limit: what is beyond it is not kept. */
  readonly headerLimit: number;
  /** False: the body is opaque (postconf(5) disable_mime_input_processing). */
  readonly scansMime: boolean;
  /** postconf(5) mime_nesting_limit and mime_boundary_length_limit. */
  readonly nestingLimit?: number | undefined;
  readonly boundaryLimit?: number | undefined;
}

interface Boundary {
  readonly text: string;
  /** Parts of multipart/digest are messages (RFC 2046 section 5.1.5). */
  readonly isDigest: boolean;
}

type BodyKind = 'text' | 'multipart' | 'message';

export class ContentScanner {
  /** A header was longer than the limit; MIME parts were nested deeper than the limit. */
  hasLongHeader = false;
  isNestedTooDeep = false;
  readonly #handler: ContentHandler;
  readonly #options: ScannerOptions;
  #place: HeaderPlace | 'body' = 'primary';
  #header = '';
  #isContinued = false;
  #kind: BodyKind = 'text';
  readonly #boundaries: Boundary[] = [];
  #offset = 0;

  constructor(handler: ContentHandler, options: ScannerOptions) {
    this.#handler = handler;
    this.#options = options;
  }

  /** True once nothing but plain body lines can follow: the caller may copy the rest without asking. */
  get isOpaque(): boolean {
    return this.#place === 'body' && this.#boundaries.length === 0 && !this.#isContinued;
  }

  /** Takes a line without its newline; `endsLine` false when more of the same line follows. */
  line(bytes: Uint8Array, endsLine: boolean): void {
    if (this.#place !== 'body' && this.#takeHeaderLine(bytes)) {
      this.#isContinued = !endsLine;
      return;
    }
    if (this.#place !== 'body') this.#endHeaders(bytes);
    this.#takeBodyLine(bytes, endsLine);
    this.#isContinued = !endsLine;
  }

  /** The message is over. */
  end(): void {
    if (this.#isContinued) this.line(EMPTY, true);
    if (this.#place === 'body') return;
    this.#flushHeader();
    if (this.#place === 'primary') this.#handler.headersEnd();
    this.#place = 'body';
  }

  #takeHeaderLine(bytes: Uint8Array): boolean {
    if (this.#header !== '') {
      if (this.#isContinued) return this.#extend(bytes, '');
      if (bytes[0] === SPACE || bytes[0] === TAB) return this.#extend(bytes, '\n');
      this.#flushHeader();
    }
    const length = headerNameLength(bytes);
    if (length === 0) return false;
    let colon = length;
    while (bytes[colon] !== COLON) colon++;
    this.#header = text(bytes, 0, length) + text(bytes, colon, bytes.length);
    return true;
  }

  #extend(bytes: Uint8Array, separator: string): true {
    if (this.#header.length < this.#options.headerLimit) this.#header += separator + text(bytes, 0, bytes.length);
    else this.hasLongHeader = true;
    return true;
  }

  #flushHeader(): void {
    if (this.#header === '' || this.#place === 'body') return;
    const header = this.#header;
    this.#header = '';
    this.#isContinued = false;
    const field = findHeaderField(header);
    if (this.#options.scansMime && field?.name === 'Content-Type') this.#noteType(header.slice(13));
    this.#handler.header(this.#place, header, field);
  }

  #noteType(value: string): void {
    const {type, subtype, boundary} = parseContentType(value);
    if (type === 'message') this.#kind = subtype === 'rfc822' || subtype === 'global' ? 'message' : 'text';
    else this.#kind = type === 'multipart' ? 'multipart' : 'text';
    if (this.#kind === 'multipart' && boundary !== undefined) this.#pushBoundary(boundary, subtype === 'digest');
  }

  #pushBoundary(boundary: string, isDigest: boolean): void {
    if (this.#boundaries.length >= (this.#options.nestingLimit ?? Infinity)) this.isNestedTooDeep = true;
    else this.#boundaries.push({text: boundary.slice(0, this.#options.boundaryLimit), isDigest});
  }

  #endHeaders(bytes: Uint8Array): void {
    const isPrimary = this.#place === 'primary';
    if (isPrimary) this.#handler.headersEnd();
    const isBlank = bytes.length === 0;
    if (isBlank) this.#offset = 0;
    const opensMessage = isBlank && this.#kind === 'message';
    this.#place = opensMessage ? 'nested' : 'body';
    this.#kind = 'text';
    if (!isBlank && isPrimary) this.#handler.body(EMPTY, true, this.#offset);
  }

  #takeBodyLine(bytes: Uint8Array, endsLine: boolean): void {
    if (this.#boundaries.length > 0 && !this.#isContinued && bytes[0] === DASH && bytes[1] === DASH)
      this.#checkBoundary(text(bytes, 2, bytes.length));
    const offset = this.#offset;
    this.#offset += bytes.length + 1;
    this.#handler.body(bytes, endsLine, offset);
  }

  /** What follows a boundary on its line is ignored: it may be cut at the limit, and some programs write more there. */
  #checkBoundary(line: string): void {
    const index = this.#boundaries.findLastIndex(boundary => line.startsWith(boundary.text));
    const boundary = this.#boundaries[index];
    if (boundary === undefined) return;
    const isLast = line.startsWith('--', boundary.text.length);
    this.#boundaries.length = isLast ? index : index + 1;
    this.#place = isLast ? 'body' : 'multipart';
    this.#kind = !isLast && boundary.isDigest ? 'message' : 'text';
    this.#header = '';
    this.#handler.boundary?.();
  }
}

/** As a byte string. Seen: the original loses what follows a NUL in a header line. */
function text(bytes: Uint8Array, start: number, end: number): string {
  const nul = bytes.indexOf(0, start);
  const stop = nul >= 0 && nul < end ? nul : end;
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, stop - start).toString('latin1');
}

const EMPTY = new Uint8Array(0);
const COLON = 0x3a;
const SPACE = 0x20;
const TAB = 0x09;
const DASH = 0x2d;
