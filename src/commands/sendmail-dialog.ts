/**
 * `sendmail -bs`: an SMTP conversation (RFC 5321) on standard input and output, as mailers that can't run a plain command
 * use it. Each message becomes a maildrop file. This is the small dialogue, for local programs: no access rules, no TLS,
 * no authentication; its replies are those of Postfix's server.
 *
 *     start --MAIL--> mail --RCPT--> recipients --DATA, BDAT LAST--> start
 */
import {describe, systemCode} from '../core/base/errors.ts';
import type {Stdio} from '../core/base/tool.ts';
import type {Config} from '../core/config/config.ts';
import {parseAddressList} from '../core/message/address-list.ts';
import {quoteAddress} from '../core/message/address-syntax.ts';
import {needsSpace, scanTokens} from '../core/message/address-tokens.ts';
import {formatMailDate} from '../core/message/date.ts';
import {LinePieces} from '../core/message/line-pieces.ts';
import {createMaildropFile, type MaildropFile} from '../core/queue/maildrop-file.ts';
import {parseNotify} from './sendmail-dsn.ts';
import {DialogInput, type DialogLine} from './sendmail-dialog-input.ts';

export async function runDialog(config: Config, stdio: Stdio): Promise<number> {
  await new Dialog(config, stdio).run();
  return 0;
}

interface DialogRecipient {
  readonly address: string;
  readonly notify: number;
  readonly dsnOriginal: string;
}

interface DialogSender {
  readonly address: string;
  readonly encoding: string | undefined;
  readonly envelopeId: string | undefined;
  readonly ret: 0 | 1 | 2;
}

class Dialog {
  readonly #config: Config;
  readonly #stdio: Stdio;
  readonly #input: DialogInput;
  readonly #lineLimit: number;
  readonly #hostName: string;
  #protocol: 'SMTP' | 'ESMTP' = 'SMTP';
  #helo = 'localhost';
  #sender: DialogSender | undefined;
  #recipients: DialogRecipient[] = [];
  #chunks: Message | undefined;

  constructor(config: Config, stdio: Stdio) {
    this.#config = config;
    this.#stdio = stdio;
    this.#lineLimit = config.get('line_length_limit');
    this.#hostName = config.get('myhostname');
    this.#input = new DialogInput(stdio.stdin, this.#lineLimit);
  }

  async run(): Promise<void> {
    this.#reply(`220 ${this.#config.get('smtpd_banner')}`);
    for (let line = await this.#command(); line !== undefined; line = await this.#command())
      if (!(await this.#obey(line))) break;
    this.#reset();
  }

  /** A command line, cut at the limit; undefined at the end of the input. */
  async #command(): Promise<string | undefined> {
    const first = await this.#input.line();
    let rest: DialogLine | undefined = first;
    while (rest !== undefined && !rest.endsLine) rest = await this.#input.line();
    return rest === undefined ? undefined : first?.bytes.toString('latin1').replace(/\r+$/, '');
  }

  /** False: the conversation is over. */
  async #obey(line: string): Promise<boolean> {
    const [, verb = '', argument = ''] = /^\s*(\S*)\s*(.*?)\s*$/.exec(line) ?? [];
    const command = verb.toUpperCase();
    if (command === 'QUIT') {
      this.#reply('221 2.0.0 Bye');
      return false;
    }
    if (FORBIDDEN.test(verb)) {
      this.#reply('221 2.7.0 Error: I can break rules, too. Goodbye.');
      return false;
    }
    if (command === 'DATA') return this.#data(argument);
    if (command === 'BDAT') return this.#bdat(argument);
    this.#reply(this.#answer(command, argument));
    return true;
  }

  #answer(command: string, argument: string): string {
    switch (command) {
      case '':
        return '500 5.5.2 Error: bad syntax';
      case 'HELO':
      case 'EHLO':
        return this.#greet(command, argument);
      case 'MAIL':
        return this.#mail(argument);
      case 'RCPT':
        return this.#rcpt(argument);
      case 'RSET':
        if (argument !== '') return '501 5.5.4 Syntax: RSET';
        this.#reset();
        return '250 2.0.0 Ok';
      case 'NOOP':
        return '250 2.0.0 Ok';
      case 'VRFY':
        return argument === '' ? '501 5.5.4 Syntax: VRFY address [SMTPUTF8]' : `252 2.0.0 ${argument}`;
      case 'ETRN':
        return this.#sender === undefined ? '500 Syntax: ETRN domain' : '503 Error: MAIL transaction in progress';
      case 'STARTTLS':
        return '502 5.5.1 Error: command not implemented';
      case 'AUTH':
        return '503 5.5.1 Error: authentication not enabled';
      case 'XCLIENT':
      case 'XFORWARD':
        return this.#sender === undefined
          ? '550 5.7.0 Error: insufficient authorization'
          : '503 5.5.1 Error: MAIL transaction in progress';
      default:
        return '500 5.5.2 Error: command not recognized';
    }
  }

  #greet(command: 'HELO' | 'EHLO', argument: string): string {
    if (argument === '') return `501 Syntax: ${command} hostname`;
    this.#reset();
    this.#helo = argument;
    this.#protocol = command === 'EHLO' ? 'ESMTP' : 'SMTP';
    if (command === 'HELO') return `250 ${this.#hostName}`;
    const limit = this.#config.get('message_size_limit');
    const size = limit === 0 ? 'SIZE' : `SIZE ${limit}`;
    const words = ['PIPELINING', size, 'VRFY', 'ETRN', 'ENHANCEDSTATUSCODES', '8BITMIME', 'DSN', 'SMTPUTF8'];
    return [this.#hostName, ...words].map(word => `250-${word}\r\n`).join('') + '250 CHUNKING';
  }

  #mail(argument: string): string {
    if (this.#sender !== undefined) return '503 5.5.1 Error: nested MAIL command';
    const path = readPath('FROM:', argument);
    if (path === undefined) return '501 5.5.4 Syntax: MAIL FROM:<address>';
    if (path.address === undefined) return '501 5.1.7 Bad sender address syntax';
    let sender: DialogSender = {address: path.address, encoding: undefined, envelopeId: undefined, ret: 0};
    for (const [name, value, whole] of path.parameters) {
      const changed =
        name === 'SIZE' ? this.#checkSize(sender, value, whole) : senderParameter(sender, name, value, whole);
      if (typeof changed === 'string') return changed;
      sender = changed;
    }
    this.#sender = sender;
    return '250 2.1.0 Ok';
  }

  #checkSize(sender: DialogSender, value: string | undefined, whole: string): DialogSender | string {
    if (value === undefined) return `555 5.5.4 Unsupported option: ${whole}`;
    if (!/^\d+$/.test(value)) return '501 5.5.4 Bad message size syntax';
    const limit = this.#config.get('message_size_limit');
    return limit > 0 && Number(value) > limit ? '552 5.3.4 Message size exceeds fixed limit' : sender;
  }

  #rcpt(argument: string): string {
    if (this.#sender === undefined) return '503 5.5.1 Error: need MAIL command';
    if (this.#chunks !== undefined) return '503 5.5.1 Error: RCPT after BDAT';
    const path = readPath('TO:', argument);
    if (path === undefined) return '501 5.5.4 Syntax: RCPT TO:<address>';
    if (path.address === undefined || path.address === '') return '501 5.1.3 Bad recipient address syntax';
    if (this.#recipients.length >= this.#config.get('smtpd_recipient_limit'))
      return '452 4.5.3 Error: too many recipients';
    let recipient: DialogRecipient = {
      address: path.address,
      notify: 0,
      dsnOriginal: `rfc822;${quoteAddress(path.address)}`,
    };
    for (const [name, value, whole] of path.parameters) {
      const changed = recipientParameter(recipient, name, value, whole);
      if (typeof changed === 'string') return changed;
      recipient = changed;
    }
    this.#recipients.push(recipient);
    return '250 2.1.5 Ok';
  }

  async #data(argument: string): Promise<boolean> {
    const complaint = this.#notReady() ?? (argument === '' ? undefined : '501 5.5.4 Syntax: DATA');
    if (complaint !== undefined || this.#chunks !== undefined) {
      this.#reply(complaint ?? '503 5.5.1 Error: DATA after BDAT');
      return true;
    }
    const message = this.#open();
    this.#reply('354 End data with <CR><LF>.<CR><LF>');
    let startsLine = true;
    for (let line = await this.#input.line(); line !== undefined; line = await this.#input.line()) {
      const bytes = line.endsLine ? withoutReturns(line.bytes) : line.bytes;
      if (startsLine && line.endsLine && bytes.length === 1 && bytes[0] === DOT) {
        this.#reply(message.finish());
        this.#reset();
        return true;
      }
      message.put(startsLine && bytes[0] === DOT ? bytes.subarray(1) : bytes, line.endsLine);
      startsLine = line.endsLine;
    }
    message.abort();
    return false;
  }

  /** RFC 3030. */
  async #bdat(argument: string): Promise<boolean> {
    const [, digits, last] = /^(\d+)(?:\s+(LAST))?$/i.exec(argument) ?? [];
    if (digits === undefined) {
      this.#reply('521 5.5.4 Syntax: BDAT count [LAST]');
      return false;
    }
    const complaint = this.#notReady();
    this.#chunks ??= complaint === undefined ? this.#open() : undefined;
    const chunks = this.#chunks;
    const isWhole = await this.#input.bytes(Number(digits), bytes => chunks?.push(bytes));
    if (!isWhole) return false;
    if (chunks === undefined) this.#reply(complaint ?? '');
    else if (last === undefined) this.#reply(`250 2.0.0 Ok: ${digits} bytes`);
    else {
      this.#reply(chunks.finish(`${chunks.contentBytes} bytes `));
      this.#chunks = undefined;
      this.#reset();
    }
    return true;
  }

  #notReady(): string | undefined {
    if (this.#sender === undefined) return '503 5.5.1 Error: need RCPT command';
    return this.#recipients.length > 0 ? undefined : '554 5.5.1 Error: no valid recipients';
  }

  #open(): Message {
    const sender = this.#sender ?? {address: '', encoding: undefined, envelopeId: undefined, ret: 0};
    const message = new Message(this.#config, this.#lineLimit, sender, this.#recipients);
    message.trace(`from ${this.#helo} (localhost [127.0.0.1])`, this.#protocol, this.#recipients);
    return message;
  }

  #reset(): void {
    this.#sender = undefined;
    this.#recipients = [];
    this.#chunks?.abort();
    this.#chunks = undefined;
  }

  #reply(text: string): void {
    this.#stdio.stdout.write(`${text}\r\n`);
  }
}

/** One message on its way into the maildrop; what goes wrong with the disk is said in the last reply. */
class Message {
  contentBytes = 0;
  readonly #config: Config;
  readonly #pieces: LinePieces;
  #file: MaildropFile | undefined;
  #fault: unknown;

  constructor(config: Config, lineLimit: number, sender: DialogSender, recipients: readonly DialogRecipient[]) {
    this.#config = config;
    this.#pieces = new LinePieces(lineLimit, (buffer, start, end, endsLine) => {
      const bytes = buffer.subarray(start, end);
      this.put(endsLine ? withoutReturns(bytes) : bytes, endsLine);
      return undefined;
    });
    this.#try(() => {
      this.#file = createMaildropFile(config);
      writeEnvelope(this.#file, sender, recipients);
    });
  }

  trace(from: string, protocol: string, recipients: readonly DialogRecipient[]): void {
    const id = this.#file?.id ?? '';
    const date = formatMailDate(Math.floor(Date.now() / 1000));
    const [only] = recipients;
    const by = `\tby ${this.#config.get('myhostname')} (${this.#config.get('mail_name')}) with ${protocol} id ${id}`;
    const isOne = only !== undefined && recipients.length === 1;
    const lines = isOne ? [by, `\tfor <${quoteAddress(only.address)}>; ${date}`] : [`${by};`, `\t${date}`];
    for (const line of [`Received: ${from}`, ...lines]) this.put(Buffer.from(line, 'latin1'), true);
    this.contentBytes = 0;
  }

  put(bytes: Buffer, endsLine: boolean): void {
    this.#try(() => this.#file?.put(endsLine ? 'N' : 'L', bytes));
  }

  push(bytes: Buffer): void {
    this.contentBytes += bytes.length;
    this.#pieces.push(bytes);
  }

  /** Answers the reply. */
  finish(size = ''): string {
    this.#pieces.end();
    this.#try(() => {
      this.#file?.put('X', '');
      this.#file?.put('E', '');
      this.#file?.finish();
    });
    if (this.#fault === undefined) return `250 2.0.0 Ok: ${size}queued as ${this.#file?.id ?? ''}`;
    const code = systemCode(this.#fault);
    if (code === 'EFBIG') return '552 5.3.4 Error: message file too big';
    if (code === 'ENOSPC') return '452 4.3.1 Insufficient system storage';
    return '451 4.3.0 Error: queue file write error';
  }

  abort(): void {
    this.#file?.abort();
    this.#file = undefined;
  }

  #try(work: () => void): void {
    if (this.#fault !== undefined) return;
    try {
      work();
    } catch (fault) {
      if (systemCode(fault) === undefined) throw new Error(describe(fault), {cause: fault});
      this.#fault = fault;
      this.abort();
    }
  }
}

function writeEnvelope(file: MaildropFile, sender: DialogSender, recipients: readonly DialogRecipient[]): void {
  if (sender.envelopeId !== undefined) file.put('A', `envelope_id=${sender.envelopeId}`);
  if (sender.ret !== 0) file.put('A', `ret_flags=${sender.ret}`);
  file.put('S', sender.address);
  if (sender.encoding !== undefined) file.put('A', `encoding=${sender.encoding}`);
  for (const {address, notify, dsnOriginal} of recipients) {
    if (notify !== 0) file.put('A', `notify_flags=${notify}`);
    file.put('A', `dsn_orig_rcpt=${dsnOriginal}`);
    file.put('R', address);
  }
  file.put('M', '');
}

interface Path {
  /** undefined: not an address. */
  readonly address: string | undefined;
  readonly parameters: readonly (readonly [name: string, value: string | undefined, whole: string])[];
}

/** `FROM:<address> NAME=value ...`; blanks after the colon and missing brackets are forgiven. */
function readPath(prefix: string, argument: string): Path | undefined {
  if (argument.slice(0, prefix.length).toUpperCase() !== prefix) return undefined;
  const text = argument.slice(prefix.length).trimStart();
  const end = text.startsWith('<') ? closingBracket(text) : text.search(/\s|$/);
  if (text === '') return undefined;
  const parameters = text.slice(end).split(/\s+/).filter(Boolean).map(splitParameter);
  return {address: readAddress(text.slice(0, end)), parameters};
}

/** Index behind the `>` that is not in a quoted string; the whole length without one. */
function closingBracket(text: string): number {
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (character === '\\') i++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === '>' && !isQuoted) return i + 1;
  }
  return text.length;
}

function readAddress(text: string): string | undefined {
  if (text === '<>') return '';
  const items = parseAddressList(text);
  const found = items.flatMap(item => (item.kind === 'address' ? [item.address] : []));
  const isClean = items.every(item => item.kind === 'address' || '<>'.includes(item.token.type)) && !hasBlank(text);
  const address = found[0];
  if (address === undefined || found.length !== 1 || !isClean || address === '') return undefined;
  return text.startsWith('<') === text.endsWith('>') && !address.startsWith('-') ? address : undefined;
}

/** Two words side by side: a blank that should have been quoted. */
function hasBlank(text: string): boolean {
  const tokens = scanTokens(text);
  return tokens.some((token, index) => {
    const next = tokens[index + 1];
    return next !== undefined && needsSpace(token, next);
  });
}

function splitParameter(whole: string): readonly [string, string | undefined, string] {
  const equals = whole.indexOf('=');
  if (equals < 0) return [whole.toUpperCase(), undefined, whole];
  return [whole.slice(0, equals).toUpperCase(), whole.slice(equals + 1), whole];
}

/** The sender with the parameter applied, or the reply to a bad one. */
function senderParameter(
  sender: DialogSender,
  name: string,
  value: string | undefined,
  whole: string,
): DialogSender | string {
  const word = value?.toUpperCase();
  if (name === 'BODY' && word === '8BITMIME') return {...sender, encoding: '8bit'};
  if (name === 'BODY' && word === '7BIT') return {...sender, encoding: '7bit'};
  if (name === 'SMTPUTF8' && value === undefined) return sender;
  if (name === 'RET')
    return word === 'FULL' || word === 'HDRS'
      ? {...sender, ret: word === 'FULL' ? 1 : 2}
      : '501 5.5.4 Bad RET parameter syntax';
  if (name === 'ENVID') {
    const envelopeId = decodeXtext(value ?? '');
    return envelopeId === undefined ? '501 5.5.4 Bad ENVID parameter syntax' : {...sender, envelopeId};
  }
  return `555 5.5.4 Unsupported option: ${whole}`;
}

function recipientParameter(
  recipient: DialogRecipient,
  name: string,
  value: string | undefined,
  whole: string,
): DialogRecipient | string {
  if (name === 'NOTIFY') {
    const notify = parseNotify(value ?? '', () => undefined);
    return notify === 0 ? '501 5.5.4 Error: Bad NOTIFY parameter syntax' : {...recipient, notify};
  }
  if (name === 'ORCPT') {
    const [, type, address] = /^([^;]+);(.+)$/.exec(value ?? '') ?? [];
    const decoded = decodeXtext(address ?? '');
    if (type === undefined || decoded === undefined) return '501 5.5.4 Error: Bad ORCPT parameter syntax';
    return {...recipient, dsnOriginal: `${type};${decoded}`};
  }
  return `555 5.5.4 Unsupported option: ${whole}`;
}

/** RFC 3461 section 4. */
function decodeXtext(text: string): string | undefined {
  if (text === '' || /\+(?![0-9A-F]{2})|[^!-~]/.test(text)) return undefined;
  return text.replace(/\+([0-9A-F]{2})/g, (_whole, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

function withoutReturns(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === CARRIAGE_RETURN) end--;
  return bytes.subarray(0, end);
}

/** postconf(5) smtpd_forbidden_commands, and what looks like a message header. */
const FORBIDDEN = /^(?:CONNECT|GET|POST|.*:)$/i;
const CARRIAGE_RETURN = 0x0d;
const DOT = 0x2e;
