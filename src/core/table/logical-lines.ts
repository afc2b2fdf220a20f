/**
 * Logical lines of a table file (postmap(1) INPUT FILE FORMAT): a line that starts with white space continues the one
 * before, with that space kept; empty lines and lines whose first visible character is `#` are skipped, in a
 * continuation too.
 */
export interface LogicalLine {
  /** Without the last newline; those in the middle are gone too. */
  readonly text: string;
  readonly firstLine: number;
  /** The one that the original's warnings name. */
  readonly lastLine: number;
}

/** `warn` hears of a first line that continues nothing; that one is left out. */
export function* logicalLines(content: string, file: string, warn: (text: string) => void): Generator<LogicalLine> {
  const reader = new LineReader(content);
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    if (isSpace(line.text.charCodeAt(0))) {
      const ellipsis = line.text.length > SHOWN ? '...' : '';
      warn(`${file}: logical line must not start with whitespace: "${line.text.slice(0, SHOWN)}${ellipsis}"`);
    } else yield line;
  }
}

/** How much of a line is repeated in the warning. */
const SHOWN = 30;

class LineReader {
  readonly #content: string;
  #at = 0;
  #line = 0;

  constructor(content: string) {
    this.#content = content;
  }

  next(): LogicalLine | undefined {
    let text = '';
    let firstLine = this.#line;
    let lastLine = this.#line;
    while (this.#at < this.#content.length) {
      const piece = this.#takeLine();
      if (text === '') firstLine = this.#line;
      if (!isSkipped(piece)) {
        text += piece;
        lastLine = this.#line;
      }
      if (text !== '' && !this.#continues()) break;
    }
    const nul = text.indexOf('\0'); // the original's lines end there
    return text === '' ? undefined : {text: nul < 0 ? text : text.slice(0, nul), firstLine, lastLine};
  }

  #takeLine(): string {
    const newline = this.#content.indexOf('\n', this.#at);
    const end = newline < 0 ? this.#content.length : newline;
    const piece = this.#content.slice(this.#at, end);
    this.#at = end + 1;
    this.#line++;
    return piece;
  }

  /** At the end of the file nothing continues; at a comment or white space the line might. */
  #continues(): boolean {
    if (this.#at >= this.#content.length) return false;
    const code = this.#content.charCodeAt(this.#at);
    return code === HASH || isSpace(code);
  }
}

function isSkipped(line: string): boolean {
  let at = 0;
  while (at < line.length && isSpace(line.charCodeAt(at))) at++;
  return at === line.length || line.charCodeAt(at) === HASH;
}

const HASH = 0x23;

/** isspace(3) of the C locale. */
export function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

/** Without white space of the C locale at both ends. */
export function trimSpace(text: string): string {
  return trimStart(trimEnd(text));
}

export function trimStart(text: string): string {
  let start = 0;
  while (start < text.length && isSpace(text.charCodeAt(start))) start++;
  return start === 0 ? text : text.slice(start);
}

export function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--;
  return end === text.length ? text : text.slice(0, end);
}
