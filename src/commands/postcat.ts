/** postcat(1): shows queue files, record by record. */
import {closeSync, openSync, readSync} from 'node:fs';
import {describe, FatalError, ParseError} from '../core/base/errors.ts';
import {toPath} from '../core/base/bytes.ts';
import {OptionReader} from '../core/base/getopt.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import {isQueueId} from '../core/queue/queue-id.ts';
import {QueueStore} from '../core/queue/queue-store.ts';
import {RecordCursor, type QueueRecord} from '../core/queue/record.ts';
import {openToolConfig} from './open-config.ts';
import {asctime} from './postqueue-list.ts';

const USAGE =
  'usage: postcat [-b (body text)] [-c config_dir] [-d (decimal record type)] [-e (envelope records)] [-h (header text)] [-q (access queue)] [-v] [file(s)...]';
const SEARCHED = ['maildrop', 'incoming', 'active', 'deferred', 'hold', 'saved'] as const;

interface Options {
  directory: string | undefined;
  showsEnvelope: boolean;
  showsHeader: boolean;
  showsBody: boolean;
  printsType: boolean;
  printsOffset: boolean;
  isRaw: boolean;
  isVerbose: boolean;
  isQueueId: boolean;
  start: number;
}

export const postcat: Tool = {
  name: 'postcat',
  summary: 'show the contents of queue files',
  usage: ['[-bdehoqrv] [-c DIR] [-s OFFSET] [FILE ...]'],
  options: [
    {flag: '-e', text: 'Envelope records.'},
    {flag: '-h', text: 'Message headers.'},
    {flag: '-b', text: 'Message body.'},
    {flag: '-q', text: 'The operands are queue ids, looked for in all queues.'},
    {flag: '-d', text: "Each record's type as a number."},
    {flag: '-o', text: "Each record's offset in the file."},
    {flag: '-r', text: 'Records in the order they stand, without following pointers.'},
    {flag: '-s OFFSET', text: 'Begin at this offset.'},
    {flag: '-v', text: 'Name text records too, and show padding and pointers.'},
    {flag: '-c DIR', text: 'The configuration directory.'},
  ],
  description: ['Without -e, -h or -b all three are shown. A file that is no queue file is a warning, not an error.'],
  main(argv, stdio) {
    const reader = new OptionReader(argv, 'bc:dehoqrs:v');
    const options = readOptions(reader, stdio);
    const operands = reader.operands();
    if (operands.length === 0) {
      if (options.isQueueId) throw new FatalError(USAGE);
      new Dump(options, stdio, 'stdin').run(stdio.stdinFd ?? 0);
    }
    for (const name of operands) showNamed(name, options, stdio);
    return 0;
  },
};

function readOptions(reader: OptionReader, stdio: Stdio): Options {
  const options: Options = {
    directory: undefined,
    showsEnvelope: false,
    showsHeader: false,
    showsBody: false,
    printsType: false,
    printsOffset: false,
    isRaw: false,
    isVerbose: false,
    isQueueId: false,
    start: 0,
  };
  for (let read = reader.next(); read !== undefined; read = reader.next()) {
    if (read.option === '?') stdio.stderr.write(`postcat: invalid option -- '${read.letter}'\n`);
    if (read.option === ':') stdio.stderr.write(`postcat: option requires an argument -- '${read.letter}'\n`);
    if (read.option === '?' || read.option === ':') throw new FatalError(USAGE);
    setOption(options, read.option, read.value);
  }
  if (!options.showsEnvelope && !options.showsHeader && !options.showsBody)
    options.showsEnvelope = options.showsHeader = options.showsBody = true;
  return options;
}

function setOption(options: Options, letter: string, value: string): void {
  switch (letter) {
    case 'b':
      options.showsBody = true;
      return;
    case 'c':
      options.directory = value;
      return;
    case 'd':
      options.printsType = true;
      return;
    case 'e':
      options.showsEnvelope = true;
      return;
    case 'h':
      options.showsHeader = true;
      return;
    case 'o':
      options.printsOffset = true;
      return;
    case 'q':
      options.isQueueId = true;
      return;
    case 'r':
      options.isRaw = true;
      return;
    case 's':
      if (!/^\d+$/.test(value)) throw new FatalError(`bad offset: ${value}`);
      options.start = Number(value);
      return;
    case 'v':
      options.isVerbose = true;
      return;
  }
}

function showNamed(name: string, options: Options, stdio: Stdio): void {
  if (!options.isQueueId) return dumpFile(name, name, options, stdio);
  if (!isQueueId(name)) throw new FatalError(`bad mail queue ID: ${name}`);
  const store = new QueueStore(openToolConfig(options.directory, stdio.env));
  for (const queue of SEARCHED) {
    const path = store.path(queue, name);
    if (dumpIfThere(path, path.slice(store.spool.length + 1), options, stdio)) return;
  }
  throw new FatalError(`open queue file ${name}: No such file or directory`);
}

function dumpIfThere(path: string, shown: string, options: Options, stdio: Stdio): boolean {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return false; // it may be in another queue
  }
  closeSync(fd);
  dumpFile(path, shown, options, stdio);
  return true;
}

function dumpFile(path: string, shown: string, options: Options, stdio: Stdio): void {
  let fd: number;
  try {
    fd = openSync(toPath(path), 'r');
  } catch (fault) {
    throw new FatalError(`open ${path}: ${describe(fault)}`);
  }
  try {
    new Dump(options, stdio, shown).run(fd);
  } finally {
    closeSync(fd);
  }
}

/** Names of the record types; those missing are printed as unknown. */
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
  ['N', 'regular_text'],
  ['w', 'padding'],
  ['p', 'pointer_record'],
  ['r', 'return_receipt'],
  ['e', 'errors_to'],
  ['P', 'priority'],
  ['f', 'flags'],
  ['o', 'dsn_orig_rcpt'],
  ['d', 'dsn_return'],
  ['i', 'dsn_envelope_id'],
  ['n', 'dsn_notify_flags'],
]);
const ENVELOPE_TYPES = 'MCTcFILSDRO/WVA>K<ionwp';
const READ_BYTES = 1 << 16;
const HEADER_LINE = /^(?:[ \t]|[\x21-\x39\x3b-\x7e]+[ \t]*:)/;

type Part = 'envelope' | 'header' | 'body' | 'extracted';

class Dump {
  readonly #options: Options;
  readonly #stdio: Stdio;
  readonly #name: string;
  #part: Part = 'envelope';
  #isWithinLine = false;
  #out: (string | Buffer)[] = [];
  #outLength = 0;

  constructor(options: Options, stdio: Stdio, name: string) {
    this.#options = options;
    this.#stdio = stdio;
    this.#name = name;
  }

  run(fd: number): void {
    const {start, showsEnvelope} = this.#options;
    let position: number | null = start > 0 || fd !== 0 ? start : null;
    let cursor = new RecordCursor(Buffer.alloc(0), start);
    let isFirst = start === 0;
    try {
      for (;;) {
        const record = cursor.take();
        if (record === undefined) {
          const bytes = Buffer.allocUnsafe(READ_BYTES);
          const count = readSync(fd, bytes, 0, READ_BYTES, position);
          if (count === 0) break;
          if (position !== null) position += count;
          cursor.feed(bytes.subarray(0, count));
          continue;
        }
        if (isFirst) {
          if (!ENVELOPE_TYPES.includes(record.type)) return this.#warn('input is not a valid queue file');
          if (showsEnvelope) this.#put(`*** ENVELOPE RECORDS ${this.#name} ***\n`);
          isFirst = false;
        }
        const target = this.#show(record);
        if (target === undefined) continue;
        cursor = new RecordCursor(Buffer.alloc(0), target);
        position = target;
      }
      if (isFirst) this.#warn('input is not a valid queue file');
    } catch (fault) {
      if (!(fault instanceof ParseError)) throw fault;
      this.#flush();
      this.#stdio.stderr.write(`postcat: warning: ${this.#name}: ${fault.message}\n`);
    } finally {
      this.#flush();
    }
  }

  /** Answers where to go on, when that is elsewhere. */
  #show(record: QueueRecord): number | undefined {
    const {type, payload, offset} = record;
    const {showsEnvelope, isRaw, isVerbose} = this.#options;
    switch (type) {
      case 'M':
        if (showsEnvelope) this.#banner('MESSAGE CONTENTS', offset, type);
        this.#part = 'header';
        return undefined;
      case 'X':
        if (showsEnvelope) this.#banner('HEADER EXTRACTED', offset, type);
        this.#part = 'extracted';
        return undefined;
      case 'E':
        if (showsEnvelope) this.#banner('MESSAGE FILE END', offset, type);
        return undefined;
      case 'p': {
        if (isVerbose && this.#shows()) this.#line(record, `pointer_record: ${payload.toString('latin1')}`);
        const target = Number(payload.toString('latin1'));
        return !isRaw && target > 0 ? target : undefined;
      }
      case 'w':
        if (isVerbose && this.#shows()) this.#line(record, `padding: ${payload.toString('latin1')}`);
        return undefined;
    }
    if (this.#part === 'header' || this.#part === 'body') this.#showText(record);
    else if (showsEnvelope) this.#line(record, envelopeText(record));
    return undefined;
  }

  #shows(): boolean {
    const {showsEnvelope, showsHeader, showsBody} = this.#options;
    if (this.#part === 'header') return showsHeader;
    return this.#part === 'body' ? showsBody : showsEnvelope;
  }

  #showText(record: QueueRecord): void {
    const {type, payload, offset} = record;
    const {showsHeader, showsBody, isVerbose} = this.#options;
    if (this.#part === 'header' && !this.#isWithinLine && !HEADER_LINE.test(payload.toString('latin1', 0, 256))) {
      this.#part = 'body';
      if (payload.length === 0 && showsHeader && !showsBody) return;
    }
    this.#isWithinLine = type === 'L';
    if (!(this.#part === 'header' ? showsHeader : showsBody)) return;
    this.#prefix(offset, type);
    if (isVerbose) this.#put(type === 'L' ? 'unterminated_text: ' : `${NAMES.get(type) ?? 'unknown_record_type'}: `);
    this.#put(payload);
    if (type !== 'L' || isVerbose) this.#put('\n');
  }

  #line({offset, type}: QueueRecord, text: string): void {
    this.#prefix(offset, type);
    this.#put(`${text}\n`);
  }

  #banner(text: string, offset: number, type: string): void {
    this.#prefix(offset, type);
    this.#put(`*** ${text} ${this.#name} ***\n`);
  }

  #prefix(offset: number, type: string): void {
    if (this.#options.printsOffset) this.#put(`${String(offset).padStart(9)} `);
    if (this.#options.printsType) this.#put(`${String(type.charCodeAt(0)).padStart(3)} `);
  }

  #put(text: string | Buffer): void {
    this.#out.push(typeof text === 'string' ? text : Buffer.from(text));
    this.#outLength += text.length;
    if (this.#outLength > READ_BYTES) this.#flush();
  }

  #flush(): void {
    if (this.#out.length === 0) return;
    const parts = this.#out.map(part => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part));
    this.#out = [];
    this.#outLength = 0;
    this.#stdio.stdout.write(Buffer.concat(parts));
  }

  #warn(text: string): void {
    this.#stdio.stderr.write(`postcat: warning: ${this.#name}: ${text}\n`);
  }
}

function envelopeText({type, payload}: QueueRecord): string {
  const text = payload.toString('latin1');
  const name = NAMES.get(type) ?? 'unknown_record_type';
  if (type === 'T' || type === 'W' || type === 'c') return `${name}: ${asctime(Number.parseInt(text, 10))}`;
  if (type === 'A' && text.startsWith('create_time=')) return `${name}: create_time=${asctime(Number(text.slice(12)))}`;
  return `${name}: ${text}`;
}
