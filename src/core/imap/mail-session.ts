/**
 * The conversation with a client that is logged in: commands are read and run one after the other, and what happens in
 * the selected mailbox is told at the moments the protocol allows (untagged.ts). Ends with `SessionEnd`.
 */
import type {Clock} from '../base/clock.ts';
import {describe, ParseError, Refusal} from '../base/errors.ts';
import type {EventScripts} from '../delivery/sieve/event-scripts.ts';
import type {Log} from '../log/log.ts';
import {MailError} from '../mailbox/mail-error.ts';
import type {Mailbox} from '../mailbox/mailbox.ts';
import type {MailStore} from '../mailbox/mail-store.ts';
import type {MessagePart} from '../message/mime/message-part.ts';
import {fail} from './argument.ts';
import {capability} from './capability.ts';
import {planFetch} from './fetch/fetch-plan.ts';
import {FetchRun} from './fetch/fetch-run.ts';
import type {WindowEnd} from './fetch/stream-range.ts';
import type {ClientLine} from './client-line.ts';
import type {Call, ImapCommand} from './command.ts';
import {CommandReader} from './command-reader.ts';
import {commands} from './commands/index.ts';
import type {ImapSettings} from './imap-settings.ts';
import {expandLogoutFormat, newCounters} from './logout-format.ts';
import {Notifications} from './notify/notifications.ts';
import {tellContexts} from './search/search-context.ts';
import type {Selected} from './selected.ts';
import {SessionEnd} from './session-end.ts';
import {internalError, refusalText, withPeriod, withTimes} from './tagged-reply.ts';
import {highestModSeqCode, tellChanges} from './untagged.ts';

/** After so many commands in a row that were not understood the client is cut off. */
const MOST_BAD_COMMANDS = 20;
const MAX_DEPTH = 500;
/** RFC 7888 section 5. */
const LITERAL_MINUS_BYTES = 4096;
const INACTIVE = 'Disconnected for inactivity.';

export interface MailSessionOptions {
  readonly line: ClientLine;
  readonly settings: ImapSettings;
  readonly store: MailStore;
  readonly log: Log;
  readonly clock: Clock;
  readonly scripts?: EventScripts | undefined;
}

export class MailSession {
  readonly line: ClientLine;
  readonly settings: ImapSettings;
  readonly store: MailStore;
  readonly log: Log;
  readonly clock: Clock;
  /** mail_plugins has imap_sieve: they are told of what commands did. */
  readonly scripts: EventScripts | undefined;
  readonly counters = newCounters();
  readonly notifications: Notifications;
  /** The mailbox that is selected. */
  selected: Selected | undefined;
  /** The client knows of modification sequences (RFC 7162 section 3.1), of VANISHED (section 3.2). */
  hasCondstore = false;
  hasQresync = false;
  isCompressed = false;
  /** Where the last piece of a message ended, and the parts of the last one that was taken apart. */
  windowEnd: WindowEnd | undefined;
  lastTree: {readonly uid: number; readonly sizeBytes: number; readonly tree: MessagePart} | undefined;
  /** Mailboxes for trash, once asked for. */
  trashNames: ReadonlySet<string> | undefined;
  readonly #reader: CommandReader;
  /** Saved, or being saved, and not answered. */
  readonly #pending: Pending[] = [];
  #badCommands = 0;
  #endAfter: SessionEnd | undefined;
  #lastCommand = '';
  #lastEnded = 0;

  constructor(options: MailSessionOptions) {
    this.line = options.line;
    this.settings = options.settings;
    this.store = options.store;
    this.log = options.log;
    this.clock = options.clock;
    this.scripts = options.scripts;
    this.notifications = new Notifications(this);
    this.#reader = new CommandReader(this.line, {
      maxDepth: MAX_DEPTH,
      lineLimit: () => this.settings.maxLineLength,
      maxLiteral: this.settings.maxLineLength,
      maxUnwaited: this.settings.isLiteralMinus ? LITERAL_MINUS_BYTES : Infinity,
      allowsBinary: false,
      timeoutMilliseconds: this.settings.inactivityMilliseconds,
      timeoutBye: INACTIVE,
    });
  }

  get capability(): string {
    return capability(this.settings);
  }

  /** Serves the client until it leaves or has to; answers why, for the log. */
  async run(): Promise<string> {
    try {
      for (;;) await this.#serveNext();
    } catch (fault) {
      return this.#endText(fault);
    } finally {
      await Promise.allSettled(this.#pending.map(({reply}) => reply));
      this.#letGo();
    }
  }

  /** Gives the mailbox up; nothing is expunged. */
  unselect(): void {
    this.selected?.close();
    this.selected = undefined;
    this.forgetMessage();
  }

  /** UIDs mean other messages now. */
  forgetMessage(): void {
    this.windowEnd = undefined;
    this.lastTree = undefined;
  }

  /** The command is answered yet, then the session is over. */
  endAfterReply(end: SessionEnd): void {
    this.#endAfter = end;
  }

  expectSelected(): Selected {
    return this.selected ?? fail('No mailbox selected.');
  }

  /** Takes in and tells what others did to the selected mailbox. */
  async sync(mayExpunge: boolean, options?: SyncOptions): Promise<void> {
    const {selected} = this;
    if (selected === undefined) return;
    const before = selected.mailbox.count;
    const changes = await selected.mailbox.sync(mayExpunge);
    if (changes.isLost) throw new SessionEnd(LOST, LOST);
    tellChanges(this, selected, changes, options);
    if (changes.hasNewMail) await this.#tellNewMessages(selected, before - changes.expunged.length + 1);
    await tellContexts(this, selected, changes);
  }

  /** NOTIFY (MessageNew (items)). */
  async #tellNewMessages(selected: Selected, first: number): Promise<void> {
    const items = this.notifications.newMessageItems;
    if (items.length === 0 || first > selected.mailbox.count) return;
    const run = new FetchRun(this, selected, planFetch(items), {isUid: false, changedSince: undefined});
    await run.run([[first, selected.mailbox.count]]);
  }

  /** A mailbox was selected: its changes wake IDLE and NOTIFY. */
  startTelling(mailbox: Mailbox): void {
    this.notifications.selected(mailbox);
  }

  /** CONDSTORE is switched on by the first command that uses it (RFC 7162 section 3.1). */
  enableCondstore(): void {
    if (this.hasCondstore) return;
    this.hasCondstore = true;
    const mailbox = this.selected?.mailbox;
    if (mailbox !== undefined) this.line.out.line(`* OK [HIGHESTMODSEQ ${mailbox.highestModSeq}] Highest`);
  }

  async #serveNext(): Promise<void> {
    await this.#awaitCommand();
    const reader = this.#reader;
    await reader.next();
    const began = performance.now();
    this.line.waitedMilliseconds = 0;
    const tag = reader.word();
    if (!isTag(tag)) {
      await reader.skipRest();
      const why = reader.isTooLong ? 'Too long argument.' : 'Invalid tag.';
      this.line.out.line(`* BAD Error in IMAP tag: ${why}`);
      return this.#count(true);
    }
    const reply = await this.#runCommand(tag, reader);
    if (reply !== '') {
      await this.#settle();
      this.#tell(tag, reply, began);
    }
    this.#lastEnded = this.clock.now();
    if (this.#endAfter !== undefined) throw this.#endAfter;
    this.#count(reply.startsWith('BAD'));
    const pause = this.line.breathe();
    if (pause !== undefined) await pause;
  }

  #tell(tag: string, reply: string, began: number): void {
    this.line.out.line(`${tag} ${withTimes(reply, performance.now() - began, this.line.waitedMilliseconds)}`);
  }

  /**
   * Whether a command that has only to wait for the disk may be answered while the next one is read: where that is one
   * like it (`next`), and here already. Answers come in the order of their commands. Scripts see one event after the other.
   */
  answerLater(call: Call, work: () => Promise<string>, next: RegExp): boolean {
    const command = commands.get(call.name);
    if (this.scripts !== undefined) return false;
    if (command === undefined || this.#pending.length >= MOST_PENDING || !next.test(this.#reader.peekLine()))
      return false;
    const reply = work();
    reply.catch(() => undefined); // #settle hears of it
    this.#pending.push({command, call, began: performance.now(), reply});
    return true;
  }

  async #settle(): Promise<void> {
    for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
      const {command, call, began, reply} = next;
      const text = await this.#finish(command, call, reply).catch((fault: unknown) => this.#faultReply(fault, call));
      this.#tell(call.tag, text, began);
    }
  }

  /** While no command is under way, NOTIFY may speak. */
  async #awaitCommand(): Promise<void> {
    if (!this.#reader.hasLine) await this.#settle();
    while (!this.#reader.hasLine) {
      const woken = await this.line.wait(this.settings.inactivityMilliseconds);
      if (woken === 'ended') throw new SessionEnd('Connection closed');
      if (woken === 'timeout') throw new SessionEnd(INACTIVE, INACTIVE);
      if (woken === 'event') await this.notifications.tell();
      if (woken === 'input' && this.line.input.buffered > this.settings.maxLineLength) return;
    }
  }

  async #runCommand(tag: string, reader: CommandReader): Promise<string> {
    const name = this.#name(reader);
    if (name === undefined) {
      await reader.skipRest();
      return 'BAD Error in IMAP command: Invalid command name.';
    }
    const isUid = name.startsWith('UID ');
    const call: Call = {tag, name, isUid};
    this.#lastCommand = name;
    const command = commands.get(name);
    if (this.#pending.some(pending => pending.call.name !== name)) await this.#settle();
    if (command === undefined || !this.#isOffered(command)) {
      await reader.skipRest();
      return `BAD Error in IMAP command ${name}: Unknown command.`;
    }
    return await this.#runKnown(command, call, reader);
  }

  #withModSeq(command: ImapCommand, reply: string): string {
    const code = this.hasQresync && this.selected !== undefined ? highestModSeqCode(this.selected) : undefined;
    if (code === undefined) return reply;
    if (command.name === 'EXPUNGE' || command.name === 'MOVE') return reply.replace('OK ', `OK ${code} `);
    this.line.out.line(`* OK ${code} Highest`);
    return reply;
  }

  #isOffered(command: ImapCommand): boolean {
    if (command.name === 'COMPRESS') return this.settings.hasCompression;
    if (command.name.endsWith('METADATA')) return this.settings.hasMetadata;
    return this.settings.hasQuota || !command.name.includes('QUOTA');
  }

  async #runKnown(command: ImapCommand, call: Call, reader: CommandReader): Promise<string> {
    try {
      return await this.#finish(command, call, this.#perform(command, call, reader));
    } catch (fault) {
      if (!(fault instanceof SessionEnd)) await reader.skipRest();
      return this.#faultReply(fault, call);
    }
  }

  async #perform(command: ImapCommand, call: Call, reader: CommandReader): Promise<string> {
    if (command.needsMailbox === true && this.selected === undefined) {
      await reader.skipRest();
      return 'BAD No mailbox selected.';
    }
    if (command.kind === 'stream') return await command.run(this, call, reader);
    if (command.hasArguments) return await command.run(this, call, await reader.arguments());
    await reader.skipRest();
    return await command.run(this, call, undefined);
  }

  /** What comes before a tagged OK. */
  async #finish(command: ImapCommand, call: Call, performing: Promise<string>): Promise<string> {
    const reply = await performing;
    if (command.sync === undefined || !reply.startsWith('OK')) return reply;
    await this.sync(command.sync === 'all' || call.isUid, {
      withUid: call.isUid,
      isAsked: ASKING.has(command.name),
    });
    await this.notifications.tellOthers();
    return this.#withModSeq(command, reply);
  }

  #faultReply(fault: unknown, call: Call): string {
    if (fault instanceof SessionEnd) throw fault;
    if (fault instanceof ParseError) return `BAD Error in IMAP command ${call.name}: ${withPeriod(fault.message)}`;
    if (fault instanceof Refusal || (fault instanceof MailError && fault.code !== 'temporary'))
      return refusalText(fault);
    this.log.error(
      `${call.name}: ${describe(fault instanceof Error && fault.cause !== undefined ? fault.cause : fault)}`,
    );
    return internalError(this.clock.now());
  }

  /** With `UID` before it, in capitals; undefined: no word. */
  #name(reader: CommandReader): string | undefined {
    const word = reader.word().toUpperCase();
    const name = word === 'UID' ? `UID ${reader.word().toUpperCase()}` : word;
    return name !== 'UID ' && isName(name) ? name : undefined;
  }

  #count(isBad: boolean): void {
    this.#badCommands = isBad ? this.#badCommands + 1 : 0;
    if (this.#badCommands >= MOST_BAD_COMMANDS) throw new SessionEnd(TOO_MANY, TOO_MANY);
  }

  /** A fault that no command answers for ends the session, not the service. */
  #endText(fault: unknown): string {
    const {line} = this;
    const end = fault instanceof SessionEnd ? fault : new SessionEnd('Internal error', INTERNAL);
    if (!(fault instanceof SessionEnd)) this.log.error(describe(fault));
    if (end.bye !== undefined && !line.isClosed) line.out.line(`* BYE ${end.bye}`);
    line.out.flush();
    const reason = end.reason === 'Connection closed' ? `Connection closed (${this.#lastText()})` : end.reason;
    const counts = expandLogoutFormat(this.settings.logoutFormat, this.counters, line.input.total, line.out.total);
    return `Disconnected: ${reason} ${counts}`;
  }

  #lastText(): string {
    if (this.#lastCommand === '') return 'No commands sent';
    const seconds = Math.max(0, (this.clock.now() - this.#lastEnded) / 1000);
    return `${this.#lastCommand} finished ${seconds.toFixed(3)} secs ago`;
  }

  #letGo(): void {
    this.notifications.stop();
    this.unselect();
  }
}

export interface SyncOptions {
  /** Messages whose new flags the client knows already. */
  readonly knownFlags?: ReadonlySet<number>;
  /** FETCH of changes names the UID (after a UID command). */
  readonly withUid?: boolean;
  /** The client asked for news (NOOP, CHECK, IDLE): imap_client_workarounds = delay-newmail holds them back else. */
  readonly isAsked?: boolean;
}

interface Pending {
  readonly command: ImapCommand;
  readonly call: Call;
  readonly began: number;
  readonly reply: Promise<string>;
}

const MOST_PENDING = 16;
const ASKING: ReadonlySet<string> = new Set(['NOOP', 'CHECK', 'IDLE']);
const TOO_MANY = 'Too many invalid IMAP commands.';
const LOST = 'IMAP session state is inconsistent, please relogin.';
export const DELETED = 'Selected mailbox was deleted, have to disconnect.';
const INTERNAL = 'Internal error occurred. Refer to server log for more information.';

/** RFC 3501 section 9 `tag`; Dovecot lets `}` and `[` pass as well. */
function isTag(text: string): boolean {
  if (text === '') return false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= 0x20 || code >= 0x7f || '(){%*"\\]+'.includes(text.charAt(at))) return code === 0x7d;
  }
  return true;
}

function isName(text: string): boolean {
  if (text === '') return false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code >= 0x7f || '(){%*"\\]'.includes(text.charAt(at))) return false;
  }
  return true;
}
