/**
 * What postdrop(1) does with the records it gets: checks them and copies them into a maildrop file. Time records and
 * attributes a submitter has no business with are left out, as the original does, with its warnings.
 */
import type {MaildropFile} from '../core/queue/maildrop-file.ts';

/** The input ended where a record might have begun: the submitter has given up, and nothing is wrong. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** The input is not what it should be; `warning` comes before the fatal message. */
export class MalformedInput extends Error {
  override readonly name = 'MalformedInput';
  readonly warning: string | undefined;

  constructor(message: string, warning?: string) {
    super(message);
    this.warning = warning;
  }
}

/** Reads up to `length` bytes; 0 at the end. */
export type ReadBytes = (into: Buffer, at: number, length: number) => number;

interface InputRecord {
  readonly type: string;
  readonly bytes: Buffer;
}

export class RecordInput {
  readonly #read: ReadBytes;
  readonly #limit: number;
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #start = 0;
  #end = 0;

  constructor(read: ReadBytes, lineLimit: number) {
    this.#read = read;
    this.#limit = lineLimit;
  }

  next(): InputRecord {
    const type = this.#byte();
    if (type === undefined) throw new Cancelled();
    const length = this.#length(type);
    if (length > this.#limit)
      throw new MalformedInput('malformed input', `stdin: illegal length ${length}, record type ${type}`);
    if (!this.#have(length))
      throw new MalformedInput(
        'malformed input',
        `stdin: unexpected EOF in data, record type ${type} length ${length}`,
      );
    const bytes = this.#buffer.subarray(this.#start, this.#start + length);
    this.#start += length;
    return {type: String.fromCharCode(type), bytes};
  }

  #length(type: number): number {
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      if (shift >= MAX_LENGTH_BITS)
        throw new MalformedInput('malformed input', `stdin: too many length bits, record type ${type}`);
      const byte = this.#byte();
      if (byte === undefined)
        throw new MalformedInput('malformed input', `stdin: unexpected EOF reading length, record type ${type}`);
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return length;
    }
  }

  #byte(): number | undefined {
    return this.#have(1) ? this.#buffer[this.#start++] : undefined;
  }

  /** Makes `length` bytes available; they are moved to the front when there is no room behind them. */
  #have(length: number): boolean {
    while (this.#end - this.#start < length) {
      if (this.#start > 0) {
        this.#buffer.copyWithin(0, this.#start, this.#end);
        this.#end -= this.#start;
        this.#start = 0;
      }
      const count = this.#read(this.#buffer, this.#end, this.#buffer.length - this.#end);
      if (count === 0) return false;
      this.#end += count;
    }
    return true;
  }
}

/** Copies the whole message. Answers false when it has no sender or no recipient. */
export function copyMessage(input: RecordInput, file: MaildropFile, warn: (text: string) => void): boolean {
  const seen = {sender: 0, recipients: 0};
  for (const [allowed, last] of SEGMENTS) {
    for (let type = ''; type !== last;) {
      const record = input.next();
      type = record.type;
      if (!allowed.includes(type)) throw new MalformedInput(`unexpected record type: ${type.charCodeAt(0)}`);
      if (type === 'S') seen.sender++;
      if (type === 'R') seen.recipients++;
      if (type === 'A') copyAttribute(record.bytes.toString('latin1'), file, warn);
      else file.put(type, record.bytes);
    }
  }
  return seen.sender > 0 && seen.recipients > 0;
}

function copyAttribute(text: string, file: MaildropFile, warn: (text: string) => void): void {
  const [, name, value] = /^\s*([^\s=]+)\s*=\s*([\s\S]*?)\s*$/.exec(text) ?? [];
  if (name === undefined || value === undefined) return warn(`ignoring malformed record: ${complaint(text)}`);
  if (isAllowed(name, value)) file.put('A', `${name}=${value}`);
  else warn(`ignoring attribute record: ${name.slice(0, 200)}=${value.slice(0, 200)}`);
}

function complaint(text: string): string {
  const shown = text.slice(0, 200);
  if (/^\s*=/.test(text)) return `missing attribute name: ${shown}`;
  return `missing '=' after attribute name: ${shown}`;
}

function isAllowed(name: string, value: string): boolean {
  const values = ALLOWED_ATTRIBUTES.get(name);
  return values !== undefined && (values.length === 0 || values.includes(value));
}

/** Which attributes a submitter may send, and with which values; none listed: any. */
const ALLOWED_ATTRIBUTES: ReadonlyMap<string, readonly string[]> = new Map([
  ['encoding', ['7bit', '8bit', 'none']],
  ['envelope_id', []],
  ['notify_flags', []],
  ['ret_flags', []],
  ['dsn_orig_rcpt', []],
  ['rewrite_context', ['local', 'remote']],
  ['trace_flags', []],
]);

/** Types allowed in each segment (postfix-formats), and the one that ends it. Time records are made anew. */
const SEGMENTS: readonly (readonly [string, string])[] = [
  ['MFSRVAin', 'M'],
  ['XLN', 'X'],
  ['EAR', 'E'],
];
const MAX_LENGTH_BITS = 32;
const BUFFER_BYTES = 1 << 16;
