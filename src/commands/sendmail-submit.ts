/**
 * sendmail's delivery mode: one message from standard input into the maildrop queue, as a stream. Answers when file and
 * name are on disk; whatever prevents that is a `FatalError` with the original's words and status 75 (EX_TEMPFAIL).
 */
import {readSync} from 'node:fs';
import {describe, FatalError, systemCode} from '../core/base/errors.ts';
import {EX_TEMPFAIL} from '../core/base/exit-status.ts';
import type {Stdio} from '../core/base/tool.ts';
import type {Config} from '../core/config/config.ts';
import {extractAddresses} from '../core/message/address-list.ts';
import {ContentScanner} from '../core/message/content-scanner.ts';
import {LinePieces} from '../core/message/line-pieces.ts';
import {createMaildropFile, type MaildropFile} from '../core/queue/maildrop-file.ts';
import {callerFullName, callerLogin, type Login} from './sendmail-login.ts';
import type {SendmailOptions} from './sendmail-options.ts';

export async function submit(options: SendmailOptions, config: Config, stdio: Stdio): Promise<void> {
  const login = callerLogin();
  const sender = options.sender === undefined ? login.name : givenSender(options.sender, stdio);
  const fullName = options.fullName ?? callerFullName(login, stdio.env['NAME']);
  await new Submission(options, config, stdio, login, sender, fullName).run();
}

/** The first address of `-f`. */
function givenSender(value: string, stdio: Stdio): string {
  const addresses = extractAddresses(value);
  if (addresses.length > 1) stdio.stderr.write(`sendmail: warning: -f option specified malformed sender: ${value}\n`);
  return addresses[0] ?? '';
}

class Submission {
  readonly #options: SendmailOptions;
  readonly #config: Config;
  readonly #stdio: Stdio;
  readonly #uid: number;
  readonly #sender: string;
  readonly #fullName: string | undefined;
  readonly #lineLimit: number;
  readonly #file: MaildropFile;
  #recipientCount = 0;

  constructor(
    options: SendmailOptions,
    config: Config,
    stdio: Stdio,
    login: Login,
    sender: string,
    fullName: string | undefined,
  ) {
    this.#options = options;
    this.#config = config;
    this.#stdio = stdio;
    this.#uid = login.uid;
    this.#sender = sender;
    this.#fullName = fullName;
    this.#lineLimit = config.get('line_length_limit');
    this.#file = this.#open();
  }

  async run(): Promise<void> {
    try {
      this.#writeEnvelope();
      this.#file.put('M', '');
      const extracted = this.#options.isProbe ? this.#writeProbe() : await this.#writeInput();
      this.#file.put('X', '');
      for (const recipient of extracted) this.#putRecipient(recipient);
      if (this.#recipientCount === 0) throw this.#noRecipients();
      this.#file.put('E', '');
    } catch (fault) {
      this.#file.abort();
      throw this.#explain(fault);
    }
    this.#finish();
    if (this.#options.isProbe || this.#options.verbosity === 1)
      this.#stdio.stdout.write(`Mail Delivery Status Report will be mailed to <${this.#sender}>.\n`);
  }

  #open(): MaildropFile {
    const config = this.#config;
    try {
      return createMaildropFile(config);
    } catch (fault) {
      throw this.#explain(fault);
    }
  }

  #finish(): void {
    try {
      this.#file.finish();
    } catch (fault) {
      throw this.#explain(fault);
    }
  }

  #writeEnvelope(): void {
    const {options} = {options: this.#options};
    if (options.envelopeId !== undefined) this.#putAttribute('envelope_id', options.envelopeId);
    if (options.ret !== 0) this.#putAttribute('ret_flags', String(options.ret));
    this.#putAttribute('rewrite_context', options.rewriteContext);
    if (this.#fullName !== undefined) this.#putEnvelope('F', this.#fullName);
    this.#putEnvelope('S', this.#sender);
    if (options.verp !== undefined && this.#sender === '')
      throw this.#fatal('-V option requires non-null sender address');
    if (options.encoding !== undefined) this.#putAttribute('encoding', options.encoding);
    const trace = (options.isProbe ? TRACE_PROBE : 0) | (options.verbosity === 1 ? TRACE_RECORD : 0);
    if (trace !== 0) this.#putAttribute('trace_flags', String(trace));
    if (options.verp !== undefined) this.#putEnvelope('V', options.verp);
    for (const operand of options.operands) {
      const addresses = extractAddresses(operand);
      for (const address of addresses.length > 0 ? addresses : ['']) this.#putRecipient(address);
    }
  }

  #putRecipient(address: string): void {
    if (this.#options.notify !== 0) this.#putAttribute('notify_flags', String(this.#options.notify));
    this.#putEnvelope('R', address);
    this.#recipientCount++;
  }

  #putAttribute(name: string, value: string): void {
    this.#putEnvelope('A', `${name}=${value.trim()}`);
  }

  #putEnvelope(type: string, payload: string): void {
    if (payload.length <= this.#lineLimit) return this.#file.put(type, payload);
    this.#warnAsPostdrop(`stdin: illegal length ${payload.length}, record type ${type.charCodeAt(0)}`);
    this.#stdio.stderr.write(`postdrop: fatal: uid=${this.#uid}: malformed input\n`);
    throw this.#queueFileFault();
  }

  /** The message of `-bv`. */
  #writeProbe(): string[] {
    if (this.#sender !== '') this.#putText(`From: ${this.#sender}`);
    this.#putText('Subject: probe');
    const {operands} = this.#options;
    if (operands.length > 0) this.#file.put('L', 'To:');
    for (const [index, operand] of operands.entries())
      this.#putText(`\t${operand}${index + 1 < operands.length ? ',' : ''}`);
    return [];
  }

  #putText(text: string): void {
    let rest = text;
    for (; rest.length > this.#lineLimit; rest = rest.slice(this.#lineLimit))
      this.#file.put('L', rest.slice(0, this.#lineLimit));
    this.#file.put('N', rest);
  }

  /** Answers the recipients found in the header with `-t`. */
  async #writeInput(): Promise<string[]> {
    const extractor = this.#options.readsRecipients ? new RecipientExtractor(this.#config, this.#file) : undefined;
    const filter = new InputFilter(this.#options.dotEnds, this.#config.get('sendmail_fix_line_endings'));
    const pieces = new LinePieces(this.#lineLimit, (bytes, start, given, endsLine) => {
      const end = filter.take(bytes, start, given, endsLine);
      if (end < 0) return filter.hasEnded ? false : undefined;
      if (extractor === undefined) this.#file.copy(endsLine ? 'N' : 'L', bytes, start, end);
      else if (!extractor.take(bytes.subarray(start, end), endsLine))
        throw this.#fatal('unable to extract recipients: message header length exceeds safety limit');
      return undefined;
    });
    await this.#readAll(pieces);
    pieces.end();
    return extractor?.finish() ?? [];
  }

  async #readAll(pieces: LinePieces): Promise<void> {
    const {stdinFd} = this.#stdio;
    if (stdinFd === undefined) {
      for await (const chunk of this.#stdio.stdin) {
        pieces.push(chunk);
        if (pieces.isStopped) return;
      }
      return;
    }
    const buffer = Buffer.allocUnsafe(INPUT_BYTES);
    while (!pieces.isStopped) {
      const length = this.#read(stdinFd, buffer);
      if (length === 0) return;
      pieces.push(buffer.subarray(0, length));
    }
  }

  #read(fd: number, buffer: Buffer): number {
    for (;;) {
      try {
        return readSync(fd, buffer, 0, buffer.length, null);
      } catch (fault) {
        const code = systemCode(fault);
        if (code === 'EOF') return 0;
        if (code !== 'EAGAIN') throw this.#fatal(`error reading input: ${describe(fault)}`);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MILLISECONDS); // a pipe made non-blocking
      }
    }
  }

  #noRecipients(): FatalError {
    return this.#options.readsRecipients
      ? this.#fatal('No recipient addresses found in message header')
      : this.#fatal('Recipient addresses must be specified on the command line or via the -t option');
  }

  #fatal(text: string): FatalError {
    return new FatalError(`${this.#sender}(${this.#uid}): ${text}`, EX_TEMPFAIL);
  }

  /** A system error while the file was written, in the words the original finds for it. */
  #explain(fault: unknown): unknown {
    if (systemCode(fault) === undefined) return fault;
    this.#warnAsPostdrop(`uid=${this.#uid}: ${describe(fault)}`);
    return this.#queueFileFault(systemCode(fault) === 'EFBIG' ? 'message file too big' : 'queue file write error');
  }

  #queueFileFault(text = 'queue file write error'): FatalError {
    this.#stdio.stderr.write('sendmail: warning: mail_stream_cleanup: close error\n');
    return this.#fatal(text);
  }

  #warnAsPostdrop(text: string): void {
    this.#stdio.stderr.write(`postdrop: warning: ${text}\n`);
  }
}

/** Bits of attribute trace_flags: `-bv` and `-v`. */
const TRACE_PROBE = 512;
const TRACE_RECORD = 1024;
const INPUT_BYTES = 1 << 16;
const RETRY_MILLISECONDS = 10;

/** Drops leading From_ lines and carriage returns, and finds the dot that ends the message. */
class InputFilter {
  hasEnded = false;
  readonly #dotEnds: boolean;
  #stripsReturns: boolean | undefined;
  #isLeading = true;
  #lastEndedLine = true;

  constructor(dotEnds: boolean, lineEndings: string) {
    this.#dotEnds = dotEnds;
    if (lineEndings !== 'strict' && lineEndings !== 'always' && lineEndings !== 'never')
      throw new FatalError(`invalid sendmail_fix_line_endings value: ${lineEndings}`, EX_TEMPFAIL);
    this.#stripsReturns = lineEndings === 'strict' ? undefined : lineEndings === 'always';
  }

  /** Where the bytes to store end, or -1 when there are none. */
  take(bytes: Buffer, start: number, given: number, endsLine: boolean): number {
    this.#stripsReturns ??= endsLine ? given > start && bytes[given - 1] === CARRIAGE_RETURN : undefined;
    const follows = !this.#lastEndedLine;
    this.#lastEndedLine = endsLine;
    if (this.#isLeading && endsLine && isFromLine(bytes.subarray(start, given))) return -1;
    this.#isLeading = false;
    let end = given;
    if (endsLine && this.#stripsReturns === true) while (end > start && bytes[end - 1] === CARRIAGE_RETURN) end--;
    this.hasEnded = this.#dotEnds && !follows && end === start + 1 && bytes[start] === DOT;
    return this.hasEnded ? -1 : end;
  }
}

/** `From sender date`, as UUCP and mbox files have it, perhaps quoted with `>`. */
function isFromLine(line: Buffer): boolean {
  let at = 0;
  while (line[at] === GREATER) at++;
  return line.subarray(at, at + 5).equals(FROM);
}

const FROM = Buffer.from('From ');
const CARRIAGE_RETURN = 0x0d;
const DOT = 0x2e;
const GREATER = 0x3e;

/** `-t`: copies the message and collects the recipients its header names; with Resent- fields, those alone. */
class RecipientExtractor {
  readonly #file: MaildropFile;
  readonly #scanner: ContentScanner;
  readonly #plain: string[] = [];
  readonly #resent: string[] = [];
  #isResent = false;
  /** The last piece copied past the scanner ended its line. */
  #endsLine = true;

  constructor(config: Config, file: MaildropFile) {
    this.#file = file;
    const lineLimit = config.get('line_length_limit');
    this.#scanner = new ContentScanner(
      {
        header: (_place, text, field) => {
          if (field?.isDestination === true && (!this.#isResent || field.isResent === true)) {
            this.#isResent ||= field.isResent === true;
            const value = text.slice(text.indexOf(':') + 1);
            for (const address of extractAddresses(value))
              (field.isResent === true ? this.#resent : this.#plain).push(address);
          }
          for (const line of text.split('\n')) putHeaderLine(file, line, lineLimit);
        },
        headersEnd: () => undefined,
        body: (bytes, endsLine) => {
          file.put(endsLine ? 'N' : 'L', bytes);
        },
      },
      {headerLimit: config.get('header_size_limit'), scansMime: false},
    );
  }

  /** False: a header is longer than the limit. */
  take(bytes: Buffer, endsLine: boolean): boolean {
    if (this.#scanner.isOpaque) {
      this.#file.put(endsLine ? 'N' : 'L', bytes);
      this.#endsLine = endsLine;
    } else this.#scanner.line(bytes, endsLine);
    return !this.#scanner.hasLongHeader;
  }

  finish(): string[] {
    if (!this.#endsLine) this.#file.put('N', '');
    this.#scanner.end();
    return this.#isResent ? this.#resent : this.#plain;
  }
}

function putHeaderLine(file: MaildropFile, line: string, limit: number): void {
  let rest = line;
  for (; rest.length > limit; rest = rest.slice(limit)) file.put('L', rest.slice(0, limit));
  file.put('N', rest);
}
