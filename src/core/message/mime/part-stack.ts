/**
 * The parts of a message that are being read, one inside the other: opens and closes them, reads their header lines and knows
 * their boundaries (RFC 2046 section 5.1). Where something begins or ends is told by a `Mark`.
 */
import {Envelope, isEnvelopeField} from './envelope.ts';
import {FieldCollector, skipBlanks} from './field-collector.ts';
import {decodingName, MimeFields} from './mime-fields.ts';
import {MessagePart, type PartKind} from './message-part.ts';

/** Hears of the pieces of a message as they are found; what is handed over is valid during the call. */
export interface PartListener {
  /** A new part, of which nothing is known yet. */
  partStart?(part: MessagePart): void;
  /**
   * A whole header field. `name` as written, without blanks before the colon; empty for a line that is no field, which is then
   * all in `value`. `value` is what follows the colon, `gap` the blanks before it; line ends inside as line feeds, without the last.
   */
  field?(part: MessagePart, name: string, value: string, gap: string): void;
  /** `isEnded`: by an empty line, not by a boundary or the end of the message. */
  headerEnd?(part: MessagePart, isEnded: boolean): void;
  /** Bytes of a body that belong to no part inside it (of a multipart: what stands around its parts, without the boundaries). */
  body?(part: MessagePart, bytes: Buffer): void;
  partEnd?(part: MessagePart): void;
}

export interface StructureLimits {
  /** How deep parts may be nested; what lies there is not taken apart. */
  readonly nesting?: number;
  /** How many parts there may be; the last one gets the rest of the message. */
  readonly parts?: number;
}

/** What lies before a place: bytes, line feeds, and those of them without a CR in front. */
export interface Mark {
  position: number;
  lines: number;
  bare: number;
}

interface OpenPart {
  readonly part: MessagePart;
  /** Where its header began, then where its body did. */
  readonly start: Mark;
}

interface Boundary {
  readonly text: Buffer;
  /** How many parts are open with the multipart itself. */
  readonly depth: number;
}

export class PartStack {
  readonly root: MessagePart;
  part: MessagePart;
  isInHeader = true;
  /** So many bytes of a line must be seen to know whether it is a boundary. */
  reach = 0;
  readonly #listener: PartListener;
  readonly #maxNesting: number;
  readonly #maxParts: number;
  readonly #fields: FieldCollector;
  readonly #open: OpenPart[] = [];
  readonly #boundaries: Boundary[] = [];
  #partCount = 0;
  /** The header that is being read has a MIME-Version. */
  #isMime = false;

  constructor(listener: PartListener, limits: StructureLimits) {
    this.#listener = listener;
    this.#maxNesting = limits.nesting ?? MAX_NESTING;
    this.#maxParts = limits.parts ?? MAX_PARTS;
    this.#fields = new FieldCollector(
      name => listener.field !== undefined || this.#isWanted(name),
      (name, value, gap) => this.#takeField(name, value, gap),
    );
    this.root = this.part = this.#openPart(new Envelope(), {position: 0, lines: 0, bare: 0});
  }

  get hasBoundaries(): boolean {
    return this.#boundaries.length > 0;
  }

  /** A line of the header that isn't blank, as a range without its line end. */
  headerLine(bytes: Buffer, start: number, end: number): void {
    this.#fields.line(bytes, start, end);
  }

  /** The header ends at `mark`. Behind that of a message/rfc822 the enclosed message's begins. */
  endHeader(mark: Mark, bodyMark = mark, isEnded = true): void {
    this.#fields.flush();
    const part = this.part;
    const {start} = this.#innermost();
    if (mark.position < start.position) this.#shrinkHeader(part.parent, start.position - mark.position);
    else {
      part.headerSize = mark.position - start.position;
      part.headerLines = mark.lines - start.lines;
      part.headerVirtualSize = part.headerSize + mark.bare - start.bare;
    }
    Object.assign(start, bodyMark);
    // Seen: a message that has neither field says nothing else of its body either.
    if (part.envelope !== undefined && !this.#isMime && part.fields.type === undefined) part.fields = new MimeFields();
    part.kind = this.#kindOf(part);
    part.hasHeaderEnd = isEnded;
    this.isInHeader = false;
    this.#listener.headerEnd?.(part, isEnded);
    if (part.isMultipart) this.#pushBoundary(part);
    else if (part.isMessage) this.#openPart(new Envelope(), mark);
  }

  /** Headers that are cut off, by a boundary (the line end before it, seen to belong to no part) or by the end of the message. */
  endHeaders(mark: Mark, bodyMark = mark): void {
    while (this.isInHeader) this.endHeader(mark, bodyMark, false);
  }

  /**
   * The boundary a line begins with, as its number; `start` is behind the dashes. When several do, the longest is meant, as
   * Dovecot has it. -1: none.
   */
  findBoundary(bytes: Buffer, start: number, end: number): number {
    let best = -1;
    let bestLength = -1;
    for (let index = this.#boundaries.length - 1; index >= 0; index--) {
      const text = this.#boundaries[index]?.text ?? NOTHING;
      if (text.length <= bestLength || text.length > end - start) continue;
      if (text.compare(bytes, start, start + text.length) !== 0) continue;
      best = index;
      bestLength = text.length;
    }
    return best;
  }

  /** Whether the boundary found ends its multipart. */
  isLastBoundary(index: number, bytes: Buffer, start: number, end: number): boolean {
    const at = start + (this.#boundaries[index]?.text.length ?? 0);
    return at + 2 <= end && bytes[at] === DASH && bytes[at + 1] === DASH;
  }

  /**
   * What is inside the multipart ends at `mark`. Where the body is empty, the line end before the boundary is that of the empty
   * line behind the header, `blankLine` bytes: seen to belong to the part no longer.
   */
  closeParts(index: number, isLast: boolean, mark: Mark, blankLine = 0): void {
    if (blankLine > 0 && this.#boundaries[index]?.depth !== this.#open.length) this.#shrinkHeader(this.part, blankLine);
    this.#closeDownTo(this.#boundaries[index]?.depth ?? 0, mark);
    this.#boundaries.length = isLast ? index : index + 1;
  }

  /** A multipart's next part begins at `mark`. */
  openNext(mark: Mark): void {
    this.#openPart(undefined, mark);
    if (this.#partCount >= this.#maxParts) this.#boundaries.length = 0;
  }

  /** Everything ends at `mark`. */
  closeAll(mark: Mark): void {
    this.#closeDownTo(0, mark);
  }

  #isWanted(name: string): boolean {
    if (name.startsWith('content-')) return true;
    return this.part.envelope !== undefined && (name === 'mime-version' || isEnvelopeField(name));
  }

  #takeField(name: string, value: string, gap: string): void {
    const {part} = this;
    this.#listener.field?.(part, name, value, gap);
    const lower = name.toLowerCase();
    if (!this.#isWanted(lower)) return;
    if (lower === 'content-transfer-encoding') part.transferEncoding = decodingName(value);
    if (lower === 'mime-version') this.#isMime = true;
    else if (lower.startsWith('content-')) part.fields.take(lower, skipBlanks(value));
    else part.envelope?.take(lower, skipBlanks(value));
  }

  #kindOf(part: MessagePart): PartKind {
    const kind = kindByType(part);
    if (kind === 'text' || kind === 'other') return kind;
    return this.#open.length >= this.#maxNesting || this.#partCount >= this.#maxParts ? 'opaque' : kind;
  }

  #pushBoundary(part: MessagePart): void {
    const text = part.fields.parameter('boundary');
    if (text === undefined) return;
    const bytes = Buffer.from(text.slice(0, MAX_BOUNDARY), 'latin1');
    this.#boundaries.push({text: bytes, depth: this.#open.length});
    this.reach = Math.max(this.reach, bytes.length + 4);
  }

  #openPart(envelope: Envelope | undefined, mark: Mark): MessagePart {
    const parent = this.#open.at(-1)?.part;
    const part = new MessagePart(parent, envelope, mark.position, mark.position + mark.bare);
    parent?.children.push(part);
    this.#open.push({part, start: {...mark}});
    this.#partCount++;
    this.part = part;
    this.isInHeader = true;
    this.#isMime = false;
    this.#listener.partStart?.(part);
    return part;
  }

  #closeDownTo(depth: number, mark: Mark): void {
    while (this.#open.length > depth) {
      const {part, start} = this.#innermost();
      const isEmpty = mark.position < start.position; // the line end before a boundary may be the header's
      part.bodySize = isEmpty ? 0 : mark.position - start.position;
      part.bodyLines = isEmpty ? 0 : mark.lines - start.lines;
      part.bodyVirtualSize = isEmpty ? 0 : part.bodySize + mark.bare - start.bare;
      this.#open.pop();
      this.#listener.partEnd?.(part);
    }
    this.part = this.#open.at(-1)?.part ?? this.root;
  }

  #shrinkHeader(part: MessagePart | undefined, newline: number): void {
    if (part === undefined) return;
    part.headerSize -= newline;
    part.headerVirtualSize -= 2;
    part.headerLines--;
  }

  #innermost(): OpenPart {
    const open = this.#open.at(-1);
    if (open === undefined) throw new Error('a message without parts');
    return open;
  }
}

/** By its Content-Type; without one a part of a digest is a message (RFC 2046 section 5.1.5), any other is text. */
function kindByType(part: MessagePart): PartKind {
  const {type, subtype} = part.fields;
  if (type === undefined) return part.parent?.kind === 'digest' ? 'message' : 'text';
  switch (type.toLowerCase()) {
    case 'text':
      return 'text';
    case 'multipart':
      if (subtype === '') return 'opaque';
      return subtype.toLowerCase() === 'digest' ? 'digest' : 'multipart';
    case 'message':
      return subtype.toLowerCase() === 'rfc822' ? 'message' : 'other';
    default:
      return 'other';
  }
}

const NOTHING = Buffer.alloc(0);
/** As Dovecot's message parser has them. A longer boundary is cut. */
const MAX_NESTING = 100;
const MAX_PARTS = 10_000;
const MAX_BOUNDARY = 80;
const DASH = 0x2d;
