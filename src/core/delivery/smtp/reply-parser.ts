/**
 * Replies of an SMTP or LMTP server (RFC 5321 section 4.2), out of the bytes as they come: CRLF or LF ends a line, lines
 * that are no replies are passed over, and whatever the server sends, no more than two lines' worth is kept of it.
 *
 * Never fails: a reply that makes no sense has a code that makes none, and the transaction says so.
 */
export interface Reply {
  /** 0 when there was none. */
  readonly code: number;
  /** RFC 3463 status, of the reply or made from its code: `5.1.1`, `2.0.0`. */
  readonly status: string;
  /** The lines with their codes, joined with newlines. */
  readonly text: string;
}

export interface ReplyRules {
  /** postconf(5) line_length_limit: more of a line, and of a reply after that many bytes, is thrown away. */
  readonly lineLimit: number;
  /** postconf(5) smtp_reply_filter; undefined: none. */
  readonly filter?: ((line: string) => string) | undefined;
  complain(line: string, what: Complaint): void;
}

/** A line or a reply is longer than the limit; a line is no reply. */
export type Complaint = 'long line' | 'long reply' | 'no reply';

export class ReplyParser {
  readonly #rules: ReplyRules;
  /** The replies that are complete and not taken yet. */
  readonly #replies: Reply[] = [];
  #line = '';
  #isSkipping = false;
  #text = '';

  constructor(rules: ReplyRules) {
    this.#rules = rules;
  }

  take(): Reply | undefined {
    return this.#replies.shift();
  }

  get hasReply(): boolean {
    return this.#replies.length > 0;
  }

  get count(): number {
    return this.#replies.length;
  }

  /** Nothing half read, nothing read ahead. */
  get isEmpty(): boolean {
    return this.#replies.length === 0 && this.#line === '' && this.#text === '' && !this.#isSkipping;
  }

  /** What was sent ahead of its question is not believed (RFC 3207 section 6). */
  clear(): void {
    this.#replies.length = 0;
    this.#line = '';
    this.#text = '';
    this.#isSkipping = false;
  }

  push(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      const newline = bytes.indexOf(NEWLINE, at);
      const end = newline < 0 ? bytes.length : newline;
      this.#extend(bytes, at, end);
      if (newline < 0) return;
      this.#endLine();
      at = newline + 1;
    }
  }

  #extend(bytes: Buffer, start: number, end: number): void {
    if (this.#isSkipping) return;
    const room = this.#rules.lineLimit - this.#line.length;
    this.#line += bytes.toString('latin1', start, Math.min(end, start + room));
    if (end - start <= room) return;
    this.#isSkipping = true;
    this.#rules.complain(this.#line, 'long line');
  }

  #endLine(): void {
    const raw = this.#line;
    this.#line = '';
    this.#isSkipping = false;
    let line = printable(withoutReturns(raw));
    if (this.#rules.filter !== undefined) line = this.#rules.filter(line);
    this.#addText(line);
    const digits = leadingDigits(line);
    const next = line.charCodeAt(digits);
    if (digits === 3 && next === DASH) return;
    if (digits !== 3 || (line.length > 3 && next !== SPACE)) return this.#rules.complain(line, 'no reply');
    this.#replies.push({code: Number(line.slice(0, 3)), status: statusOf(line), text: this.#text});
    this.#text = '';
  }

  #addText(line: string): void {
    const {lineLimit} = this.#rules;
    if (this.#text.length >= lineLimit) return;
    this.#text += this.#text === '' ? line : `\n${line}`;
    if (this.#text.length >= lineLimit && line !== this.#text) this.#rules.complain(this.#text, 'long reply');
  }
}

function withoutReturns(line: string): string {
  let end = line.length;
  while (end > 0 && line.charCodeAt(end - 1) === RETURN) end--;
  return end === line.length ? line : line.slice(0, end);
}

function leadingDigits(line: string): number {
  let count = 0;
  while (count < line.length && isDigit(line.charCodeAt(count))) count++;
  return count;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** The enhanced code must be of the reply's class (RFC 2034 section 4). */
function statusOf(line: string): string {
  if (!'245'.includes(line.charAt(0))) return '5.5.0';
  const status = enhancedStatus(line, 4);
  return status !== undefined && status.charAt(0) === line.charAt(0) ? status : `${line.charAt(0)}.0.0`;
}

/** `class.subject.detail` at a place of the line, blanks before it skipped; undefined when there is none. */
function enhancedStatus(line: string, from: number): string | undefined {
  let start = from;
  while (line.charCodeAt(start) === SPACE) start++;
  if (!'245'.includes(line.charAt(start)) || line.charAt(start + 1) !== '.') return undefined;
  const subject = digitsAt(line, start + 2);
  const dot = start + 2 + subject;
  if (subject === 0 || line.charAt(dot) !== '.') return undefined;
  const detail = digitsAt(line, dot + 1);
  const end = dot + 1 + detail;
  const next = line.charCodeAt(end);
  if (detail === 0 || (end < line.length && next !== SPACE)) return undefined;
  return line.slice(start, end);
}

/** One to three digits; 0 when there are none or more. */
function digitsAt(line: string, start: number): number {
  let count = 0;
  while (isDigit(line.charCodeAt(start + count))) count++;
  return count > 3 ? 0 : count;
}

/**
 * For logs and reports: what is neither printable ASCII nor UTF-8 is shown as `?`. Seen: the original loses what follows
 * a NUL.
 */
function printable(line: string): string {
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return replaceUnprintable(line);
  }
  return line;
}

function replaceUnprintable(line: string): string {
  const nul = line.indexOf('\0');
  const kept = nul < 0 ? line : line.slice(0, nul);
  let out = '';
  for (let i = 0; i < kept.length;) {
    const length = characterLength(kept, i);
    out += length === 0 ? '?' : kept.slice(i, i + length);
    i += Math.max(length, 1);
  }
  return out;
}

/** Bytes of the character that begins here; 0 when none does. */
function characterLength(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code < 0x80) return code >= 0x20 && code < 0x7f ? 1 : 0;
  const length =
    code >= 0xc2 && code < 0xe0 ? 2 : code >= 0xe0 && code < 0xf0 ? 3 : code >= 0xf0 && code < 0xf5 ? 4 : 0;
  for (let i = 1; i < length; i++) if ((text.charCodeAt(at + i) & 0xc0) !== 0x80) return 0;
  return length;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const DASH = 0x2d;
