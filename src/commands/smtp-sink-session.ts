/**
 * One connection to smtp-sink. Commands are taken from what has arrived as long as there are any, and their replies go out
 * together. Unlike a real server it believes everything: the order of MAIL, RCPT and DATA is all that is checked. A line
 * ends with CR LF; a bare LF ends nothing (seen: Postfix 3.7).
 */
import type {Socket} from 'node:net';
import {formatMailDate} from '../core/message/date.ts';
import {ContentScanner, Unstuffer} from './smtp-sink-content.ts';
import type {Dump, Dumps} from './smtp-sink-dump.ts';
import type {Faults, SessionFacts} from './smtp-sink-faults.ts';
import type {HandshakeFault, RuleAction} from './smtp-sink-rules.ts';
import {
  addressPart,
  bareAddress,
  clientAddress,
  longReply,
  manyLines,
  offeringTls,
  printable,
  ruleStageOf,
  splitCommand,
  throwDelay,
} from './smtp-sink-words.ts';
import {STAGES, type SinkOptions, type Stage, type StagePlan} from './smtp-sink-options.ts';

/** What a session asks of the program it is part of. */
export interface SinkHost {
  readonly options: SinkOptions;
  /** Of the stages where something is to happen. */
  readonly plans: ReadonlyMap<Stage, StagePlan>;
  readonly dumps: Dumps;
  readonly ehloReply: string;
  /** With --rules. */
  readonly faults: Faults | undefined;
  /** With a rule for STARTTLS: answers the encrypted socket. */
  readonly encrypt: ((socket: Socket) => Socket) | undefined;
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
  #socket: Socket;
  readonly #clientAddress: string;
  /** As -s logs it. */
  #typedVerb = 'connect';
  #input: Buffer = NOTHING;
  #at = 0;
  #replies = '';
  #isWaiting = false;
  #hasEnded = false;
  /** Hangs up once the replies are out. */
  #isClosing = false;
  /** What comes in is passed over: without an end, or until it is answered with a broken handshake. */
  #deafness: '' | 'hang' | HandshakeFault = '';
  #isEncrypted = false;
  #sender = '';
  readonly #accepted: string[] = [];
  #flow: ContentFlow = FREE_FLOW;
  #contentBytes = 0;
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
    this.#listen();
    if (this.#host.options.isVerbose) this.#announce();
    this.#guard(() => {
      this.#stage('connect', '');
      this.#run();
    });
  }

  /** What comes from a socket that was since wrapped in TLS is not for the session. */
  #listen(): void {
    const socket = this.#socket;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onEnd);
    socket.on('error', () => this.#end('lost connection'));
    socket.setTimeout(this.#host.options.timeoutSeconds * 1000, () => this.#timedOut());
  }

  readonly #onData = (chunk: Buffer): void => this.#take(chunk);
  readonly #onEnd = (): void => this.#end('disconnect');

  /** The program ends. */
  destroy(): void {
    clearTimeout(this.#timer);
    this.#hasEnded = true;
    this.#socket.destroy();
  }

  #announce(): void {
    const {remoteFamily, remoteAddress = ''} = this.#socket;
    const family = remoteFamily === undefined ? 'AF_LOCAL' : remoteFamily === 'IPv6' ? 'AF_INET6' : 'AF_INET';
    this.#host.verbose(`connect (${family} ${remoteAddress})`);
  }

  #greet(): void {
    const {isPix, isEsmtp, hostname} = this.#host.options;
    this.#reply(isPix ? '220 ********\r\n' : isEsmtp ? `220 ${hostname} ESMTP\r\n` : `220 ${hostname}\r\n`);
  }

  #take(chunk: Buffer): void {
    if (this.#deafness !== '') return this.#breakHandshake();
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
    while (!this.#isWaiting && !this.#isClosing && !this.#hasEnded && this.#at < this.#input.length)
      if (!(this.#isContent ? this.#takeContent() : this.#takeLine())) break;
    this.#flush();
    if (this.#isClosing && !this.#isWaiting) this.#hangUp();
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
    const {verb, typed, args} = splitCommand(line);
    this.#typedVerb = typed;
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
      (verb === 'starttls' && (this.#host.encrypt === undefined || this.#isEncrypted)) ||
      verb === 'connect';
    return isRefused || !STAGE_NAMES.has(verb) ? undefined : (verb as Stage); // one of the names
  }

  /** Does what the rules and the command line want at a stage, then the usual. */
  #stage(stage: Stage, args: string): void {
    if (this.#host.faults === undefined) this.#planned(stage, args);
    else this.#judged(this.#host.faults, stage, args);
  }

  #planned(stage: Stage, args: string): void {
    const plan = this.#host.plans.get(stage);
    if (plan === undefined) return this.#act(stage, args);
    if (plan.isLogged) this.#host.logCommand(`${this.#typedVerb} ${args.slice(0, MAX_LOGGED)}`);
    if (plan.disconnect !== '') {
      if (plan.disconnect === 'reply') this.#reply(CLOSING);
      return this.#close();
    }
    const answer = (): void => (plan.refusal === '' ? this.#act(stage, args) : this.#refuse(stage, plan.refusal));
    if (plan.delaySeconds > 0) this.#wait(throwDelay(plan), answer);
    else answer();
  }

  #judged(faults: Faults, stage: Stage, args: string): void {
    const ruleStage = ruleStageOf(stage);
    if (ruleStage === undefined) return this.#planned(stage, args);
    const {delaySeconds, action} = faults.judge(ruleStage, this.#facts(stage, args));
    const answer = (): void =>
      action === undefined ? this.#planned(stage, args) : this.#misbehave(action, stage, args);
    if (delaySeconds > 0) this.#wait(delaySeconds, answer);
    else answer();
  }

  #facts(stage: Stage, args: string): SessionFacts {
    const isHelo = stage === 'helo' || stage === 'ehlo' || stage === 'lhlo';
    return {
      client: this.#clientAddress,
      helo: isHelo ? args : (this.#helo ?? ''),
      sender: stage === 'mail' ? bareAddress(args) : this.#sender,
      recipients: stage === 'rcpt' ? [bareAddress(args)] : this.#accepted,
    };
  }

  #misbehave(action: RuleAction, stage: Stage, args: string): void {
    switch (action.kind) {
      case 'reply':
      case 'greylist':
        return this.#replyInstead(action.text, stage, args);
      case 'raw':
        return this.#replyInstead(action.text, stage, args);
      case 'long':
      case 'lines':
      case 'drip':
      case 'silent':
        return this.#alterReply(action, stage, args);
      case 'close':
        return this.#close();
      case 'reset':
        return this.#cutOff();
      case 'hang':
        return this.#goDeaf('hang');
      case 'handshake':
        this.#reply(READY_FOR_TLS);
        return this.#goDeaf(action.fault);
      case 'cut':
      case 'slow':
      case 'stall':
      case 'delay':
      case 'pass':
      case 'accept':
        return this.#planned(stage, args);
    }
  }

  /** The reply of a rule. Where it says yes the command has its effect all the same. */
  #replyInstead(text: string, stage: Stage, args: string): void {
    const isYes = text.startsWith(stage === 'data' ? '3' : '2');
    if (isYes) this.#usualReply(stage, args);
    else if (stage === '.') this.#resetMail();
    this.#reply(text);
    if (text.startsWith('421')) this.#close();
  }

  /** Does the usual, and answers what would have been the reply. */
  #usualReply(stage: Stage, args: string): string {
    const before = this.#replies.length;
    this.#act(stage, args);
    const usual = this.#replies.slice(before);
    this.#replies = this.#replies.slice(0, before);
    return usual;
  }

  #alterReply(action: RuleAction, stage: Stage, args: string): void {
    const usual = this.#usualReply(stage, args);
    if (action.kind === 'drip') return this.#drip(usual, 0, action.seconds);
    if (action.kind === 'long') this.#reply(longReply(usual, action.bytes));
    if (action.kind === 'lines') this.#reply(manyLines(usual, action.count));
  }

  /** A byte at a time. */
  #drip(text: string, at: number, seconds: number): void {
    if (at >= text.length) return;
    this.#reply(text.charAt(at));
    this.#wait(seconds, () => this.#drip(text, at + 1, seconds));
  }

  /** With a reset, and at once: what was to be sent is not. */
  #cutOff(): void {
    this.#end('disconnect');
    this.#socket.resetAndDestroy();
  }

  #goDeaf(kind: 'hang' | HandshakeFault): void {
    this.#flush();
    this.#deafness = kind;
    this.#at = this.#input.length;
    this.#socket.setTimeout(0);
  }

  /** The client's first words of TLS have come, and are answered in another way. */
  #breakHandshake(): void {
    if (this.#deafness === 'hang' || this.#hasEnded) return;
    if (this.#deafness === 'garbage') this.#socket.write(NO_TLS, 'latin1');
    this.#end('disconnect');
    this.#socket.destroySoon();
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
      case 'starttls':
        return this.#doStarttls();
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
    this.#reply(this.#host.encrypt !== undefined && !this.#isEncrypted ? offeringTls(reply) : reply);
  }

  #doStarttls(): void {
    this.#reply(READY_FOR_TLS);
    this.#flush();
    const raw = this.#socket;
    raw.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onEnd).setTimeout(0);
    [this.#input, this.#at] = [NOTHING, 0]; // what was sent along in clear is not believed (RFC 3207 section 4.2)
    this.#resetMail();
    this.#helo = undefined;
    this.#isEncrypted = true;
    this.#socket = this.#host.encrypt?.(raw) ?? raw;
    this.#listen();
  }

  #doMail(args: string): void {
    if (this.#hasMail) return this.#reply(NESTED_MAIL);
    this.#hasMail = true;
    if (this.#host.faults !== undefined) this.#sender = bareAddress(args);
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
    if (this.#host.faults !== undefined && this.#accepted.length < MAX_FACTS) this.#accepted.push(bareAddress(args));
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
    if (this.#host.faults !== undefined) this.#startFlow(this.#host.faults);
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

  /** How the content is read, when a rule says. */
  #startFlow(faults: Faults): void {
    this.#contentBytes = 0;
    this.#flow = FREE_FLOW;
    const {delaySeconds, action} = faults.judge('content', this.#facts('data', ''));
    if (action?.kind === 'cut') this.#flow = {...FREE_FLOW, cutAt: action.bytes};
    else if (action?.kind === 'slow') this.#flow = {...FREE_FLOW, bytesPerSecond: action.bytesPerSecond};
    else if (action?.kind === 'stall') this.#flow = {...FREE_FLOW, stallAt: action.bytes, stallSeconds: action.seconds};
    else if (action?.kind === 'reset') this.#flow = {...FREE_FLOW, cutAt: 0};
    else if (action?.kind === 'hang') this.#goDeaf('hang');
    if (delaySeconds > 0) this.#wait(delaySeconds, () => undefined);
  }

  /** False when the message goes on. */
  #takeContent(): boolean {
    const end = this.#scanner.findEnd(this.#input, this.#at);
    const from = this.#at;
    this.#at = end < 0 ? this.#input.length : end;
    if (this.#dump !== undefined) this.#dump.write(this.#unstuffer.take(this.#input.subarray(from, this.#at)));
    if (this.#flow !== FREE_FLOW) return this.#slowContent(this.#at - from, end >= 0);
    if (end >= 0) this.#contentEnd();
    return end >= 0;
  }

  #slowContent(bytes: number, isEnd: boolean): boolean {
    const before = this.#contentBytes;
    this.#contentBytes += bytes;
    const {cutAt, stallAt, stallSeconds, bytesPerSecond} = this.#flow;
    if (this.#contentBytes >= cutAt) this.#cutOff();
    else {
      const then = (): void => (isEnd ? this.#contentEnd() : undefined);
      const isStall = before <= stallAt && this.#contentBytes > stallAt;
      this.#wait(bytesPerSecond > 0 ? bytes / bytesPerSecond : isStall ? stallSeconds : 0, then);
    }
    return false;
  }

  #contentEnd(): void {
    this.#isContent = false;
    this.#typedVerb = '.';
    if (this.#host.options.isVerbose) this.#host.verbose('.');
    this.#stage('.', '');
  }

  /** Seen: outside of a message the dot is taken for a command that succeeds. */
  #doDot(): void {
    const times = this.#protocol === 'LMTP' ? this.#recipients : 1;
    if (this.#hasMail && this.#recipients > 0) {
      this.#dump?.keep(); // ends with an empty line: what is left of CR LF . CR LF
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
    this.#sender = '';
    this.#accepted.length = 0;
    this.#dump?.discard();
    this.#dump = undefined;
  }

  #timedOut(): void {
    if (this.#isWaiting) return;
    this.#host.warn('read timeout');
    this.#end(undefined);
    this.#socket.destroy();
  }

  /** Once what is to be sent is sent. */
  #close(): void {
    this.#isClosing = true;
  }

  #hangUp(): void {
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

/** How content is read, by a rule. */
interface ContentFlow {
  readonly cutAt: number;
  readonly stallAt: number;
  readonly stallSeconds: number;
  /** 0 for as fast as it comes. */
  readonly bytesPerSecond: number;
}

const FREE_FLOW: ContentFlow = {cutAt: Infinity, stallAt: Infinity, stallSeconds: 0, bytesPerSecond: 0};
/** Recipients of a message that rules can ask for. */
const MAX_FACTS = 10_000;

const READY_FOR_TLS = '220 2.0.0 Ready to start TLS\r\n';
const NO_TLS = '500 5.5.1 this is no TLS record\r\n';

const STAGE_NAMES: ReadonlySet<string> = new Set(STAGES);
