/**
 * Shows a queue file record by record, as postcat(1) does. Damage ends in a warning with its place and a `FatalError`, as
 * in the original; and as there, what a record printed is lost when the next can't be read before it was complete.
 */
import {FatalError, ParseError} from '../core/base/errors.ts';
import type {Stdio} from '../core/base/tool.ts';
import {printable} from '../core/log/maillog-line.ts';
import {headerNameLength} from '../core/message/header-field.ts';
import type {QueueRecord} from '../core/queue/record.ts';
import {RecordFile} from '../core/queue/record-file.ts';
import {asctime} from './asctime.ts';

export interface DumpOptions {
  readonly showsEnvelope: boolean;
  readonly showsHeader: boolean;
  readonly showsBody: boolean;
  readonly printsType: boolean;
  readonly printsOffset: boolean;
  readonly isRaw: boolean;
  readonly isVerbose: boolean;
  readonly start: number;
}

/** Names of the record types; those missing are `unknown_record_type`. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['C', 'message_size'],
  ['T', 'message_arrival_time'],
  ['c', 'queue_file_create_time'],
  ['F', 'sender_fullname'],
  ['I', 'content_inspector'],
  ['L', 'content_filter'],
  ['S', 'sender'],
  ['A', 'named_attribute'],
  ['O', 'original_recipient'],
  ['R', 'recipient'],
  ['D', 'done_recipient'],
  ['/', 'canceled_recipient'],
  ['W', 'warning_message_time'],
  ['V', 'verp_delimiters'],
  ['K', 'killed_record'],
  ['>', 'redirect_to'],
  ['w', 'padding'],
  ['p', 'pointer_record'],
  ['r', 'return_receipt'],
  ['e', 'errors_to'],
  ['P', 'priority'],
  ['f', 'flags'],
  ['<', 'dsn_return_flags'],
  ['i', 'dsn_envelope_id'],
  ['o', 'dsn_original_recipient'],
  ['n', 'dsn_notify_flags'],
]);
const FIRST_TYPES = 'MCTcFILSDRO/WVA>K<ion';
/** Seen: the original follows so many jumps backwards, and no more. */
const MAX_BACKWARD_JUMPS = 10_000;

type Part = 'envelope' | 'header' | 'body';

export class Dump {
  readonly #options: DumpOptions;
  readonly #out: DumpOutput;
  readonly #file: RecordFile;
  readonly #name: string;
  #part: Part = 'envelope';
  #isShown: boolean;
  #isWithinLine = false;
  /** From the size record; -1 while there is none. */
  #dataOffset = -1;
  #contentBytes = -1;
  #jumpedTo = 0;
  #backwardJumps = 0;
  #isAtEnd = false;

  constructor(options: DumpOptions, out: DumpOutput, fd: number, name: string) {
    this.#options = options;
    this.#out = out;
    this.#file = new RecordFile(fd);
    this.#name = name;
    this.#isShown = options.showsEnvelope;
  }

  run(): void {
    const {start, showsEnvelope} = this.#options;
    const file = this.#file;
    if (start > 0) this.#goToStart(start);
    else {
      const first = file.peek();
      if (first !== undefined && !FIRST_TYPES.includes(String.fromCharCode(first)))
        return this.#warn('input is not a valid queue file');
      if (showsEnvelope) this.#out.put(`*** ENVELOPE RECORDS ${this.#name} ***\n`);
    }
    while (!this.#isAtEnd) {
      const {offset} = file;
      const record = this.#read();
      if (record === undefined) return;
      this.#enter(record, offset);
      if (this.#isShown && !this.#isAtEnd && !'MXE'.includes(record.type)) this.#show(record, offset);
      this.#leave(record);
    }
  }

  #goToStart(start: number): void {
    const file = this.#file;
    if (!file.isSeekable) {
      const skipped = file.skip(start);
      if (skipped < start) throw new FatalError(`${this.#name}: skip ${start} bytes failed after ${skipped}`);
    } else if (start >= 2 ** 63) {
      throw new FatalError(`${this.#name}: seek to 9223372036854775807: Invalid argument`);
    } else file.seek(start);
  }

  /** The next record; padding and pointers are passed over unless they are asked for. */
  #read(): QueueRecord | undefined {
    try {
      for (;;) {
        const record = this.#file.next();
        if (record === undefined || this.#options.isVerbose) return record;
        if (record.type === 'p') this.#jump(record);
        else if (record.type === 'E' && !this.#file.isSeekable)
          throw new ParseError('seek error after reading END record: Illegal seek', record.offset);
        else if (record.type !== 'w') return record;
      }
    } catch (fault) {
      if (!(fault instanceof ParseError)) throw fault;
      this.#warn(fault.message);
      throw new FatalError('record read error', 1, {cause: fault});
    }
  }

  #jump({payload, offset}: QueueRecord): void {
    const text = cText(payload).trimStart();
    const target = Number(text);
    if (text === '' || target === 0) return;
    if (!/^\d+$/.test(text)) throw new ParseError(`malformed pointer record value: ${text}`, offset);
    if (target <= this.#jumpedTo && ++this.#backwardJumps > MAX_BACKWARD_JUMPS)
      throw new ParseError('too many reverse jump records', offset);
    if (!this.#file.isSeekable) throw new ParseError('seek error after pointer record: Illegal seek', offset);
    this.#jumpedTo = target;
    this.#file.seek(target);
  }

  /** What the record means for where we are: markers, the end of the header. */
  #enter({type, payload}: QueueRecord, offset: number): void {
    switch (type) {
      case 'M':
        if (this.#part !== 'envelope') this.#warn('out-of-order message content marker');
        this.#marker('MESSAGE CONTENTS', type, offset);
        return this.#enterContent();
      case 'X':
        if (this.#part === 'envelope') this.#warn('out-of-order extracted segment marker');
        this.#marker('HEADER EXTRACTED', type, offset);
        this.#part = 'envelope';
        this.#isShown = this.#options.showsEnvelope;
        if (!this.#isShown) this.#isAtEnd = true;
        return;
      case 'E':
        if (this.#part !== 'envelope') this.#warn('out-of-order message end marker');
        this.#marker('MESSAGE FILE END', type, offset);
        if (!(this.#options.isRaw && this.#options.isVerbose)) this.#isAtEnd = true;
        return;
      case 'N':
      case 'L':
        if (this.#part === 'header' && !this.#isWithinLine && !belongsToHeader(payload)) this.#enterBody();
        this.#isWithinLine = type === 'L';
        return;
    }
  }

  #enterContent(): void {
    const {showsHeader, showsBody} = this.#options;
    this.#part = 'header';
    this.#isShown = showsHeader;
    if (!showsHeader && !showsBody) this.#skipContent();
  }

  #enterBody(): void {
    const {showsBody, showsEnvelope} = this.#options;
    this.#part = 'body';
    this.#isShown = showsBody;
    if (showsBody) return;
    if (!showsEnvelope) this.#isAtEnd = true;
    else this.#skipContent();
  }

  /** The size record of an unfinished file says 0: going there would be going round in circles. */
  #skipContent(): void {
    if (this.#contentBytes > 0 && this.#dataOffset > 0) this.#seek(this.#dataOffset + this.#contentBytes);
  }

  /** Where the record leads, once it is printed. */
  #leave(record: QueueRecord): void {
    if (record.type === 'C') this.#takeSize(cText(record.payload));
    if (record.type !== 'p' || this.#options.isRaw) return;
    try {
      this.#jump(record);
    } catch (fault) {
      if (!(fault instanceof ParseError)) throw fault;
      this.#warn(fault.message);
      throw new FatalError('bad pointer record, or input is not seekable', 1, {cause: fault});
    }
  }

  #takeSize(text: string): void {
    if (this.#contentBytes >= 0 || this.#dataOffset >= 0) {
      this.#out.warn('file contains multiple size records');
      return;
    }
    const fields = /^\s*([-+]?\d+)(?:\s+([-+]?\d+))?/.exec(text);
    if (fields?.[1] !== undefined) this.#contentBytes = Number(fields[1]);
    if (fields?.[2] !== undefined) this.#dataOffset = Number(fields[2]);
    if (!(this.#contentBytes > 0 && this.#dataOffset > 0)) this.#out.warn(printable(`invalid size record: ${text}`));
    if (this.#options.showsEnvelope) return;
    this.#seek(this.#dataOffset);
    this.#part = 'header';
    this.#isShown = this.#options.showsHeader;
  }

  #seek(offset: number): void {
    if (!this.#file.isSeekable) throw new FatalError('seek error: Illegal seek');
    if (offset < 0) throw new FatalError('seek error: Invalid argument');
    this.#file.seek(offset);
  }

  #show(record: QueueRecord, offset: number): void {
    const {type, payload} = record;
    this.#prefix(offset, type);
    if (type === 'N' || (type === 'L' && this.#part !== 'envelope')) this.#showText(type, payload);
    else if (type === 'A') this.#showAttribute(cText(payload));
    else if (type === 'T' || type === 'W') this.#out.put(`${NAMES.get(type)}: ${asctime(atol(cText(payload)))}\n`);
    else this.#out.put(`${NAMES.get(type) ?? 'unknown_record_type'}: ${cText(payload)}\n`);
    this.#out.commit();
  }

  #showText(type: string, payload: Buffer): void {
    const {isVerbose, printsOffset} = this.#options;
    if (isVerbose) this.#out.put(type === 'N' ? 'regular_text: ' : 'unterminated_text: ');
    this.#out.put(payload);
    if (type === 'N' || isVerbose || printsOffset) this.#out.put('\n');
  }

  #showAttribute(text: string): void {
    const equals = text.indexOf('=');
    const name = text.slice(0, Math.max(0, equals)).trim();
    const hasName = /^[^\s=]/.test(text.trimStart());
    if (equals < 0 || name === '') {
      const what = hasName ? "missing '=' after attribute name" : 'missing attribute name';
      return this.#warn(`malformed attribute: ${what}: ${text.slice(0, 100)}`);
    }
    const value = text.slice(equals + 1).trim();
    if (name === 'create_time') this.#out.put(`create_time: ${asctime(atol(value))}\n`);
    else this.#out.put(`named_attribute: ${name}=${value}\n`);
  }

  #marker(text: string, type: string, offset: number): void {
    if (!this.#options.showsEnvelope) return;
    this.#prefix(offset, type);
    this.#out.put(`*** ${text} ${this.#name} ***\n`);
    this.#out.commit();
  }

  #prefix(offset: number, type: string): void {
    if (this.#options.printsOffset) this.#out.put(`${String(offset).padStart(9)} `);
    if (this.#options.printsType) this.#out.put(`${String(type.charCodeAt(0)).padStart(3)} `);
  }

  #warn(text: string): void {
    this.#out.warn(printable(`${this.#name}: ${text}`));
  }
}

function belongsToHeader(line: Buffer): boolean {
  return line[0] === 0x20 || line[0] === 0x09 || headerNameLength(line) > 0;
}

/** Up to the first NUL, as C prints it. */
function cText(payload: Buffer): string {
  const end = payload.indexOf(0);
  return payload.toString('latin1', 0, end < 0 ? payload.length : end);
}

/** atol(3): what is no number is 0. */
function atol(text: string): number {
  return Number.parseInt(text, 10) || 0;
}

const GATHERED_BYTES = 1 << 16;

/** Gathers what is printed. The original's buffer is written after each record: what is begun may be lost, or come later. */
export class DumpOutput {
  readonly #stdio: Stdio;
  #ready: Buffer[] = [];
  #readyBytes = 0;
  #begun: Buffer[] = [];

  constructor(stdio: Stdio) {
    this.#stdio = stdio;
  }

  put(text: string | Buffer): void {
    this.#begun.push(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  }

  /** What was begun counts. */
  commit(): void {
    for (const part of this.#begun) {
      this.#ready.push(part);
      this.#readyBytes += part.length;
    }
    this.#begun = [];
    if (this.#readyBytes >= GATHERED_BYTES) this.flush();
  }

  flush(): void {
    if (this.#ready.length > 0) this.#stdio.stdout.write(Buffer.concat(this.#ready));
    this.#ready = [];
    this.#readyBytes = 0;
  }

  warn(text: string): void {
    this.flush();
    this.#stdio.stderr.write(`postcat: warning: ${text}\n`);
  }
}
