/**
 * Commands of a ManageSieve client (RFC 5804 section 2): a word, and strings, quoted or as literals. A literal is as long
 * as the limit says at the most; of a longer one only the size is kept. Nothing is read ahead of a command's end.
 */
export type Argument =
  | {readonly kind: 'atom'; readonly text: string}
  | {readonly kind: 'string'; readonly bytes: Buffer}
  /** A literal beyond the limit: read, and thrown away. */
  | {readonly kind: 'too-big'; readonly bytes: number};

export interface ClientCommand {
  /** In capitals. */
  readonly name: string;
  readonly args: readonly Argument[];
  /** What is wrong with the arguments' form. */
  readonly fault?: string;
}

/** `too-long`: a line beyond the limit; the session can only end. */
export type ReadCommand = ClientCommand | 'end' | 'too-long';

export interface ReaderLimits {
  /** managesieve_max_line_length: a command without its literals. */
  readonly lineBytes: number;
  readonly literalBytes: number;
}

const MAX_ARGUMENTS = 4;

export class CommandReader {
  readonly #read: () => Promise<Buffer | undefined>;
  readonly #limits: ReaderLimits;
  #rest: Buffer = Buffer.alloc(0);
  #lineBytes = 0;

  constructor(read: () => Promise<Buffer | undefined>, limits: ReaderLimits) {
    this.#read = read;
    this.#limits = limits;
  }

  async next(): Promise<ReadCommand> {
    this.#lineBytes = 0;
    const parts: (string | Argument)[] = [];
    for (;;) {
      const line = await this.#line();
      if (line === undefined) return 'end';
      if (line === 'too-long') return line;
      const literal = /\{(\d{1,15})\+?\}$/.exec(line);
      if (literal === null) return parse([...parts, line]);
      parts.push(line.slice(0, literal.index));
      const argument = await this.#literal(Number(literal[1]));
      if (argument === undefined) return 'end';
      parts.push(argument);
      if (parts.length > MAX_ARGUMENTS * 2 + 2) return 'too-long';
    }
  }

  /** One line of bytes that are no command: an answer to a SASL challenge. undefined: the client is gone. */
  async answer(): Promise<Argument | 'cancel' | undefined> {
    const command = await this.next();
    if (command === 'end' || command === 'too-long') return undefined;
    const [only, ...rest] = command.args;
    if (command.name !== '' || only === undefined || rest.length > 0) return 'cancel';
    return only.kind === 'string' && only.bytes.toString('latin1') === '*' ? 'cancel' : only;
  }

  /** What came behind STARTTLS in plain text does not count. */
  forget(): void {
    this.#rest = Buffer.alloc(0);
  }

  async #line(): Promise<string | 'too-long' | undefined> {
    for (;;) {
      const end = this.#rest.indexOf(10);
      if (end >= 0) {
        const isCrlf = end > 0 && this.#rest[end - 1] === 13;
        const line = this.#rest.toString('latin1', 0, isCrlf ? end - 1 : end);
        this.#rest = this.#rest.subarray(end + 1);
        this.#lineBytes += line.length;
        return this.#lineBytes > this.#limits.lineBytes ? 'too-long' : line;
      }
      if (this.#lineBytes + this.#rest.length > this.#limits.lineBytes) return 'too-long';
      if (!(await this.#more())) return undefined;
    }
  }

  async #literal(size: number): Promise<Argument | undefined> {
    const keeps = size <= this.#limits.literalBytes;
    const kept: Buffer[] = [];
    for (let left = size; left > 0;) {
      if (this.#rest.length === 0 && !(await this.#more())) return undefined;
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      if (keeps) kept.push(part);
    }
    return keeps ? {kind: 'string', bytes: Buffer.concat(kept)} : {kind: 'too-big', bytes: size};
  }

  async #more(): Promise<boolean> {
    const bytes = await this.#read();
    if (bytes === undefined) return false;
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    return true;
  }
}

/** Text between literals, and the literals. */
function parse(parts: readonly (string | Argument)[]): ClientCommand {
  const args: Argument[] = [];
  let name: string | undefined;
  for (const part of parts) {
    if (typeof part !== 'string') {
      args.push(part);
      name ??= '';
      continue;
    }
    const read = readWords(part);
    if (read.fault !== undefined) return {name: name ?? firstName(part), args, fault: read.fault};
    for (const word of read.args) {
      if (name === undefined) name = word.kind === 'atom' ? word.text.toUpperCase() : '';
      else {
        args.push(word);
        continue;
      }
      if (word.kind !== 'atom') args.push(word);
    }
  }
  return {name: name ?? '', args};
}

function firstName(text: string): string {
  return /^[^ "]*/.exec(text)?.[0].toUpperCase() ?? '';
}

function readWords(text: string): {args: Argument[]; fault?: string} {
  const args: Argument[] = [];
  for (let at = 0; at < text.length;) {
    if (text[at] === ' ') {
      at++;
      continue;
    }
    if (text[at] === '"') {
      const end = closingQuote(text, at + 1);
      if (end < 0) return {args, fault: 'String contains invalid character.'};
      const bytes = Buffer.from(text.slice(at + 1, end).replace(/\\(["\\])/g, '$1'), 'latin1');
      args.push({kind: 'string', bytes});
      at = end + 1;
      if (at < text.length && text[at] !== ' ') return {args, fault: 'Invalid arguments.'};
      continue;
    }
    const end = text.indexOf(' ', at);
    args.push({kind: 'atom', text: text.slice(at, end < 0 ? undefined : end)});
    at = end < 0 ? text.length : end;
  }
  return {args};
}

/** -1: there is none. */
function closingQuote(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return -1;
}
