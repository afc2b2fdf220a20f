/**
 * One message to one server: MAIL, RCPT, DATA or BDAT, the content, and what each recipient gets for it (RFC 5321 section 3.3;
 * LMTP: RFC 2033 section 4.2). Where the server offers PIPELINING (RFC 2920) the commands go out in one write.
 *
 * Each recipient is told its fate once, through `Fates`. Throws `ConnectionFault` when the conversation breaks off, and
 * what the reading of the content throws; `progress` says where it was.
 */
import {setTimeout} from 'node:timers/promises';
import type {Log} from '../../log/log.ts';
import type {DeliveryRequest, Recipient} from '../../queue/agent.ts';
import {UTF8_ALL, UTF8_REQUESTED} from '../../queue/send-options.ts';
import type {ClientSettings} from './client-settings.ts';
import {mailCommand, rcptCommand, xforwardCommands} from './commands.ts';
import type {Progress} from './hello.ts';
import type {Content, OutgoingContent} from './outgoing-content.ts';
import type {Reply} from './reply-parser.ts';
import type {Patience} from './server-connection.ts';
import {type Failure, oneLine, refusal, type Session} from './session.ts';
import type {TlsDemand} from './tls-step.ts';
import {WireLines} from './wire-lines.ts';

export interface Fates {
  /** Those this is for. */
  readonly recipients: readonly Recipient[];
  succeed(recipient: Recipient, reply: Reply): void;
  fail(recipient: Recipient, failure: Failure): void;
  /** All that have no fate yet. */
  failRest(failure: Failure): void;
}

export interface Addresses {
  readonly sender: string;
  /** In the order of `Fates.recipients`. */
  readonly recipients: readonly string[];
}

export interface TransactionContext {
  readonly settings: ClientSettings;
  readonly log: Log;
  readonly request: DeliveryRequest;
  readonly demand: TlsDemand;
  /** As they go out. */
  readonly addresses: Addresses;
  readonly content: OutgoingContent;
  readonly pixDelaySeconds: number;
  /** Asked before the final dot: may the connection be kept, or is QUIT next? */
  readonly mayKeep: () => boolean;
}

/** What a command is called in logs, and how long its reply may take. */
interface Stage {
  readonly doing: string;
  readonly command: string;
  readonly seconds: number;
}

const PROTOCOL_STAGES = {
  rset: {doing: 'sending RSET probe', command: 'RSET probe'},
  forward: {doing: 'sending XFORWARD name/address', command: 'XFORWARD name/address command'},
  forwardMore: {doing: 'sending XFORWARD protocol/helo_name', command: 'XFORWARD helo/protocol command'},
  mail: {doing: 'sending MAIL FROM', command: 'MAIL FROM command'},
  rcpt: {doing: 'sending RCPT TO', command: 'RCPT TO command'},
  data: {doing: 'sending DATA command', command: 'DATA command'},
  chunk: {doing: 'sending message body', command: 'BDAT command'},
  lastChunk: {doing: 'sending end of data -- message may be sent more than once', command: 'BDAT command'},
  dot: {doing: 'sending end of data -- message may be sent more than once', command: 'end of DATA command'},
  abort: {doing: 'sending final RSET', command: 'final RSET command'},
} as const;

type StageName = keyof typeof PROTOCOL_STAGES;

/** The server did not take to the probe: the connection is of no use, and no mail went over it. */
export class ProbeRefused extends Error {
  override readonly name = 'ProbeRefused';
}

export class Transaction {
  readonly #session: Session;
  readonly #fates: Fates;
  readonly #context: TransactionContext;
  readonly #progress: Progress;
  readonly #lines: string[] = [];
  readonly #stages: StageName[] = [];
  /** In the order of their RCPT. */
  readonly #asked: Recipient[] = [];
  readonly #accepted: Recipient[] = [];
  #recipientReplies = 0;
  #isSenderRefused = false;
  #hasData = false;

  constructor(session: Session, fates: Fates, context: TransactionContext, progress: Progress) {
    this.#session = session;
    this.#fates = fates;
    this.#context = context;
    this.#progress = progress;
  }

  async run(): Promise<void> {
    const failure = this.#unfit();
    if (failure !== undefined) {
      this.#fates.failRest(failure);
      if (failure.status !== TOO_LARGE) return this.#leave();
      this.#session.isSpent = true; // seen: without QUIT
      return;
    }
    this.#prepare();
    if (this.#asked.length === 0) return this.#leave();
    await this.#converse();
    if (this.#usesChunks && this.#accepted.length > 0) await this.#sendChunks();
    else if (this.#hasData) await this.#finish();
    else await this.#abort();
  }

  get #usesChunks(): boolean {
    const {settings, request} = this.#context;
    return settings.sendsChunks && this.#session.features.hasChunking && !request.verifyOnly;
  }

  /** Known before a word is said. */
  #unfit(): Failure | undefined {
    const {features, peer, tls} = this.#session;
    const {envelope} = this.#context.request;
    if (features.sizeLimit > 0 && features.sizeLimit < envelope.sizeBytes)
      return {
        status: TOO_LARGE,
        text: `message size ${envelope.sizeBytes} exceeds size limit ${features.sizeLimit} of server ${peer.nameAddress}`,
        isOfServer: false,
      };
    if (this.#context.demand === 'enforced' && !(this.#requiresTls && tls?.peerIsMatched === true))
      return {
        status: '5.7.30',
        text: `REQUIRETLS is required, but was not offered by host ${peer.nameAddress}`,
        isOfServer: false,
        isUnmetDemand: true,
      };
    if (breaksLine(this.#context.addresses.sender))
      return {status: '5.1.7', text: 'bad sender address syntax', isOfServer: false};
    if (features.hasSmtpUtf8 || !this.#needsUtf8()) return undefined;
    const text = `SMTPUTF8 is required, but was not offered by host ${peer.nameAddress}`;
    return {status: '5.6.7', text, isOfServer: false};
  }

  /** The message wants it, and the server has it, within TLS (RFC 8689 section 2). */
  get #requiresTls(): boolean {
    const {demand} = this.#context;
    const {tls, features} = this.#session;
    return demand !== 'none' && demand !== 'waived' && tls !== undefined && features.hasRequireTls;
  }

  /** The sender's client asked for it, and something in header or envelope needs it (RFC 6531 section 3.4). */
  #needsUtf8(): boolean {
    const bits = (this.#context.request.envelope.sendOptions ?? 0) & UTF8_ALL;
    if ((bits & UTF8_REQUESTED) === 0) return false;
    return bits !== UTF8_REQUESTED || this.#fates.recipients.some(({address}) => hasHighBit(address));
  }

  #prepare(): void {
    const {settings, request, addresses} = this.#context;
    const {features, isReused} = this.#session;
    const {envelope} = request;
    if (isReused) this.#push('rset', 'RSET\r\n');
    if (settings.sendsXforward && features.xforward.size > 0)
      for (const command of xforwardCommands(envelope, features))
        this.#push(/^XFORWARD (NAME|ADDR|PORT)=/.test(command) ? 'forward' : 'forwardMore', command);
    this.#push('mail', mailCommand(addresses.sender, envelope, features, settings, this.#requiresTls));
    for (const [index, recipient] of this.#fates.recipients.entries()) {
      const address = addresses.recipients[index] ?? recipient.address;
      if (breaksLine(address)) {
        this.#fates.fail(recipient, {status: '5.1.3', text: 'bad recipient address syntax', isOfServer: false});
        continue;
      }
      this.#asked.push(recipient);
      this.#push('rcpt', rcptCommand(address, recipient, envelope, features, settings));
    }
    if (!this.#isProbe('rcpt') && !this.#usesChunks) this.#push('data', 'DATA\r\n');
  }

  #push(stage: StageName, line: string): void {
    this.#stages.push(stage);
    this.#lines.push(line);
  }

  #isProbe(end: 'rcpt' | 'data'): boolean {
    return this.#context.request.verifyOnly && this.#context.settings.probeEnd === end;
  }

  /** Commands go out as far ahead as may be; each reply is for the oldest that has none. */
  async #converse(): Promise<void> {
    const {connection, features} = this.#session;
    let sent = 0;
    for (let answered = 0; answered < this.#stages.length; answered++) {
      const stage = this.#stages[answered] ?? 'mail';
      if (sent === answered && this.#isInVain(stage)) return;
      while (sent < this.#lines.length && (sent === answered || this.#mayRunAhead(features.hasPipelining)))
        connection.add(this.#lines[sent++] ?? '');
      this.#take(stage, await this.#reply(stage));
    }
  }

  /** Nothing that follows can help: without pipelining it is not even said. */
  #isInVain(next: StageName): boolean {
    if (next === 'rcpt') return this.#isSenderRefused;
    return next === 'data' && this.#accepted.length === 0;
  }

  #mayRunAhead(hasPipelining: boolean): boolean {
    return hasPipelining && this.#session.connection.batchLength < MAX_BATCH;
  }

  async #reply(name: StageName): Promise<Reply> {
    this.#progress.where = PROTOCOL_STAGES[name].doing;
    const reply = await this.#session.connection.reply(this.#patience(name));
    if (reply.code === 421) this.#session.isSpent = true;
    return reply;
  }

  #patience(name: StageName): Patience {
    const {timeouts, hasDeadlines} = this.#context.settings;
    return {seconds: secondsFor(name, timeouts), isDeadline: hasDeadlines};
  }

  #take(name: StageName, reply: Reply): void {
    switch (name) {
      case 'rset':
        if (!isPositive(reply)) throw new ProbeRefused();
        return;
      case 'forward':
      case 'forwardMore':
        if (!isPositive(reply)) this.#context.log.warning(this.#said(reply, name, this.#session.peer.relay));
        return;
      case 'mail':
        if (isPositive(reply)) return;
        this.#isSenderRefused = true;
        return this.#fates.failRest(this.#refused(reply, name));
      case 'rcpt':
        return this.#takeRecipient(reply);
      case 'data':
        return this.#takeData(reply);
      case 'dot':
      case 'chunk':
      case 'lastChunk':
      case 'abort':
        return;
    }
  }

  #takeRecipient(reply: Reply): void {
    const recipient = this.#asked[this.#recipientReplies++];
    if (this.#isSenderRefused || recipient === undefined) return;
    if (!isPositive(reply)) this.#fates.fail(recipient, this.#refused(reply, 'rcpt'));
    else if (this.#isProbe('rcpt')) this.#fates.succeed(recipient, reply);
    else this.#accepted.push(recipient);
  }

  #takeData(reply: Reply): void {
    this.#hasData = reply.code >= 300 && reply.code < 400;
    if (this.#hasData && this.#isProbe('data'))
      for (const recipient of this.#accepted) this.#fates.succeed(recipient, reply);
    if (this.#hasData || this.#accepted.length === 0) return;
    this.#accepted.length = 0;
    this.#fates.failRest(this.#refused(reply, 'data'));
  }

  async #finish(): Promise<void> {
    if (this.#isProbe('data')) return this.#breakOff();
    const isKept = this.#context.mayKeep();
    if (!isKept) this.#session.isSpent = true;
    const tail = !isKept && this.#session.features.hasPipelining ? '.\r\nQUIT\r\n' : '.\r\n';
    if (this.#accepted.length > 0) await this.#sendContent(tail);
    else this.#session.connection.add(tail); // all were refused after DATA was on its way (RFC 2920 section 3.1)
    if (this.#context.settings.protocol === 'lmtp') await this.#takeEachEnd();
    else this.#takeEnd(await this.#reply('dot'));
    if (!isKept && tail === '.\r\n') this.#leave();
  }

  async #sendContent(tail: string): Promise<void> {
    const {content, settings} = this.#context;
    const {connection, features, delaysDot} = this.#session;
    const lines = new WireLines(settings.lineLimit);
    this.#progress.where = 'sending message body';
    const source = content.for(features);
    const whole = delaysDot ? undefined : await source.wholeIfSmall(SMALL);
    if (whole !== undefined) {
      connection.write(lines.encode(whole, tail));
      return this.#noteBroken(lines);
    }
    const start = Date.now();
    let bytes = 0;
    for await (const chunk of source.chunks()) {
      connection.write(lines.encode(chunk));
      bytes += chunk.length;
      if (connection.isBacklogged) await connection.drained(this.#bodyPatience(start, bytes));
    }
    if (delaysDot) await setTimeout(this.#context.pixDelaySeconds * 1000);
    connection.add(lines.end() + tail);
    this.#noteBroken(lines);
  }

  /** RFC 3030 section 2: each chunk with its length and a reply; a small message is one. */
  async #sendChunks(): Promise<void> {
    const {content, settings} = this.#context;
    const lines = new WireLines(settings.lineLimit, false);
    const source = content.for(this.#session.features);
    this.#progress.where = 'sending message body';
    const whole = await source.wholeIfSmall(SMALL);
    if (whole !== undefined) await this.#sendLastChunk(lines, whole);
    else await this.#streamChunks(lines, source);
    this.#noteBroken(lines);
  }

  async #streamChunks(lines: WireLines, source: Content): Promise<void> {
    let waiting: Buffer | undefined; // which one is the last is known when there is no other
    for await (const chunk of source.chunks()) {
      if (waiting !== undefined && !(await this.#sendChunk(lines.encode(waiting)))) return;
      waiting = chunk;
    }
    await this.#sendLastChunk(lines, waiting ?? Buffer.alloc(0));
  }

  /** False: it was refused, and the rest would be for nothing. */
  async #sendChunk(bytes: Buffer): Promise<boolean> {
    const {connection} = this.#session;
    if (bytes.length === 0) return true;
    connection.add(`BDAT ${bytes.length}\r\n`);
    connection.write(bytes);
    const reply = await this.#reply('chunk');
    if (isPositive(reply)) return true;
    this.#fates.failRest(this.#refused(reply, 'chunk'));
    await this.#abort();
    return false;
  }

  async #sendLastChunk(lines: WireLines, last: Buffer): Promise<void> {
    const {connection, features} = this.#session;
    const isKept = this.#context.mayKeep();
    if (!isKept) this.#session.isSpent = true;
    const bytes = lines.encode(last, '');
    connection.add(`BDAT ${bytes.length} LAST\r\n`);
    connection.write(bytes);
    const leavesAtOnce = !isKept && features.hasPipelining;
    if (leavesAtOnce) connection.add('QUIT\r\n');
    const reply = await this.#reply('lastChunk');
    if (isPositive(reply)) for (const recipient of this.#accepted) this.#fates.succeed(recipient, reply);
    else this.#fates.failRest(this.#refused(reply, 'lastChunk'));
    if (!isKept && !leavesAtOnce) this.#leave();
  }

  #noteBroken({hasBroken}: WireLines): void {
    const {log, request, settings} = this.#context;
    if (hasBroken) log.info(`${request.envelope.id}: breaking line > ${settings.lineLimit} bytes with <CR><LF>SPACE`);
  }

  /** With deadlines, a server that takes the message fast enough gets more time (smtp_min_data_rate). */
  #bodyPatience(start: number, bytes: number): Patience {
    const {timeouts, hasDeadlines, minDataRate} = this.#context.settings;
    if (!hasDeadlines) return {seconds: timeouts.dataXfer, isDeadline: false};
    const left = timeouts.dataXfer + bytes / minDataRate - (Date.now() - start) / 1000;
    return {seconds: Math.max(left, 0), isDeadline: true};
  }

  #takeEnd(reply: Reply): void {
    if (this.#accepted.length === 0) return; // they know already
    if (!isPositive(reply)) return this.#fates.failRest(this.#refused(reply, 'dot'));
    for (const recipient of this.#accepted) this.#fates.succeed(recipient, reply);
  }

  /** LMTP: a reply for each recipient that was accepted (RFC 2033 section 4.2); none at all is one reply to the dot. */
  async #takeEachEnd(): Promise<void> {
    for (const recipient of this.#accepted) {
      const reply = await this.#reply('dot');
      if (isPositive(reply)) this.#fates.succeed(recipient, reply);
      else this.#fates.fail(recipient, this.#refused(reply, 'dot'));
    }
    if (this.#accepted.length === 0) await this.#reply('dot');
  }

  async #abort(): Promise<void> {
    const isKept = this.#context.mayKeep();
    if (!isKept) this.#session.isSpent = true;
    this.#session.connection.add('RSET\r\n');
    await this.#reply('abort');
    if (!isKept) this.#leave();
  }

  /** Within DATA there is no polite way out. */
  #breakOff(): void {
    this.#session.isSpent = true;
    this.#session.connection.destroy();
  }

  #leave(): void {
    this.#session.isSpent = true;
    this.#session.connection.add('QUIT\r\n');
  }

  #refused(reply: Reply, name: StageName): Failure {
    return refusal(this.#session.peer, reply, this.#said(reply, name), false);
  }

  #said(reply: Reply, name: StageName, peer = this.#session.peer.nameAddress): string {
    return `host ${peer} said: ${oneLine(reply.text)} (in reply to ${PROTOCOL_STAGES[name].command})`;
  }
}

function secondsFor(name: StageName, timeouts: ClientSettings['timeouts']): Stage['seconds'] {
  switch (name) {
    case 'rset':
    case 'abort':
      return timeouts.rset;
    case 'forward':
    case 'forwardMore':
      return timeouts.xforward;
    case 'mail':
      return timeouts.mail;
    case 'rcpt':
      return timeouts.rcpt;
    case 'data':
      return timeouts.dataInit;
    case 'chunk':
      return timeouts.dataXfer;
    case 'dot':
    case 'lastChunk':
      return timeouts.dataDone;
  }
}

/** No address that SMTP could carry: what is behind the break would be a command (RFC 5321 section 4.1.2). */
function breaksLine(address: string): boolean {
  return address.includes('\n') || address.includes('\r');
}

function isPositive(reply: Reply): boolean {
  return reply.code >= 200 && reply.code < 300;
}

function hasHighBit(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return true;
  return false;
}

const TOO_LARGE = '5.3.4';

/** Bytes of commands that go out before their replies are looked at. */
const MAX_BATCH = 32768;
/** A message up to this size goes out in one write. */
const SMALL = 65536;
