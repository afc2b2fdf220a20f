/**
 * The SMTP server's side of a conversation (RFC 5321), without a socket: command lines and content come in, replies go out.
 * The commands are in `commands/`; here is what is common to them: order, error limits, counters, the log of the session.
 *
 * Replies are gathered and sent when the client's input is used up, so that pipelined commands cost one write.
 */
import {setTimeout as pause} from 'node:timers/promises';
import type {Later} from '../address/address-rewriter.ts';
import {isAscii} from '../base/bytes.ts';
import {describe, Refusal} from '../base/errors.ts';
import {splitCommand} from '../smtp/command-line.ts';
import {isUtf8Text} from '../table/fold.ts';
import type {ClientParser} from '../smtp/client-parser.ts';
import type {BareNewlinePolicy} from '../smtp/data-decoder.ts';
import type {TlsSession} from '../net/tls-session.ts';
import {clientRights, NO_RIGHTS, type ClientRights} from './client-rights.ts';
import {CommandCounters} from './command-counters.ts';
import type {Chunking} from './commands/bdat.ts';
import {commands, type SmtpdCommand} from './commands/registry.ts';
import type {Forwarded} from './commands/xforward.ts';
import {hasValidDomain} from './domain-syntax.ts';
import type {ReceivedSettings} from './received-line.ts';
import {withFooter} from './reject-footer.ts';
import {rejectLine} from './reject-line.ts';
import {SessionRecord} from './session-record.ts';
import {Transaction} from './transaction.ts';
import type {SmtpdService} from './smtpd-service.ts';
import {nameAndAddress, newActions, type SmtpdClient, type SmtpdStage, type SmtpdState} from './smtpd-state.ts';

/** What the machine asks of its connection. */
export interface SmtpdWire {
  readonly parser: ClientParser;
  /** Text with line ends; sent when the input is used up, or by `flush`. */
  write(text: string): void;
  flush(): void;
  /** What was written goes out in plain text, and the handshake begins; undefined: it failed, the session is over. */
  startTls(): Promise<TlsSession | undefined>;
  /** Sends what is written and ends the connection. */
  end(): void;
}

/** How a session ended that the client did not end with QUIT. */
export type LostKind = 'lost connection' | 'timeout' | 'too many errors' | 'improper command pipelining';

export class SmtpdMachine {
  readonly service: SmtpdService;
  readonly wire: SmtpdWire;
  readonly state: SmtpdState;
  readonly counters = new CommandCounters();
  readonly transaction: Transaction;
  readonly record: SessionRecord;
  /** Commands that went wrong in this session. */
  errors = 0;
  /** Commands since the last message that do nothing. */
  junk = 0;
  /** Refused at the greeting: only QUIT is obeyed. */
  denied: string | undefined;
  /** Where the client stands in the log of its end: the last command. */
  where = 'CONNECT';
  /** Set by XCLIENT: what the client really is. */
  readonly peer: SmtpdClient;
  isOver = false;
  /** What XFORWARD told. */
  forwarded: Forwarded = {};
  /** Content that comes by BDAT. */
  chunking: Chunking | undefined;
  /** EHLO keywords this client was not told. */
  discarded: ReadonlySet<string>;
  /** The last user name that was tried, for the log of failures. */
  lastLogin: string | undefined;
  rights: ClientRights = NO_RIGHTS;
  lostKind: LostKind | undefined;
  /** The command whose content is being read. */
  receiving: 'data' | 'bdat' | undefined;
  /** The command at hand, as it came. */
  line = '';
  #isConnected = false;
  #isObeying = false;
  #nextLine: ((line: string) => Later<boolean>) | undefined;
  #nextName = '';

  constructor(service: SmtpdService, wire: SmtpdWire, client: SmtpdClient) {
    this.service = service;
    this.wire = wire;
    this.peer = client;
    this.discarded = service.settings.discardedKeywords;
    this.record = new SessionRecord(service.notices);
    this.state = {
      client,
      service: service.name,
      protocol: 'SMTP',
      stage: 'CONNECT',
      heloName: undefined,
      sender: undefined,
      recipient: undefined,
      recipientCount: 0,
      messageSize: 0,
      isUtf8: false,
      queueId: undefined,
      tls: undefined,
      login: undefined,
      actions: newActions(),
      instance: '',
    };
    this.transaction = new Transaction(this);
  }

  /** `name[address]`, with the port where smtpd_client_port_logging wants it. */
  get clientText(): string {
    const text = nameAndAddress(this.state.client);
    return this.service.settings.logsPort ? `${text}:${this.state.client.port}` : text;
  }

  /** The client is there: counted, judged, greeted; `secure` where TLS comes before all that is said. */
  async start(secure?: () => Promise<TlsSession | undefined>): Promise<void> {
    const {log} = this.service;
    log.info(`connect from ${this.clientText}`);
    if (await this.#isTooBusy()) return;
    this.#isConnected = true;
    if (secure !== undefined && !(await this.#secured(secure))) return this.lose('lost connection');
    await this.#judgeClient();
  }

  async #secured(secure: () => Promise<TlsSession | undefined>): Promise<boolean> {
    this.where = 'CONNECT';
    this.state.tls = await secure();
    const {tls} = this.state;
    const refused =
      tls === undefined
        ? undefined
        : ((await this.countsNewTls(tls)) ?? this.service.tls?.refusal(tls, this.clientText));
    if (refused !== undefined) this.refuse(refused);
    return tls !== undefined && refused === undefined;
  }

  /** Lists, restrictions and greeting for who the client is now. */
  async #judgeClient(): Promise<void> {
    const {access} = this.service;
    this.rights = await clientRights(this.service, this.state.client);
    await this.service.sasl?.ready?.();
    const refused = this.service.settings.delaysReject ? undefined : await access.connect(this.state);
    if (refused !== undefined) {
      this.denied = refused;
      this.errors++;
      return this.#deny(refused);
    }
    if (this.forbidsEarlyInput('CONNECT')) return;
    this.say(`220 ${this.service.settings.banner}`);
    this.wire.flush();
  }

  /** One line of the client's. */
  command(given: string, isBare: boolean): Later<void> {
    if (this.isOver) return;
    this.record.said('In', given);
    const {settings} = this.service;
    const next = this.#nextLine;
    if (next !== undefined) {
      this.#nextLine = undefined;
      return this.#finish(this.#nextName, this.errors, next(given));
    }
    if (this.errors >= settings.hardErrorLimit) return this.#giveUp();
    const line = given.slice(0, settings.lineLimit);
    if (given.length >= settings.lineLimit) this.#warnOfLength(line);
    if (isBare && settings.bareNewline === 'reject') return this.#refuseBareNewline();
    if (this.service.lists.commandFilter.length > 0) return this.#filtered(line).then(filtered => this.#obey(filtered));
    return this.#obey(line);
  }

  #obey(whole: string): Later<void> {
    const end = whole.indexOf('\0');
    const line = end < 0 ? whole : whole.slice(0, end); // as the original's strings end
    this.line = whole;
    this.#isObeying = true;
    const {verb, word, argument} = splitCommand(line);
    if (word === '') return this.#refuseLine('500 5.5.2 Error: bad syntax');
    if (this.service.settings.isUtf8 && !isAscii(whole) && !isUtf8Text(whole))
      return this.#refuseLine('500 5.5.2 Error: bad UTF-8 syntax');
    const command = commands.get(verb);
    const {noopCommands} = this.service.lists;
    const isNoop = noopCommands?.matches(word) ?? false;
    if (isNoop instanceof Promise) return isNoop.then(isOne => this.#perform(line, command, argument, isOne));
    return this.#perform(line, command, argument, isNoop);
  }

  #perform(line: string, command: SmtpdCommand | undefined, argument: string, isNoop: boolean): Later<void> {
    if (isNoop) return this.#ignore();
    if (command === undefined) return this.#unknown(line);
    const before = this.errors;
    this.where = command.name;
    const waits = command.isLast === true || this.state.protocol !== 'ESMTP';
    if (waits && this.forbidsEarlyInput(command.name)) return this.#finish(command.counter, before, false);
    if (!command.keepsStage) this.state.stage = command.name as SmtpdStage; // those that ask restrictions are stages
    const complaint = this.#prevents(command);
    if (complaint !== undefined) {
      this.say(complaint);
      return this.#finish(command.counter, before, false);
    }
    if (command.isJunk && this.junk++ > this.service.settings.junkLimit) this.errors++;
    return this.#finish(command.counter, before, command.run(this, argument));
  }

  /** What is no command line at all is counted as an error only. */
  #refuseLine(reply: string): Later<void> {
    this.say(reply);
    this.errors++;
    this.#isObeying = false;
    return this.#slowDown(this.errors - 1);
  }

  /** postconf(5) smtpd_noop_commands. */
  #ignore(): void {
    this.say('250 2.0.0 Ok');
    if (this.junk++ > this.service.settings.junkLimit) this.errors++;
    this.#isObeying = false;
  }

  /** Whatever the client says, it is not let in. */
  #prevents(command: SmtpdCommand): string | undefined {
    const denial = command.name === 'QUIT' ? undefined : this.#isDenied();
    if (denial !== undefined) return denial;
    const {tls} = this.service;
    if (tls?.isRequired === true && this.state.tls === undefined && command.worksBeforeTls !== true)
      return '530 5.7.0 Must issue a STARTTLS command first';
    return undefined;
  }

  #isDenied(): string | undefined {
    return this.denied === undefined
      ? undefined
      : `503 5.7.0 Error: access denied for ${nameAndAddress(this.state.client)}`;
  }

  #finish(counter: string, errorsBefore: number, result: Later<boolean>): Later<void> {
    if (result instanceof Promise) return result.then(isGood => this.#count(counter, errorsBefore, isGood));
    return this.#count(counter, errorsBefore, result);
  }

  #count(counter: string, errorsBefore: number, isGood: boolean): Later<void> {
    this.#isObeying = false;
    if (this.#nextLine !== undefined) return; // the command goes on
    this.counters.count(counter, isGood);
    if (!isGood) this.#wentWrong();
    if (this.isOver) return this.wire.end();
    return this.#slowDown(errorsBefore);
  }

  #slowDown(errorsBefore: number): Later<void> {
    const {softErrorLimit, errorSleepSeconds} = this.service.settings;
    if (errorsBefore < softErrorLimit || this.isOver || errorSleepSeconds === 0) return;
    return pause(errorSleepSeconds * 1000); // the reply waits with it
  }

  #wentWrong(): void {
    this.errors++;
    this.record.trouble('protocol');
  }

  #unknown(line: string): Later<void> {
    const {word} = splitCommand(line);
    this.where = 'UNKNOWN';
    const isForbidden = word.indexOf(':') > 0 || this.service.lists.forbiddenCommands.matches(word);
    if (isForbidden instanceof Promise) return isForbidden.then(isOne => this.#refuseUnknown(line, isOne));
    return this.#refuseUnknown(line, isForbidden);
  }

  #refuseUnknown(line: string, isForbidden: boolean): Later<void> {
    if (isForbidden) {
      this.service.log.warning(`non-SMTP command from ${this.clientText}: ${escaped(this.line.slice(0, 100))}`);
      this.say('221 2.7.0 Error: I can break rules, too. Goodbye.');
      this.end();
    } else this.say(this.#isDenied() ?? '500 5.5.2 Error: command not recognized');
    return this.#finish('unknown', this.errors, false);
  }

  /** One reply, without its line end. */
  say(given: string): void {
    const reply = this.service.settings.isSoft ? softened(given) : given;
    this.record.said('Out', reply);
    const code = reply.charCodeAt(0);
    if (this.#hasFooters && (code === FOUR || code === FIVE)) this.wire.write(`${this.#footed(reply)}\r\n`);
    else this.wire.write(`${reply}\r\n`);
  }

  get #hasFooters(): boolean {
    const {settings, lists} = this.service;
    return settings.rejectFooter !== '' || lists.rejectFooterMaps.length > 0;
  }

  #footed(reply: string): string {
    const {settings, lists, log} = this.service;
    const {rejectFooter: text, hostName, mailName} = settings;
    return withFooter(reply, this.state, {text, maps: lists.rejectFooterMaps, hostName, mailName}, log);
  }

  /** The answer to what was just said comes as the next line. */
  askFor(counter: string, take: (line: string) => Later<boolean>): void {
    this.#nextName = counter;
    this.#nextLine = take;
  }

  /** Client, sender or recipient restrictions said no: the reply, and the end where it is one. */
  refuse(reply: string): false {
    this.record.trouble(/^4\d\d 4\.3\./.test(reply) ? 'resource' : 'policy');
    this.say(reply);
    if (/^(?:421|521)/.test(reply)) this.end();
    return false;
  }

  /** The conversation is over, with the command at hand; what is written goes out first. */
  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    if (!this.#isObeying) this.wire.end();
  }

  /** The connection is gone: whatever the reason, once. */
  ended(kind: LostKind | undefined): void {
    this.isOver = true;
    const place = this.#place();
    if (this.receiving !== undefined) this.counters.spoil(this.receiving);
    this.transaction.abort();
    const {log, limits} = this.service;
    const isDone = kind === 'lost connection' && place === 'END-OF-MESSAGE'; // a client that does without QUIT
    if (kind !== undefined && !isDone) log.info(`${kind} after ${place} from ${this.clientText}`);
    log.info(`disconnect from ${this.clientText}${this.counters.toString()}`);
    if (this.#isConnected) limits.disconnected(this.limitKey);
    this.record.end(
      nameAndAddress(this.state.client),
      kind === undefined ? undefined : `${kind} after ${this.#place()}`,
    );
  }

  get limitKey(): string {
    return `${this.service.name}:${this.peer.address}`;
  }

  timedOut(): void {
    if (this.isOver) return;
    this.wire.write(`421 4.4.2 ${this.service.settings.hostName} Error: timeout exceeded\r\n`);
    this.lose('timeout');
  }

  /** Ends the session for a reason that the log names. */
  lose(kind: LostKind): void {
    this.lostKind = kind;
    this.end();
  }

  /** Input that came before its time, at a point where the client has to wait: it may be somebody else's. */
  forbidsEarlyInput(after: string): boolean {
    const {parser} = this.wire;
    if (parser.pendingBytes === 0 || this.state.hasPipelined === true) return false;
    const {settings, log} = this.service;
    log.info(`improper command pipelining after ${after} from ${this.clientText}: ${escaped(parser.pendingText(100))}`);
    this.state.hasPipelined = true;
    if (!settings.forbidsPipelining) return false;
    this.say('554 5.5.0 Error: SMTP protocol synchronization');
    this.end();
    return true;
  }

  #place(): string {
    const {content} = this.transaction;
    return content === undefined ? this.where : `${content.command} (${content.bytes} bytes)`;
  }

  #giveUp(): void {
    this.say(`421 4.7.0 ${this.service.settings.hostName} Error: too many errors`);
    this.lose('too many errors');
  }

  #refuseBareNewline(): void {
    const {hostName, bareNewlineCode} = this.service.settings;
    this.logRejected('bare <LF> received');
    this.say(`${bareNewlineCode} 5.5.2 ${hostName} Error: bare <LF> received`);
    this.end();
  }

  #warnOfLength(line: string): void {
    const {log, settings} = this.service;
    log.warning(`${this.clientText}: request longer than ${settings.lineLimit}: ${printable(line.slice(0, 30))}...`);
  }

  async #filtered(line: string): Promise<string> {
    const {log, lists} = this.service;
    for (const table of lists.commandFilter) {
      const found = await table.lookup(line);
      if (found === undefined) continue;
      const [old, made] = [printable(line.slice(0, 100)), printable(found.value.slice(0, 100))];
      log.info(`${this.clientText}: replacing command "${old}" with "${made}"`);
      return found.value;
    }
    return line;
  }

  #deny(reply: string): void {
    this.say(reply);
    if (/^(?:421|521)/.test(reply)) this.end();
    else this.wire.flush();
  }

  /** Connections at once and per time unit (anvil). */
  async #isTooBusy(): Promise<boolean> {
    const {limits, settings, log} = this.service;
    const {open, rate} = limits.connected(this.limitKey);
    const isOpen = settings.limits.connections > 0 && open > settings.limits.connections;
    const isRate = settings.limits.connectionRate > 0 && rate > settings.limits.connectionRate;
    if ((!isOpen && !isRate) || (await this.isExcepted())) return false;
    this.#isConnected = true;
    const [what, count] = isOpen ? ['concurrency', open] : ['rate', rate];
    this.say(`421 4.7.0 ${settings.hostName} Error: too many connections from ${this.peer.address}`);
    log.warning(`Connection ${what} limit exceeded: ${count} from ${this.clientText} for service ${this.service.name}`);
    this.end();
    return true;
  }

  /** Messages, recipients, logins: is this one too many? */
  async exceeds(event: 'auth', limit: number, what: string): Promise<boolean> {
    const rate = this.service.limits.happened(this.limitKey, event);
    if (limit === 0 || rate <= limit || (await this.isExcepted())) return false;
    this.warnOfRate(what, rate);
    return true;
  }

  /** postconf(5) smtpd_client_new_tls_session_rate_limit, before a handshake: the reply of a refusal. */
  async refusesMoreTls(): Promise<string | undefined> {
    const limit = this.service.settings.limits.newTlsRate;
    if (limit === 0 || this.service.limits.rate(this.limitKey, 'newtls') <= limit) return undefined;
    if (await this.isExcepted()) return undefined;
    this.service.log.warning(`Refusing STARTTLS request from ${this.clientText} for service ${this.service.name}`);
    return `454 4.7.0 Error: too many new TLS sessions from ${nameAndAddress(this.state.client)}`;
  }

  /** The same behind it: a session that was taken up again costs little. */
  async countsNewTls(session: TlsSession): Promise<string | undefined> {
    const {limits, settings} = this.service;
    const limit = settings.limits.newTlsRate;
    if (session.isReused === true) return undefined;
    const rate = limits.happened(this.limitKey, 'newtls');
    if (limit === 0 || rate <= limit || (await this.isExcepted())) return undefined;
    this.warnOfRate('New TLS session', rate);
    return `421 4.7.0 ${settings.hostName} Error: too many new TLS sessions from ${nameAndAddress(this.state.client)}`;
  }

  /** postconf(5) smtpd_client_event_limit_exceptions. */
  async isExcepted(): Promise<boolean> {
    return this.service.lists.limitExceptions.matchesClient(this.peer.name, this.peer.address);
  }

  warnOfRate(what: string, rate: number): void {
    const {log, name} = this.service;
    log.warning(`${what} rate limit exceeded: ${rate} from ${this.clientText} for service ${name}`);
  }

  warnOfSyntax(command: string, written: string): void {
    const shown = this.service.settings.isUtf8 ? written : printable(written);
    this.service.log.warning(`Illegal address syntax from ${this.clientText} in ${command} command: ${shown}`);
  }

  /** Refused by the machine itself, not by a restriction. */
  logRejected(reply: string, stage: string = this.state.stage): void {
    this.service.log.info(rejectLine(this.state, stage, reply, this.clientText));
  }

  /** Cleanup could not take a message: whatever is not its verdict is the operator's business. */
  logFault(fault: unknown): void {
    if (fault instanceof Refusal) return;
    this.service.log.warning(`${this.state.queueId ?? 'NOQUEUE'}: ${describe(fault)}`);
  }

  get mayXclient(): boolean {
    return this.rights.mayXclient;
  }
  get mayXforward(): boolean {
    return this.rights.mayXforward;
  }
  get mayVerp(): boolean {
    return this.rights.mayVerp;
  }
  /** RFC 8689 section 2: only within TLS. */
  get mayRequireTls(): boolean {
    return this.state.tls !== undefined && this.service.settings.hasRequireTls;
  }
  get isChunking(): boolean {
    return this.chunking !== undefined;
  }

  /** postconf(5) smtpd_sasl_exceptions_networks. */
  get isSaslExcepted(): boolean {
    return this.rights.isSaslExcepted;
  }

  /** What follows AUTH in EHLO's answer; '' when there is nothing to announce. */
  announcedMechanisms(): string {
    const {sasl, tls} = this.service;
    const isEncrypted = this.state.tls !== undefined;
    if (sasl === undefined || this.isSaslExcepted || (tls?.isAuthOnly === true && !isEncrypted)) return '';
    return sasl
      .mechanisms(isEncrypted)
      .map(({name}) => name)
      .join(' ');
  }

  /** Why neither DATA nor BDAT can begin. */
  notReadyForContent(): string | undefined {
    if (this.transaction.recipients.length > 0) return undefined;
    return this.transaction.isOpen ? '554 5.5.1 Error: no valid recipients' : '503 5.5.1 Error: need RCPT command';
  }

  /** As the resolver sees it: can this be an address at all? */
  isValidAddress(address: string, isUtf8: boolean): Later<boolean> {
    if (address === '') return true;
    if (!hasValidDomain(address, isUtf8)) return false;
    const resolution = this.service.resolver?.resolve(address, '');
    if (resolution === undefined) return true;
    if (resolution instanceof Promise) return resolution.then(({problem}) => problem !== 'syntax');
    return resolution.problem !== 'syntax';
  }

  /** postconf(5) queue_minfree. */
  async lacksRoom(messageBytes: number): Promise<boolean> {
    const {settings, log} = this.service;
    const free = await this.service.freeBytes();
    const isShort = free !== undefined && (free <= settings.minFreeBytes || free / 1.5 <= messageBytes);
    if (isShort) log.warning(`not enough free space in mail queue: ${free} bytes < 1.5*message size limit`);
    return isShort;
  }

  /** postconf(5) smtpd_forbid_bare_newline, for this client. */
  bareNewlinePolicy(): BareNewlinePolicy {
    return this.rights.isBareNewlineExcluded ? 'lenient' : this.service.settings.bareNewline;
  }

  /** The content that a command began was refused in the end: the command had not gone well. */
  async contentFailed(errorsBefore: number): Promise<void> {
    this.errors++;
    const {softErrorLimit, errorSleepSeconds} = this.service.settings;
    if (errorsBefore >= softErrorLimit && !this.isOver) await pause(errorSleepSeconds * 1000);
  }

  /** RFC 3207 section 4.2: after STARTTLS nothing that was said before counts. */
  beginAnew(session: TlsSession): void {
    this.transaction.reset();
    this.service.access.forgetHelo(this.state);
    this.state.tls = session;
    this.state.heloName = undefined;
    this.state.login = undefined;
    this.discarded = this.service.settings.discardedKeywords;
  }

  /** XCLIENT: greeted again, as another one. */
  async becomeClient(client: SmtpdClient): Promise<void> {
    this.transaction.reset();
    this.service.access.forgetHelo(this.state);
    this.state.client = client;
    this.denied = undefined;
    await this.#judgeClient();
  }

  get receivedSettings(): ReceivedSettings {
    const {settings, tls} = this.service;
    return {
      hostName: settings.hostName,
      mailName: settings.mailName,
      tlsLines: this.state.tls === undefined ? [] : (tls?.receivedLines(this.state.tls) ?? []),
      showsLogin: settings.showsLoginInReceived,
    };
  }
}

const FOUR = 0x34;
const FIVE = 0x35;

/** For the log: control characters and what is not ASCII become question marks. */
function printable(text: string): string {
  return text.replace(/[^ -~]/g, '?');
}

/** For the log, bytes that nobody understood: as C writes them. */
function escaped(text: string): string {
  return text.replace(/[^ -[\]-~]/g, char => SHORT.get(char) ?? `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

const SHORT: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\v', '\\v'],
  ['\f', '\\f'],
  ['\r', '\\r'],
]);

/** postconf(5) soft_bounce: nothing is refused for good. */
function softened(reply: string): string {
  return reply.startsWith('5') ? `4${reply.slice(1, 4)}${reply.slice(4).replace(/^5\./, '4.')}` : reply;
}
