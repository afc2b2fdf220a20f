/**
 * The conversation after the login: one view of INBOX, in which nothing changes until QUIT (RFC 1939 section 6). Messages that others
 * remove meanwhile are gone when they are asked for; new ones wait for the next session.
 */
import type {AuthLog} from '../account/auth/auth-log.ts';
import type {SaslConnection} from '../account/sasl/sasl.ts';
import type {Clock} from '../base/clock.ts';
import {describe} from '../base/errors.ts';
import {localTime} from '../log/local-time.ts';
import {MailError} from '../mailbox/mail-error.ts';
import type {MailStore} from '../mailbox/mail-store.ts';
import {flagBits, type Mailbox} from '../mailbox/mailbox.ts';
import type {LineWire} from '../net/line-wire.ts';
import {mailCommands} from './commands/index.ts';
import {logoutText} from './logout-format.ts';
import {MessageList} from './message-list.ts';
import type {Pop3Settings} from './pop3-settings.ts';
import {SessionEnd} from './session-end.ts';

/** Seen: so many in a row that go wrong, and the session ends. */
const MOST_BAD_COMMANDS = 20;
/** Seen: a line of 2,000 bytes passes, one of 8,000 does not. */
const MAX_LINE = 2048;

export interface SessionCounts {
  tops: number;
  topBytes: number;
  retrieved: number;
  retrievedBytes: number;
  deleted: number;
}

export class MailPhase {
  readonly wire: LineWire;
  readonly settings: Pop3Settings;
  readonly log: AuthLog;
  readonly counts: SessionCounts = {tops: 0, topBytes: 0, retrieved: 0, retrievedBytes: 0, deleted: 0};
  connection: SaslConnection | undefined;
  messages = new MessageList([], []);
  readonly #store: MailStore;
  readonly #clock: Clock;
  #mailbox: Mailbox | undefined;
  #badCommands = 0;

  constructor(wire: LineWire, settings: Pop3Settings, store: MailStore, log: AuthLog, clock: Clock) {
    this.wire = wire;
    this.settings = settings;
    this.#store = store;
    this.log = log;
    this.#clock = clock;
  }

  /** `isShutDown`: why waiting for a line came to nothing. Never rejects for what happens to the client. */
  async run(isShutDown: () => boolean): Promise<void> {
    try {
      await this.#openInbox();
      for (;;) await this.#serve(await this.#readLine());
    } catch (fault) {
      if (!(fault instanceof SessionEnd)) throw fault;
      if (fault.reply !== undefined) this.reply(`-ERR ${fault.reply}`);
      this.log.info(`Disconnected: ${isShutDown() ? 'Shutting down' : fault.reason} ${this.#statistics()}`);
    } finally {
      this.#mailbox?.close();
    }
  }

  get mailbox(): Mailbox {
    if (this.#mailbox === undefined) throw new Error('INBOX is not open');
    return this.#mailbox;
  }

  reply(text: string): true {
    this.wire.write(`${text}\r\n`);
    return true;
  }

  /** A command that went wrong; many in a row end the session. */
  fail(text: string): false {
    this.wire.write(`-ERR ${text}\r\n`);
    return false;
  }

  /** What went wrong with mail, as far as the client may know; the log has the rest. */
  failMail(fault: unknown): false {
    return this.fail(this.#mailFault(fault));
  }

  async #openInbox(): Promise<void> {
    try {
      this.#mailbox = await this.#store.open('INBOX', {
        isReadOnly: false,
        keepsRecent: this.settings.hasNoFlagUpdates,
      });
      this.messages = await listMessages(this.#mailbox, this.settings);
    } catch (fault) {
      const text = this.#mailFault(fault);
      throw new SessionEnd(`Couldn't open INBOX: ${text.replace(/^\[[A-Z/-]*\] /, '')}`, text);
    }
  }

  #mailFault(fault: unknown): string {
    if (fault instanceof MailError && fault.code !== 'temporary') {
      const code = fault.code === 'quota' ? '[SYS/PERM] ' : fault.code === 'in-use' ? '[IN-USE] ' : '[SYS/TEMP] ';
      return `${code}${fault.message}`;
    }
    this.log.error(describe(fault instanceof MailError ? (fault.cause ?? fault) : fault));
    const when = localTime(this.#clock.now());
    return `[SYS/TEMP] Internal error occurred. Refer to server log for more information. [${when}]`;
  }

  async #readLine(): Promise<string> {
    const result = await this.wire.readLine(MAX_LINE, this.settings.inactivityMilliseconds);
    if (result.kind === 'line') return result.line;
    if (result.kind === 'too-long') throw new SessionEnd('Input line too long', 'Input line too long.');
    if (result.kind === 'timeout') throw new SessionEnd('Inactivity', 'Disconnected for inactivity.');
    throw new SessionEnd(this.wire.hasEnded ? 'Connection closed' : 'Shutting down');
  }

  async #serve(line: string): Promise<void> {
    const space = line.indexOf(' ');
    const name = (space < 0 ? line : line.slice(0, space)).toUpperCase();
    const command = mailCommands.get(name);
    const isOff = command === undefined || (name === 'LAST' && !this.settings.enablesLast);
    const isRight = isOff
      ? this.fail(name === '' ? 'Unknown command.' : `Unknown command: ${name}`)
      : await command(this, space < 0 ? '' : line.slice(space + 1));
    await this.wire.flush();
    this.#badCommands = isRight ? 0 : this.#badCommands + 1;
    if (this.#badCommands > MOST_BAD_COMMANDS) throw new SessionEnd('Too many bad commands.', 'Too many bad commands.');
  }

  #statistics(): string {
    const {wire, counts, messages} = this;
    return logoutText(this.settings.logoutFormat, {
      ...counts,
      messages: messages.count,
      sizeBytes: messages.totalBytes,
      bytesIn: wire.bytesIn,
      bytesOut: wire.bytesOut,
    });
  }
}

/** Messages with pop3_deleted_flag are deleted already, as far as this session goes. */
async function listMessages(mailbox: Mailbox, settings: Pop3Settings): Promise<MessageList> {
  const sequences: number[] = [];
  const sizes: number[] = [];
  if (mailbox.count === 0) return new MessageList(sequences, sizes);
  await mailbox.items([[1, mailbox.count]], {size: true}, (sequence, items) => {
    const isHidden = settings.deletedFlag !== '' && mailbox.keywordsOf(sequence).includes(settings.deletedFlag);
    if (items?.size === undefined || isHidden) return;
    sequences.push(sequence);
    sizes.push(items.size);
  });
  const list = new MessageList(sequences, sizes);
  list.beginAt(lastSeenOf(mailbox, sequences));
  return list;
}

/** LAST begins at the last message that has been read. */
function lastSeenOf(mailbox: Mailbox, sequences: readonly number[]): number {
  for (let at = sequences.length; at > 0; at--)
    if ((mailbox.flags(sequences[at - 1] ?? 0) & flagBits.seen) !== 0) return at;
  return 0;
}
