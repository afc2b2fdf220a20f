/**
 * Reads a message as it passes by, in chunks cut anywhere, and answers its part tree (RFC 2045, RFC 2046) with the offsets
 * and sizes Dovecot 2.3 sees. Linear; holds one header field and the tree, never a body. Never fails: a message is always
 * something.
 *
 *             blank line, or a boundary                      boundary
 *   header ------------------------------> body ----------------------------> boundary line
 *    ^  ^                                  |  ^                                 |       |
 *    |  +------ of the enclosed message ---+  +---- after `--boundary--` -------+       |
 *    +--------------------------------------------- of the next part -------------------+
 */
import {LineCarry} from './line-carry.ts';
import type {MessagePart} from './message-part.ts';
import {PartStack, type Mark, type PartListener, type StructureLimits} from './part-stack.ts';

export class StructureScanner {
  readonly #parts: PartStack;
  readonly #listener: PartListener;
  /** What lies behind us. */
  readonly #here: Mark = {position: 0, lines: 0, bare: 0};
  /** The same where the line began that is being carried, or the header line that is being read. */
  readonly #lineStart: Mark = {position: 0, lines: 0, bare: 0};
  #lastByte = 0;
  #chunkHasNul = false;
  /** A header line that is not complete yet, or the beginning of a body line that may be a boundary. */
  readonly #carry = new LineCarry(MAX_LINE);
  /** Length of the line end behind the last header line, the empty one included; 0 where a header begins. */
  #headerNewline = 0;
  #isInBoundaryLine = false;
  #opensNext = false;
  #isAtLineStart = false;
  /** Where the body bytes began that are being read. */
  #bodyStart = 0;
  /** A line end, or a CR, that belongs to the body unless a boundary follows. */
  #held = '';

  constructor(listener: PartListener = {}, limits: StructureLimits = {}) {
    this.#listener = listener;
    this.#parts = new PartStack(listener, limits);
  }

  write(chunk: Buffer): void {
    this.#chunkHasNul = chunk.includes(0);
    for (let at = 0; at < chunk.length;) {
      if (this.#isInBoundaryLine) at = this.#boundaryBytes(chunk, at);
      else if (this.#parts.isInHeader) at = this.#headerBytes(chunk, at);
      else if (!this.#parts.hasBoundaries) at = this.#plainBody(chunk, at);
      else if (this.#carry.length > 0) at = this.#continueLine(chunk, at);
      else at = this.#bodyBytes(chunk, at);
    }
    this.#lastByte = chunk.at(-1) ?? this.#lastByte;
  }

  /** The message is over. */
  end(): MessagePart {
    if (this.#carry.length > 0) this.#endInLine();
    if (this.#isInBoundaryLine) this.#leaveBoundaryLine();
    this.#parts.endHeaders(this.#here);
    this.#flushHeld();
    this.#parts.closeAll(this.#here);
    return this.#parts.root;
  }

  // Headers

  #headerBytes(chunk: Buffer, at: number): number {
    const carry = this.#carry;
    if (carry.length === 0) copyMark(this.#here, this.#lineStart);
    const lf = chunk.indexOf(LF, at);
    const end = lf < 0 ? chunk.length : lf;
    if (this.#chunkHasNul) this.#noteNul(chunk, at, end);
    if (lf < 0 || carry.length > 0) carry.append(chunk, at, end);
    this.#here.position += end - at;
    if (lf < 0) return end;
    this.#passLineFeed(chunk, lf);
    if (carry.length === 0) this.#headerLine(chunk, at, lf);
    else {
      const {bytes, length} = carry;
      carry.clear();
      this.#headerLine(bytes, 0, length);
    }
    return lf + 1;
  }

  /** A whole line without its line feed; it lies behind us already. */
  #headerLine(bytes: Buffer, start: number, lineEnd: number): void {
    const end = lineEnd > start && bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
    if (end === start) {
      this.#headerNewline = lineEnd - end + 1;
      this.#parts.endHeader(this.#here);
      if (!this.#parts.isInHeader) this.#enterBody();
      return;
    }
    if (this.#parts.hasBoundaries && bytes[start] === DASH && bytes[start + 1] === DASH) {
      const index = this.#parts.findBoundary(bytes, start + 2, end);
      if (index >= 0) return this.#boundaryInHeader(index, bytes, start + 2, end);
    }
    this.#headerNewline = lineEnd - end + 1;
    this.#parts.headerLine(bytes, start, end);
  }

  /** There is no blank line behind the header, and no body. */
  #boundaryInHeader(index: number, bytes: Buffer, start: number, end: number): void {
    const isLast = this.#parts.isLastBoundary(index, bytes, start, end);
    this.#parts.endHeaders(withoutNewline(this.#lineStart, this.#headerNewline), this.#lineStart);
    this.#parts.closeParts(index, isLast, this.#lineStart);
    this.#opensNext = !isLast;
    this.#leaveBoundaryLine();
  }

  // Boundaries

  #boundaryBytes(chunk: Buffer, at: number): number {
    const lf = chunk.indexOf(LF, at);
    const end = lf < 0 ? chunk.length : lf;
    this.#here.position += end - at;
    if (lf < 0) return end;
    this.#passLineFeed(chunk, lf);
    this.#leaveBoundaryLine();
    return lf + 1;
  }

  #leaveBoundaryLine(): void {
    this.#isInBoundaryLine = false;
    this.#headerNewline = 0; // a header begins, or there is none before the body
    if (this.#opensNext) this.#parts.openNext(this.#here);
    else this.#enterBody();
  }

  #enterBody(): void {
    this.#bodyStart = this.#here.position;
    this.#isAtLineStart = true;
    this.#held = '';
  }

  /** A boundary begins at `start`, with a line end of `newline` bytes before it that belongs to it (RFC 2046 section 5.1.1). */
  #meetBoundary(index: number, isLast: boolean, start: Mark, newline: number): void {
    this.#held = '';
    const blankLine = start.position === this.#bodyStart ? this.#headerNewline : 0;
    this.#parts.closeParts(index, isLast, withoutNewline(start, newline), blankLine);
    this.#isInBoundaryLine = true;
    this.#opensNext = !isLast;
  }

  // Bodies

  /** Nothing but the end of the message can end it. */
  #plainBody(chunk: Buffer, at: number): number {
    this.#flushHeld();
    for (let lf = chunk.indexOf(LF, at); lf >= 0; lf = chunk.indexOf(LF, lf + 1)) this.#countLineFeed(chunk, lf);
    this.#here.position += chunk.length - at;
    this.#give(chunk, at, chunk.length);
    return chunk.length;
  }

  #bodyBytes(chunk: Buffer, at: number): number {
    let line = this.#isAtLineStart ? at : this.#findLine(chunk, at);
    while (line >= 0 && line < chunk.length) {
      const index = this.#judgeLine(chunk, line);
      if (index === UNSURE) return this.#carryLine(chunk, at, line);
      if (index !== NO_BOUNDARY) return this.#endAtBoundary(chunk, at, line, index);
      line = this.#findLine(chunk, line);
    }
    this.#giveAndHold(chunk, at, chunk.length);
    this.#here.position += chunk.length - at;
    this.#isAtLineStart = line === chunk.length;
    return chunk.length;
  }

  /** The next line that begins with a dash, or the end of the chunk when that is where a line begins; -1 when none does. */
  #findLine(chunk: Buffer, at: number): number {
    for (let lf = chunk.indexOf(LF, at); lf >= 0; lf = chunk.indexOf(LF, lf + 1)) {
      this.#countLineFeed(chunk, lf);
      if (lf + 1 === chunk.length || chunk[lf + 1] === DASH) return lf + 1;
    }
    return -1;
  }

  #judgeLine(chunk: Buffer, line: number): number {
    if (chunk[line] !== DASH) return NO_BOUNDARY;
    const lf = chunk.indexOf(LF, line);
    const reach = line + this.#parts.reach;
    if (lf < 0 && chunk.length < reach) return UNSURE;
    if (chunk[line + 1] !== DASH) return NO_BOUNDARY;
    return this.#parts.findBoundary(chunk, line + 2, lf < 0 ? reach : lf);
  }

  #endAtBoundary(chunk: Buffer, at: number, line: number, index: number): number {
    const start = {...this.#here, position: this.#here.position + line - at};
    const newline = line === at ? this.#held.length : this.#newlineBefore(chunk, line, start.position);
    if (line > at && line - newline >= at) {
      this.#flushHeld();
      this.#give(chunk, at, line - newline);
    }
    this.#here.position = start.position;
    const isLast = this.#parts.isLastBoundary(index, chunk, line + 2, chunk.length);
    this.#meetBoundary(index, isLast, start, newline);
    return line;
  }

  #newlineBefore(chunk: Buffer, line: number, position: number): number {
    if (position === this.#bodyStart) return 0;
    return byteBefore(chunk, line - 1, this.#lastByte) === CR && position - 2 >= this.#bodyStart ? 2 : 1;
  }

  /** The chunk ends within a line that may become a boundary. */
  #carryLine(chunk: Buffer, at: number, line: number): number {
    this.#giveAndHold(chunk, at, line);
    this.#here.position += line - at;
    copyMark(this.#here, this.#lineStart);
    this.#here.position += chunk.length - line;
    if (this.#chunkHasNul) this.#noteNul(chunk, line, chunk.length);
    this.#carry.append(chunk, line, chunk.length);
    return chunk.length;
  }

  #continueLine(chunk: Buffer, at: number): number {
    const carry = this.#carry;
    const lf = chunk.indexOf(LF, at);
    const end = Math.min(lf < 0 ? chunk.length : lf, at + Math.max(this.#parts.reach - carry.length, 0));
    carry.append(chunk, at, end);
    this.#here.position += end - at;
    if (end !== lf && carry.length < this.#parts.reach) return end;
    this.#judgeCarried();
    return end;
  }

  #judgeCarried(): void {
    const {bytes, length} = this.#carry;
    this.#carry.clear();
    const index = bytes[1] === DASH && length > 1 ? this.#parts.findBoundary(bytes, 2, length) : NO_BOUNDARY;
    if (index >= 0) {
      const isLast = this.#parts.isLastBoundary(index, bytes, 2, length);
      return this.#meetBoundary(index, isLast, this.#lineStart, this.#held.length);
    }
    this.#isAtLineStart = false;
    this.#flushHeld();
    const isCut = bytes[length - 1] === CR; // perhaps within a line end
    this.#give(bytes, 0, isCut ? length - 1 : length);
    if (isCut) this.#held = '\r';
  }

  /** The message ends within a line. */
  #endInLine(): void {
    if (!this.#parts.isInHeader) return this.#judgeCarried();
    const {bytes, length} = this.#carry;
    this.#carry.clear();
    const end = bytes[length - 1] === CR ? length - 1 : length;
    if (end > 0) this.#parts.headerLine(bytes, 0, end); // seen: never taken for a boundary
  }

  // Counting and handing over

  #passLineFeed(chunk: Buffer, lf: number): void {
    this.#here.position++;
    this.#countLineFeed(chunk, lf);
  }

  #countLineFeed(chunk: Buffer, lf: number): void {
    this.#here.lines++;
    if (byteBefore(chunk, lf, this.#lastByte) !== CR) this.#here.bare++;
  }

  #noteNul(chunk: Buffer, start: number, end: number): void {
    const nul = chunk.indexOf(0, start);
    if (nul >= 0 && nul < end) this.#parts.part.hasNul = true;
  }

  #give(chunk: Buffer, start: number, end: number): void {
    if (end <= start) return;
    if (this.#chunkHasNul) this.#noteNul(chunk, start, end);
    this.#listener.body?.(this.#parts.part, chunk.subarray(start, end));
  }

  #giveAndHold(chunk: Buffer, start: number, end: number): void {
    if (end <= start) return;
    const last = chunk[end - 1];
    const isPair = last === LF && byteBefore(chunk, end - 1, this.#lastByte) === CR;
    const held = isPair ? 2 : last === LF || last === CR ? 1 : 0;
    if (end - held < start) {
      this.#held = '\r\n'; // the CR came with the chunk before
      return;
    }
    this.#flushHeld();
    this.#give(chunk, start, end - held);
    this.#held = chunk.toString('latin1', end - held, end);
  }

  #flushHeld(): void {
    if (this.#held === '') return;
    const held = Buffer.from(this.#held, 'latin1');
    this.#held = '';
    this.#listener.body?.(this.#parts.part, held);
  }
}

function byteBefore(chunk: Buffer, at: number, lastByte: number): number | undefined {
  return at > 0 ? chunk[at - 1] : lastByte;
}

/** `newline` bytes before a mark. */
function withoutNewline({position, lines, bare}: Mark, newline: number): Mark {
  return {position: position - newline, lines: lines - Math.min(newline, 1), bare: bare - (newline === 1 ? 1 : 0)};
}

function copyMark(from: Mark, to: Mark): void {
  to.position = from.position;
  to.lines = from.lines;
  to.bare = from.bare;
}

const UNSURE = -2;
const NO_BOUNDARY = -1;
const LF = 0x0a;
const CR = 0x0d;
const DASH = 0x2d;
/** Bytes of a header line that are looked at. */
const MAX_LINE = 10_000_000;
