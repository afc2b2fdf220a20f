/**
 * formail's work: reads messages, changes their headers, writes them, or what was asked of them, to standard output or to a
 * program each (formail(1)). Message by message, line by line; nothing but a header is kept in memory.
 */
import {hostname} from 'node:os';
import {toByteString} from '../../../base/bytes.ts';
import {ctime} from '../from-line.ts';
import {folderLine, withoutTabs} from '../log-abstract.ts';
import {compact} from '../numbers.ts';
import {Field, findField, foldAscii, isFromLine, nameEnd, sameLetters} from './field.ts';
import {cleanNames, HeadEditor, Remembered, replyFields, withBlank} from './head.ts';
import type {IdCache} from './id-cache.ts';
import {isKnownField} from './known-fields.ts';
import {END, type LineSource} from './line-source.ts';
import type {FormailOptions} from './options.ts';
import {type Outlet, ProgramOutlet, SINK, StreamOutlet} from './outlet.ts';
import {SenderSearch} from './sender.ts';

export interface FormailWorld {
  readonly source: LineSource;
  readonly idCache: IdCache | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly now: () => Date;
  /** For programs. */
  readonly stdoutFd: number;
  readonly stderrFd: number;
  writeOutput(text: string): void;
  complain(text: string): void;
}

const NO_USER = 67;
const UNAVAILABLE = 69;
const IO_ERROR = 74;

const UNKNOWN_SENDER = 'foo@bar';
const FROM = 'From ';
const ARTICLE = 'Article ';
const MAX_SUBJECT = 78;
const DEFAULT_MIN_FIELDS = 2;
/** With -n and no number. */
const MANY_PROCESSES = 64;

/** BABYL's messages are between these. */
const BABYL_MARK = 0x1f;
const FORM_FEED = 0x0c;
const NEWLINE = 0x0a;

const X_LOOP = new Field('X-Loop:', 7);
const FROM_FIELD = new Field(FROM, 5);
const DATE_FIELD = new Field('Date:', 5);
const LENGTH_FIELD = new Field('Content-Length:', 15);

/** What comes after a message: another, the end of the input, or the end of what was asked for. */
type Next = 'message' | 'end';

export class Formatter {
  readonly #options: FormailOptions;
  readonly #world: FormailWorld;
  readonly #source: LineSource;
  readonly #editor: HeadEditor;
  readonly #renameInsert: readonly Field[];
  readonly #minFields: number;
  #outlet: Outlet = SINK;
  #running = new Set<Promise<number>>();
  #program: ProgramOutlet | undefined;
  /** Fields read so far, and a line that is none. */
  #fields: Field[] = [];
  #line = '';
  #skip: number;
  #left: number | undefined;
  #fileNumber: FileNumber;
  #status = 0;
  #hasWriteError = false;
  #length = 0;
  readonly #makesIds: boolean;
  #messageIds = 0;
  /** Of all that was read: part of the Message-IDs that are made. */
  #hash = 0;

  constructor(options: FormailOptions, world: FormailWorld) {
    // A reply keeps X-Loop fields, as if they had been named with -i.
    this.#renameInsert = options.isReply ? [...options.renameInsert, X_LOOP] : options.renameInsert;
    this.#options = {...options, renameInsert: this.#renameInsert};
    this.#world = world;
    this.#source = world.source;
    this.#editor = new HeadEditor(this.#options);
    this.#minFields = options.minFields === 0 ? DEFAULT_MIN_FIELDS : options.minFields;
    this.#makesIds = options.add.some(makesId);
    this.#skip = options.skip;
    this.#left = options.total;
    this.#fileNumber = new FileNumber(world.env['FILENO']);
  }

  async run(): Promise<number> {
    const {program} = this.#options;
    if (this.#options.isBabyl) this.#skipBabylLeader();
    while (this.#source.peek() === NEWLINE) this.#source.takeByte();
    if (program !== undefined && this.#source.peek() === END) return 0;
    if (this.#left === 0) return IO_ERROR; // seen: with -0 the original finds its output closed
    await this.#openOutlet();
    this.#beginHead();
    while ((await this.#message()) === 'message');
    return this.#end();
  }

  async #end(): Promise<number> {
    await Promise.all(this.#running);
    const status = this.#status < 0 ? UNAVAILABLE : this.#status;
    return status !== 0 ? status : this.#hasWriteError ? IO_ERROR : 0;
  }

  #noteStatus(status: number): void {
    if (this.#status === 0) this.#status = status;
  }

  #skipBabylLeader(): void {
    const source = this.#source;
    const isMark = (): boolean =>
      source.takeByte() === BABYL_MARK && source.takeByte() === FORM_FEED && source.takeByte() === NEWLINE;
    while (source.peek() !== END && !isMark()) source.takeLine();
    source.takeLine();
  }

  /** For the next message: standard output, a program, or nothing when the message is to be passed over. */
  async #openOutlet(): Promise<void> {
    const {program, isParallel, maxProcesses} = this.#options;
    this.#program = undefined;
    if (this.#skip > 0) {
      this.#skip--;
      this.#outlet = SINK;
      return;
    }
    if (this.#left !== undefined && this.#left > 0) this.#left--;
    if (program === undefined || program.length === 0) {
      this.#outlet = new StreamOutlet(text => this.#world.writeOutput(text));
      return;
    }
    const limit = maxProcesses > 0 ? maxProcesses : MANY_PROCESSES;
    while (isParallel && this.#running.size >= limit) await Promise.race(this.#running);
    const env = this.#fileNumber.next(this.#world.env);
    const made = new ProgramOutlet(program, env, text => this.#world.complain(text), this.#world);
    this.#outlet = this.#program = made;
    this.#watch(made);
  }

  #watch({ended}: ProgramOutlet): void {
    this.#running.add(ended);
    void ended.then(status => {
      this.#running.delete(ended);
      this.#noteStatus(status);
    });
  }

  // --- reading

  #takeLine(): string {
    const line = this.#source.takeLine();
    if (this.#makesIds)
      for (let at = 0; at < line.length; at++) this.#hash = (Math.imul(this.#hash, 67067) + line.charCodeAt(at)) | 0;
    return line;
  }

  /** One more field, with the lines that continue it; false when another kind of line comes, which is in #line then. */
  #readField(): boolean {
    this.#line += this.#takeLine();
    const end = nameEnd(this.#line);
    if (end <= 0) return false;
    if (end === FROM.length && isFromLine(this.#line)) {
      if (this.#fields.length > 0) return false;
      this.#continueWhile(next => next === 0x3e);
    } else this.#continueWhile(next => next === 0x20 || next === 0x09);
    this.#takeField(end);
    return true;
  }

  #continueWhile(continues: (next: number) => boolean): void {
    const lines = [this.#line];
    while (continues(this.#source.peek())) lines.push(this.#takeLine());
    this.#line = lines.join('');
  }

  #takeField(nameLength: number): void {
    this.#fields.push(new Field(this.#line, Math.max(nameLength, 0)));
    this.#line = '';
  }

  #beginHead(): void {
    if (this.#readField() || (this.#options.isDigest && this.#takeArticle())) this.#readHead();
  }

  #readHead(): void {
    while (this.#readField());
  }

  /** `Article N of GROUP:` begins a message of a digest. */
  #takeArticle(): boolean {
    if (this.#fields.length > 0 || !this.#line.startsWith(ARTICLE)) return false;
    this.#takeField(ARTICLE.length);
    return true;
  }

  // --- one message

  async #message(): Promise<Next> {
    cleanNames(this.#fields);
    this.#fixFirstField();
    const afterHead = this.#line;
    this.#line = '';
    this.#length = 0;
    const head = this.#processHead();
    if (head === 'known') return 'end';
    const {isReply, keepsBody, extract, extractWhole, summaryFolder, program} = this.#options;
    for (const text of head.output) this.#put(text);
    if (keepsBody || extract.length + extractWhole.length === 0) this.#put('\n');
    this.#fields = [];
    if (!keepsBody && (isReply || extract.length + extractWhole.length > 0)) {
      if (summaryFolder !== undefined) this.#outlet.write(folderLine(summaryFolder, this.#length));
      await this.#closeOutlet();
      if (program === undefined) return 'end';
      this.#outlet = SINK;
    }
    return this.#body(afterHead === '\n' ? '' : afterHead, head.contentLength);
  }

  #fixFirstField(): void {
    const [first] = this.#fields;
    if (first === undefined) return;
    const {isBabyl, isForced} = this.#options;
    if (first.text.startsWith(ARTICLE)) first.text = `Article:${first.text.slice(ARTICLE.length)}`;
    else if (isBabyl && !isForced && first.text.startsWith('Mail-from:')) {
      const rest = first.text.slice('Mail-from:'.length).replace(/^[ \t]+/, '');
      if (isFromLine(rest)) {
        first.text = rest;
        first.nameLength = FROM.length;
      }
    }
  }

  /** `known`: only -D was to decide, and the exit status says what it found. */
  #processHead(): {output: string[]; contentLength: number} | 'known' {
    const options = this.#options;
    const hadFromLine = !options.isForced && this.#fields[0]?.isFromLine === true;
    let fields = this.#editor.zap(this.#editor.edit(this.#fields, options.isReply));
    const search = new SenderSearch(preferenceOf(options));
    const remembered = new Remembered();
    for (const [index, field] of fields.entries()) {
      if (options.joinsLines) field.join();
      search.consider(field, index === 0);
      remembered.note(field);
    }
    if (this.#world.idCache !== undefined && this.#eliminate(this.#world.idCache, search.address, remembered))
      return 'known';
    const contentLength = this.#contentLength(fields);
    if (options.isReply) {
      if (search.address === undefined) this.#noteStatus(NO_USER);
      const kept = fields.filter(field => isKept(findField(field, this.#renameInsert)));
      fields = this.#editor.edit([...kept, ...replyFields(search.address ?? UNKNOWN_SENDER, remembered)], false);
    } else if (this.#needsFromLine(fields, hadFromLine))
      fields = [this.#fromLine(search.address, remembered), ...fields];
    const added = options.add.filter(field => findField(field, fields) === undefined);
    const extra = added.map(field => this.#withMessageId(field));
    this.#summarize(fields);
    const lists = [options.addAlways, options.renameInsert, options.deleteInsert].flat().filter(hasContent);
    return {output: [...fields, ...extra, ...lists].flatMap(field => this.#shown(field)), contentLength};
  }

  /** Answers true when the work is done: there was nothing to do but to look. */
  #eliminate(cache: IdCache, address: string | undefined, remembered: Remembered): boolean {
    const {isReply, isQuiet, program} = this.#options;
    const key = isReply ? address : remembered.get('message-id:')?.slice(0, -1);
    const isKnown = key !== undefined && cache.seen(key.replace(/^ +/, ''));
    if (isKnown && !isQuiet) this.#world.complain(`Duplicate key found:${key.replace(/^ +/, '')}\n`);
    if (program === undefined) {
      this.#status = isKnown ? 0 : 1;
      return true;
    }
    if (isKnown) {
      void this.#outlet.close();
      this.#outlet = SINK;
    }
    return false;
  }

  #contentLength(fields: readonly Field[]): number {
    const {isDigest, isBerkeley, keepsBody, isReply, extractWhole} = this.#options;
    if (isDigest || isBerkeley) return 0;
    if (keepsBody && (isReply || (extractWhole.length > 0 && findField(LENGTH_FIELD, extractWhole) === undefined)))
      return 0;
    const field = fields.find(candidate => startsAs(LENGTH_FIELD, candidate));
    return field === undefined
      ? 0
      : Number(/^[ \t\n\v\f\r]*([+-]?\d+)/.exec(field.text.slice(LENGTH_FIELD.nameLength))?.[1] ?? 0);
  }

  #needsFromLine(fields: readonly Field[], hadFromLine: boolean): boolean {
    const {isForced, add, renameInsert, deleteInsert, rename} = this.#options;
    if (isForced || fields[0]?.isFromLine === true) return false;
    const asked = add.find(field => startsAs(FROM_FIELD, field));
    if (asked !== undefined && asked.text.length <= FROM.length + 1) return true;
    return (
      !hadFromLine &&
      ![renameInsert, deleteInsert, rename].some(list => list.some(field => startsAs(FROM_FIELD, field)))
    );
  }

  #fromLine(address: string | undefined, remembered: Remembered): Field {
    const date = remembered.get('date:');
    const usesDate = date !== undefined && this.#options.add.some(field => startsAs(DATE_FIELD, field));
    const when = usesDate ? withBlank(date) : ` ${ctime(this.#world.now())}`;
    return new Field(`${FROM}${address ?? UNKNOWN_SENDER} ${when}`, FROM.length);
  }

  /** `-a Message-ID:` without a value makes one. */
  #withMessageId(field: Field): Field {
    if (!makesId(field)) return field;
    const parts = [this.#hash >>> 0, this.#messageIds++, process.pid, Math.floor(this.#world.now().getTime() / 1000)];
    const id = `<${parts.map(compact).join('.')}@${toByteString(hostname())}>`;
    return new Field(`${field.name} ${id}\n`, field.nameLength);
  }

  #summarize(fields: readonly Field[]): void {
    if (this.#options.summaryFolder === undefined) return;
    const [first] = fields;
    if (first?.isFromLine === true) this.#outlet.write(first.text);
    const subject = fields.find(field => field.nameLength >= 8 && sameLetters(field.text.slice(0, 8), 'subject:'));
    if (subject === undefined) return;
    subject.join();
    subject.text = `${withoutTabs(subject.text.slice(0, -1))}\n`;
    this.#outlet.write(` ${subject.text.slice(0, -1).slice(0, MAX_SUBJECT)}\n`);
  }

  /** -x and -X show only what they name. */
  #shown(field: Field): string[] {
    const {extract, extractWhole, zapsBlanks} = this.#options;
    if (extract.length + extractWhole.length === 0) return [field.text];
    if (findField(field, extract) !== undefined) {
      let value = field.value.slice(0, -1);
      if (zapsBlanks) value = value.replace(/^[ \t]+/, '').replace(/[ \t]+$/, '');
      this.#outlet.write(`${value}\n`);
      return [];
    }
    return findField(field, extractWhole) === undefined ? [] : [field.text];
  }

  /** With -l only counted. */
  #put(text: string): void {
    if (this.#options.summaryFolder === undefined) this.#outlet.write(text);
    else this.#length += text.length;
  }

  async #closeOutlet(): Promise<void> {
    const isTaken = await this.#outlet.close();
    if (isTaken) return;
    this.#hasWriteError = true;
    if (!this.#options.isQuiet) this.#world.complain("Couldn't write to stdout, continuing...\n");
  }

  // --- the body

  async #body(afterHead: string, contentLength: number): Promise<Next> {
    const {program, isBabyl, isEvery, isDigest, escapesFrom, prefix, summaryFolder, isReply} = this.#options;
    this.#line = afterHead;
    let isAfterEmpty = true;
    let mayBegin = !isBabyl;
    if (isBabyl) this.#skipBabylHead();
    if (contentLength > 0) isAfterEmpty = await this.#copyCounted(contentLength);
    while (this.#line !== '' || !isAfterEmpty || this.#source.peek() !== END) {
      if (this.#line === '') this.#readField();
      if (mayBegin) {
        const begins = program !== undefined && (isAfterEmpty || isEvery);
        const isFrom = this.#takeFromLine();
        if (begins && (isFrom ? isPostmark(this.#fields[0]?.text ?? '') : isDigest && this.#isDigestHead())) {
          if (this.#hasEnoughFields()) return this.#nextMessage(isAfterEmpty);
        } else if (isFrom && escapesFrom) this.#put(prefix);
      }
      isAfterEmpty = this.#line === '\n';
      if (isBabyl && this.#line.charCodeAt(0) === BABYL_MARK) {
        mayBegin = true;
        await this.#closeOutlet();
        this.#outlet = SINK;
      }
      this.#flushBody(isReply && escapesFrom);
      await this.#outlet.settle();
    }
    if (summaryFolder !== undefined) this.#outlet.write(folderLine(summaryFolder, this.#length));
    await this.#closeOutlet();
    return 'end';
  }

  /** A `From ` line among fields, or one that begins them. */
  #takeFromLine(): boolean {
    const [first] = this.#fields;
    if (first !== undefined) return first.isFromLine;
    if (!isFromLine(this.#line)) return false;
    this.#takeField(nameEnd(this.#line));
    return true;
  }

  #isDigestHead(): boolean {
    if (this.#fields.length === 0) return this.#takeArticle();
    return this.#lastIsKnown();
  }

  #lastIsKnown(): boolean {
    const last = this.#fields.at(-1);
    return last !== undefined && isKnownField(foldAscii(last.name).replace(/[ \t]*:$/, ''));
  }

  #hasEnoughFields(): boolean {
    for (let left = this.#minFields; ;)
      if (--left <= 0) return true;
      else if (!this.#readField() || !this.#lastIsKnown()) return false;
  }

  /** In a reply the body is quoted. */
  #flushBody(escapes: boolean): void {
    const fields = this.#fields;
    this.#fields = [];
    for (const {text} of fields)
      if (escapes) for (const line of text.slice(0, -1).split('\n')) this.#put(`${this.#options.prefix}${line}\n`);
      else this.#put(text);
    if (fields.length > 0) return;
    if (escapes && this.#line.length > 1) this.#put(this.#options.prefix);
    this.#put(this.#line);
    this.#line = '';
  }

  async #nextMessage(isAfterEmpty: boolean): Promise<Next> {
    const {summaryFolder, isParallel} = this.#options;
    if (!isAfterEmpty) this.#put('\n');
    if (summaryFolder !== undefined) this.#outlet.write(folderLine(summaryFolder, this.#length));
    await this.#closeOutlet();
    if (this.#program !== undefined && !isParallel) await this.#program.ended;
    if (this.#left === 0) return 'end';
    await this.#openOutlet();
    this.#readHead();
    return 'message';
  }

  /** What BABYL shows instead of the header; the empty line behind it is the body's, as the original has it. */
  #skipBabylHead(): void {
    this.#source.takeByte();
    do this.#source.takeLine();
    while (this.#source.peek() !== NEWLINE && this.#source.peek() !== END);
  }

  /** As many bytes as Content-Length says, whatever they look like. Answers whether an empty line was the last. */
  async #copyCounted(length: number): Promise<boolean> {
    let left = length;
    let last = '\n';
    let isAfterEmpty = true;
    if (this.#line !== '') {
      this.#put(this.#line);
      left -= this.#line.length;
      this.#line = '';
      isAfterEmpty = false;
    }
    while (left > 0) {
      const bytes = this.#source.takeBytes(left);
      if (bytes === '') break;
      this.#put(bytes);
      left -= bytes.length;
      const tail = (last + bytes).slice(-2);
      isAfterEmpty = tail === '\n\n';
      last = tail.slice(-1);
      await this.#outlet.settle();
    }
    if (this.#source.peek() === NEWLINE && last !== '\n') {
      this.#source.takeByte();
      this.#put('\n');
    }
    if (left > 1 && !this.#options.isQuiet)
      // seen: one less than are missing
      this.#world.complain(`Content-Length: field exceeds actual length by ${left - 1} bytes\n`);
    return isAfterEmpty;
  }
}

function preferenceOf({isReply, headerReply}: FormailOptions): 'envelope' | 'header' | 'resent' {
  if (!isReply || headerReply === 0) return 'envelope';
  return headerReply === 1 ? 'header' : 'resent';
}

/** In a reply: named with -i, and without a value to take its place. */
function isKept(named: Field | undefined): boolean {
  return named !== undefined && named.nameLength >= named.text.length - 1;
}

function hasContent({text, nameLength}: Field): boolean {
  return nameLength + 1 < text.length;
}

function makesId(field: Field): boolean {
  return !hasContent(field) && (field.is('Message-ID:') || field.is('Resent-Message-ID:'));
}

/** `field`'s name begins with `candidate`'s. */
function startsAs(field: Field, candidate: Field): boolean {
  const {nameLength} = candidate;
  return (
    field.nameLength >= nameLength && sameLetters(field.text.slice(0, nameLength), candidate.text.slice(0, nameLength))
  );
}

/** `From `, somebody, and something after it. */
function isPostmark(line: string): boolean {
  return /^From [ \t]*[^ \t\n]+[ \t]+[^ \t\n]/.test(line);
}

/** FILENO, the number of the message, in as many digits as it had. */
class FileNumber {
  readonly #width: number;
  #next = 0;
  readonly #isOn: boolean;

  constructor(given = '000') {
    const number = /^[ \t]*([+-]?\d+)$/.exec(given);
    this.#isOn = given === '' || number !== null;
    this.#next = Number(number?.[1] ?? 0);
    this.#width = Math.min(given.length, 20) - (this.#next < 0 ? 1 : 0);
  }

  next(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    if (!this.#isOn) return env;
    const value = this.#next++;
    const digits = String(Math.abs(value)).padStart(this.#width - (value < 0 ? 1 : 0), '0');
    return {...env, FILENO: value < 0 ? `-${digits}` : digits};
  }
}
