/**
 * One connection to smtp-sink. Commands are taken from what has arrived as long as there are any, and their replies go out
 * together. Unlike a real server it believes everything: the order of MAIL, RCPT and DATA is all that is checked. A line
 * ends with CR LF; a bare LF ends nothing (seen: Postfix 3.7).
 */
import type {Socket} from 'node:net';
import {formatMailDate} from '../core/message/date.ts';
import {ContentScanner, Unstuffer} from './smtp-sink-content.ts';
import type {Dump, Dumps} from './smtp-sink-dump.ts';
import {STAGES, type SinkOptions, type Stage, type StagePlan} from './smtp-sink-options.ts';

/** What a session asks of the program it is part of. */
export interface SinkHost {
  readonly options: SinkOptions;
  /** Of the stages where something is to happen. */
  readonly plans: ReadonlyMap<Stage, StagePlan>;
  readonly dumps: Dumps;
  readonly ehloReply: string;
  /** A command at a stage that -s names. */
  logCommand(text: string): void;
  /** With -v. */
  verbose(text: string): void;
  warn(text: string): void;
  /** False when the program ends with this message (-M). */
  messageReceived(): boolean;
  sessionEnded(session: SinkSession, hasQuit: boolean): void;
  /** The program can't go on. */
  fail(fault: unknown): void;
}

/** Bytes of a command line, CR LF not counted; seen: Postfix 3.7. */
const MAX_LINE = 2046;
const MAX_LOGGED = 100;

const NEED_MAIL = '503 5.5.1 Error: need MAIL command\r\n';
const NEED_RCPT = '503 5.5.1 Error: need RCPT command\r\n';
const NESTED_MAIL = '503 5.5.1 Error: nested MAIL command\r\n';
const NO_COMMAND = '500 5.5.2 Error: unknown command\r\n';
const UNKNOWN = '500 5.5.1 Error: unknown command\r\n';
const CLOSING = '421 4.0.0 Server closing connection\r\n';
const START_CONTENT = '354 End data with <CR><LF>.<CR><LF>\r\n';
const VIOLATION = '550 This violates SMTP\r\n';

const NOTHING = Buffer.alloc(0);
const LF = 0x0a;
const CR = 0x0d;

export class SinkSession {
  readonly #host: SinkHost;
  readonly #socket: Socket;
  readonly #clientAddress: string;
  #input: Buffer = NOTHING;
  #at = 0;
  #replies = '';
  #isWaiting = false;
  #hasEnded = false;
  #hasQuit = false;
  #timer: NodeJS.Timeout | undefined;
  #helo: string | undefined;
  #protocol: 'SMTP' | 'ESMTP' | 'LMTP' = 'SMTP';
  #hasMail = false;
  #recipients = 0;
  #isContent = false;
  #dump: Dump | undefined;
  readonly #scanner = new ContentScanner();
  readonly #unstuffer = new Unstuffer();

  constructor(socket: Socket, host: SinkHost) {
    this.#socket = socket;
    this.#host = host;
    this.#clientAddress = clientAddress(socket);
    if (host.options.isLmtp) this.#protocol = 'LMTP';
  }

  start(): void {
    const socket = this.#socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('end', () => this.#end('disconnect'));
    socket.on('error', () => this.#end('lost connection'));
    socket.on('close', () => this.#end('disconnect'));
    socket.setTimeout(this.#host.options.timeoutSeconds * 1000, () => this.#timedOut());
    if (this.#host.options.isVerbose || this.#host.plans.get('connect')?.isLogged === true) this.#announce();
    this.#guard(() => {
      this.#stage('connect', '');
      this.#flush();
    });
  }

  /** The program ends. */
  destroy(): void {
    clearTimeout(this.#timer);
    this.#hasEnded = true;
    this.#socket.destroy();
  }

  #announce(): void {
    const {remoteFamily} = this.#socket;
    const family = remoteFamily === undefined ? 'AF_LOCAL' : remoteFamily === 'IPv6' ? 'AF_INET6' : 'AF_INET';
    const text = `connect (${family} ${this.#socket.remoteAddress ?? ''})`;
    this.#host.verbose(text);
    if (this.#host.plans.get('connect')?.isLogged === true) this.#host.logCommand(text);
  }

  #greet(): void {
    const {isPix, isEsmtp, hostname} = this.#host.options;
    this.#reply(isPix ? '220 ********\r\n' : isEsmtp ? `220 ${hostname} ESMTP\r\n` : `220 ${hostname}\r\n`);
  }

  #take(chunk: Buffer): void {
    this.#input = this.#at >= this.#input.length ? chunk : Buffer.concat([this.#input.subarray(this.#at), chunk]);
    this.#at = 0;
    this.#guard(() => this.#run());
  }

  /** A file that can't be written is the end of the program, not of the session. */
  #guard(step: () => void): void {
    try {
      step();
    } catch (fault) {
      this.#host.fail(fault);
    }
  }

  #run(): void {
    while (!this.#isWaiting && !this.#hasEnded && this.#at < this.#input.length)
      if (!(this.#isContent ? this.#takeContent() : this.#takeLine())) break;
    this.#flush();
  }

  #flush(): void {
    if (this.#replies === '' || this.#hasEnded) return;
    this.#socket.write(this.#replies, 'latin1');
    this.#replies = '';
  }

  #reply(text: string): void {
    this.#replies += text;
  }

  /** False when no whole line is there yet. */
  #takeLine(): boolean {
    const input = this.#input;
    for (let end = input.indexOf(LF, this.#at); end >= 0; end = input.indexOf(LF, end + 1)) {
      if (end === this.#at || input[end - 1] !== CR) continue;
      if (end - 1 - this.#at > MAX_LINE) break;
      const line = input.toString('latin1', this.#at, end - 1);
      this.#at = end + 1;
      this.#command(line);
      return true;
    }
    if (input.length - this.#at > MAX_LINE + 1) this.#tooLong();
    return false;
  }

  #tooLong(): void {
    this.#host.warn('command line too long');
    this.#close();
  }

  #command(line: string): void {
    if (this.#host.options.isVerbose) this.#host.verbose(printable(line.split('\0', 1)[0] ?? ''));
    const {verb, args} = splitCommand(line);
    if (verb === '') return this.#reply(NO_COMMAND);
    const stage = this.#known(verb);
    if (stage === undefined) return this.#reply(UNKNOWN);
    this.#stage(stage, args);
  }

  /** What is not announced isn't known either, but for AUTH. */
  #known(verb: string): Stage | undefined {
    const {isLmtp, isEsmtp, hasXclient, hasXforward} = this.#host.options;
    const isRefused =
      (verb === 'lhlo' && !isLmtp) ||
      (verb === 'helo' && isLmtp) ||
      (verb === 'ehlo' && (isLmtp || !isEsmtp)) ||
      (verb === 'xclient' && !hasXclient) ||
      (verb === 'xforward' && !hasXforward) ||
      verb === 'connect';
    return isRefused || !STAGE_NAMES.has(verb) ? undefined : (verb as Stage); // one of the names
  }

  /** Does what the command line wants at a stage, then the usual. */
  #stage(stage: Stage, args: string): void {
    const plan = this.#host.plans.get(stage);
    if (plan === undefined) return this.#act(stage, args);
    if (plan.isLogged && stage !== 'connect') this.#host.logCommand(`${stage} ${args.slice(0, MAX_LOGGED)}`);
    if (plan.disconnect !== '') {
      if (plan.disconnect === 'reply') this.#reply(CLOSING);
      return this.#close();
    }
    const answer = (): void => (plan.refusal === '' ? this.#act(stage, args) : this.#refuse(stage, plan.refusal));
    if (plan.delaySeconds > 0) this.#wait(throwDelay(plan), answer);
    else answer();
  }

  #act(stage: Stage, args: string): void {
    switch (stage) {
      case 'connect':
        return this.#greet();
      case 'helo':
        return this.#doHelo(args, 'SMTP', `250 ${this.#host.options.hostname}\r\n`);
      case 'ehlo':
        return this.#doHelo(args, 'ESMTP', this.#host.ehloReply);
      case 'lhlo':
        return this.#doHelo(args, 'LMTP', this.#host.ehloReply);
      case 'mail':
        return this.#doMail(args);
      case 'rcpt':
        return this.#doRcpt(args);
      case 'data':
        return this.#doData();
      case '.':
        return this.#doDot();
      case 'rset':
        return this.#doRset();
      case 'quit':
        return this.#doQuit();
      case 'xclient':
      case 'xforward':
      case 'auth':
      case 'noop':
      case 'vrfy':
        return this.#reply('250 2.0.0 Ok\r\n');
    }
  }

  /** The end of a message has one reply for each recipient in LMTP. */
  #refuse(stage: Stage, reply: string): void {
    const isMessage = stage === '.' && this.#hasMail;
    const times = isMessage && this.#protocol === 'LMTP' ? this.#recipients : 1;
    this.#reply(`${reply}\r\n`.repeat(times));
    if (stage === '.') this.#resetMail();
  }

  /** Nothing is read meanwhile. */
  #wait(seconds: number, then: () => void): void {
    this.#flush();
    this.#isWaiting = true;
    this.#socket.pause();
    this.#timer = setTimeout(() => this.#guard(() => this.#resume(then)), seconds * 1000);
  }

  #resume(then: () => void): void {
    this.#isWaiting = false;
    then();
    if (this.#isWaiting || this.#hasEnded) return;
    this.#socket.resume();
    this.#run();
  }

  #doHelo(args: string, protocol: 'SMTP' | 'ESMTP' | 'LMTP', reply: string): void {
    this.#resetMail();
    this.#helo = args;
    this.#protocol = protocol;
    this.#reply(reply);
  }

  #doMail(args: string): void {
    if (this.#hasMail) return this.#reply(NESTED_MAIL);
    this.#hasMail = true;
    this.#reply('250 2.1.0 Ok\r\n');
    if (this.#host.dumps.isWanted) this.#openDump(addressPart(args));
  }

  #openDump(args: string): void {
    const dump = this.#host.dumps.open(new Date());
    const helo = this.#helo === undefined ? '' : `X-Helo-Args: ${this.#helo}\n`;
    dump.write(
      `${this.#host.options.startText}X-Client-Addr: ${this.#clientAddress}\nX-Client-Proto: ${this.#protocol}\n` +
        `${helo}X-Mail-Args: ${args}\n`,
    );
    this.#dump = dump;
  }

  #doRcpt(args: string): void {
    if (!this.#hasMail) return this.#reply(NEED_MAIL);
    this.#recipients++;
    this.#reply('250 2.1.5 Ok\r\n');
    this.#dump?.write(`X-Rcpt-Args: ${addressPart(args)}\n`);
  }

  #doData(): void {
    if (this.#recipients === 0) return this.#reply(NEED_RCPT);
    this.#reply(START_CONTENT);
    this.#isContent = true;
    this.#scanner.reset();
    this.#unstuffer.reset();
    this.#dump?.write(this.#received());
    const {abortSeconds, dataReadSeconds} = this.#host.options;
    if (abortSeconds === 0) this.#violate();
    else if (abortSeconds !== undefined) this.#wait(abortSeconds, () => this.#violate());
    else if (dataReadSeconds > 0) this.#wait(dataReadSeconds, () => undefined);
  }

  #violate(): void {
    this.#reply(VIOLATION);
    this.#close();
  }

  #received(): string {
    const {hostname} = this.#host.options;
    const from = this.#helo ?? `[${this.#clientAddress}]`;
    const date = formatMailDate(Math.floor(Date.now() / 1000));
    return (
      `Received: from ${from} ([${this.#clientAddress}])\n` +
      `\tby ${hostname} (smtp-sink) with ${this.#protocol} id ${this.#dump?.id};\n\t${date}\n`
    );
  }

  /** False when the message goes on. */
  #takeContent(): boolean {
    const end = this.#scanner.findEnd(this.#input, this.#at);
    const from = this.#at;
    this.#at = end < 0 ? this.#input.length : end;
    if (this.#dump !== undefined) this.#dump.write(this.#unstuffer.take(this.#input.subarray(from, this.#at)));
    if (end < 0) return false;
    this.#isContent = false;
    if (this.#host.options.isVerbose) this.#host.verbose('.');
    this.#stage('.', '');
    return true;
  }

  /** Seen: outside of a message the dot is taken for a command that succeeds. */
  #doDot(): void {
    const times = this.#protocol === 'LMTP' ? this.#recipients : 1;
    if (this.#hasMail && this.#recipients > 0) {
      // The empty line ends a message in its file.
      this.#dump?.write('\n');
      this.#dump?.keep();
      this.#dump = undefined;
      if (!this.#host.messageReceived()) return;
    }
    this.#reply((this.#protocol === 'LMTP' ? '250 2.2.0 Ok\r\n' : '250 2.0.0 Ok\r\n').repeat(times));
    this.#resetMail();
  }

  #doRset(): void {
    this.#resetMail();
    this.#reply('250 2.1.0 Ok\r\n');
  }

  #doQuit(): void {
    this.#hasQuit = true;
    this.#reply('221 Bye\r\n');
    this.#close();
  }

  #resetMail(): void {
    this.#hasMail = false;
    this.#recipients = 0;
    this.#dump?.discard();
    this.#dump = undefined;
  }

  #timedOut(): void {
    if (this.#isWaiting) return;
    this.#host.warn('read timeout');
    this.#end(undefined);
    this.#socket.destroy();
  }

  /** Sends what is to be sent, and hangs up. */
  #close(): void {
    this.#flush();
    this.#end('disconnect');
    this.#socket.destroySoon();
  }

  /** Once, however the session ends. */
  #end(verboseText: string | undefined): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    if (verboseText !== undefined) this.#host.verbose(verboseText);
    this.#guard(() => this.#resetMail());
    if (this.#socket.destroyed || !this.#socket.writable) this.#socket.destroy();
    this.#host.sessionEnded(this, this.#hasQuit);
  }
}

const STAGE_NAMES: ReadonlySet<string> = new Set(STAGES);

/** The fixed delay, or it times the throws of 0..99 until one reaches the odds. */
function throwDelay({delaySeconds, delayOdds}: StagePlan): number {
  if (delayOdds === 0) return delaySeconds;
  let throws = 1;
  while (Math.random() * 100 < delayOdds) throws++;
  return delaySeconds * throws;
}

/** The verb in lower case, and what comes after the spaces behind it. Spaces before it count for nothing. */
function splitCommand(line: string): {verb: string; args: string} {
  let begin = 0;
  while (begin < line.length && isSpace(line.charCodeAt(begin))) begin++;
  let end = begin;
  while (end < line.length && !isSpace(line.charCodeAt(end))) end++;
  let rest = end;
  while (rest < line.length && isSpace(line.charCodeAt(rest))) rest++;
  return {verb: line.slice(begin, end).toLowerCase(), args: line.slice(rest)};
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** What comes after the colon of `FROM:` and `TO:`; nothing without one. */
function addressPart(args: string): string {
  const colon = args.indexOf(':');
  if (colon < 0) return '';
  let begin = colon + 1;
  while (isSpace(args.charCodeAt(begin))) begin++;
  return args.slice(begin);
}

function clientAddress(socket: Socket): string {
  const {remoteAddress = '', remoteFamily} = socket;
  if (remoteAddress.startsWith('::ffff:')) return remoteAddress.slice('::ffff:'.length);
  return remoteFamily === 'IPv6' ? `ipv6:${remoteAddress}` : remoteAddress;
}

/** As Postfix prints what came from the net. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
