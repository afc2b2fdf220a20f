/**
 * Reads replies of a server from what arrives, as lenient as the original: a line ends with LF; three digits are the code;
 * a hyphen behind them says that more lines follow. Anything else is a reply with code 0. Lines of any length up to a cap.
 */
export interface Reply {
  readonly code: number;
  /** Without codes; lines joined by LF. */
  readonly text: string;
}

/** A server that sends more than this without an end of line is cut short: no memory is spent on it. */
const MAX_LINE = 0x10_0000;

export class ReplyReader {
  #rest = '';
  #text = '';
  #hasLines = false;
  /** For each line, with -v. */
  readonly #onLine: ((line: string) => void) | undefined;

  constructor(onLine?: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: string): void {
    this.#rest += chunk;
    if (this.#rest.length > MAX_LINE && !this.#rest.includes('\n')) this.#rest = this.#rest.slice(0, MAX_LINE);
  }

  /** The next whole reply, or undefined when more has to arrive. */
  next(): Reply | undefined {
    for (let end = this.#rest.indexOf('\n'); end >= 0; end = this.#rest.indexOf('\n')) {
      const line = this.#rest.slice(0, this.#rest.charCodeAt(end - 1) === CR ? end - 1 : end);
      this.#rest = this.#rest.slice(end + 1);
      this.#onLine?.(line);
      const reply = this.#takeLine(line);
      if (reply !== undefined) return reply;
    }
    return undefined;
  }

  #takeLine(line: string): Reply | undefined {
    let digits = 0;
    while (digits < line.length && isDigit(line.charCodeAt(digits))) digits++;
    const hasCode = digits === 3;
    const goesOn = hasCode && line.charCodeAt(digits) === HYPHEN;
    let begin = digits + (goesOn ? 1 : 0);
    while (line.charCodeAt(begin) === SPACE) begin++;
    this.#text = this.#hasLines ? `${this.#text}\n${line.slice(begin)}` : line.slice(begin);
    this.#hasLines = goesOn;
    if (goesOn) return undefined;
    const reply = {code: hasCode ? Number(line.slice(0, digits)) : 0, text: this.#text};
    this.#text = '';
    return reply;
  }
}

const CR = 0x0d;
const SPACE = 0x20;
const HYPHEN = 0x2d;

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
