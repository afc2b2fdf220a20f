/** posthorn mail: a mailbox as a coloured table, or one message readably. */
import {userInfo} from 'node:os';
import {Args, Command, Flags} from '@oclif/core';
import {toByteString, toText} from '../../core/base/bytes.ts';
import {describe} from '../../core/base/errors.ts';
import {strftime} from '../../core/base/strftime.ts';
import {flagBits, type Mailbox, type MessageReader} from '../../core/mailbox/mailbox.ts';
import {MailError} from '../../core/mailbox/mail-error.ts';
import {decodeHeader} from '../../core/message/mime/header-words.ts';
import {StructureScanner} from '../../core/message/mime/structure.ts';
import {findTextPart, PartText} from '../../core/message/mime/text.ts';
import {openAccess} from '../open-access.ts';
import {printable} from '../../core/log/maillog-line.ts';

/** Of a larger mailbox the latest are shown; --all shows all. */
const MOST_ROWS = 50;
const SHOWN_FIELDS = ['date', 'from', 'to', 'cc', 'subject'] as const;

export default class Mail extends Command {
  static override summary = 'Show a mailbox, or a message in it.';
  static override description =
    'Without a UID, the messages of the mailbox as a table; with one, the message as people read it. Nothing is marked as seen.';
  static override examples = [
    '<%= config.bin %> mail alice',
    '<%= config.bin %> mail alice 3',
    '<%= config.bin %> mail alice -m Sent --json',
  ];
  static override args = {
    user: Args.string({description: 'whose mail; yours where it is left out'}),
    uid: Args.integer({description: 'the message to show'}),
  };
  static override flags = {
    config: Flags.string({char: 'c', helpValue: 'FILE', description: 'another dovecot.conf'}),
    mailbox: Flags.string({char: 'm', default: 'INBOX', description: 'another mailbox than INBOX'}),
    all: Flags.boolean({description: 'all messages, not only the latest'}),
    json: Flags.boolean({description: 'print JSON'}),
  };

  override async run(): Promise<void> {
    const {args, flags} = await this.parse(Mail);
    const access = openAccess({configFile: flags.config, overrides: [], env: process.env});
    const caller = toByteString(userInfo().username);
    const user = args.user === undefined ? caller : toByteString(args.user);
    const found = await access.lookupUserOrCaller(user, {service: 'doveadm'}, caller);
    if (found.kind === 'unknown') this.error(`no such user: ${toText(user)}`, {exit: 67});
    if (found.kind === 'broken') this.error(`user ${toText(user)}: he can't be looked up`, {exit: 75});
    const store = await access.openStoreOf(found.user, 'doveadm');
    try {
      const mailbox = await store.open(toByteString(flags.mailbox), {isReadOnly: true, keepsRecent: true});
      if (args.uid === undefined) await this.#list(mailbox, flags);
      else await this.#show(mailbox, args.uid, flags.json);
      mailbox.close();
    } catch (fault) {
      if (!(fault instanceof MailError)) throw fault;
      this.error(describe(fault), {exit: 68});
    } finally {
      await store.close();
      access.accounts.close();
    }
  }

  async #list(mailbox: Mailbox, {all, json}: {all: boolean; json: boolean}): Promise<void> {
    const rows = await rowsOf(mailbox, all || json ? 1 : Math.max(1, mailbox.count - MOST_ROWS + 1));
    if (json) return this.log(JSON.stringify(rows, null, 2));
    const {default: Table} = await import('cli-table3');
    const {styler} = await import('./style.ts');
    const style = await styler();
    const width = Math.max(60, process.stdout.columns ?? 100);
    const table = new Table({
      head: ['UID', '', 'Date', 'From', 'Subject', 'Size'].map(text => style.dim(text)),
      style: {head: [], border: []},
      chars: BORDERLESS,
      colAligns: ['right', 'left', 'left', 'left', 'left', 'right'],
    });
    const room = Math.max(10, width - 48);
    for (const {uid, flags, date, from, subject, sizeBytes} of rows) {
      const isSeen = flags.includes('seen');
      const marks = `${isSeen ? ' ' : 'N'}${flags.includes('flagged') ? '!' : ' '}${flags.includes('answered') ? 'r' : ' '}${flags.includes('deleted') ? 'D' : ' '}`;
      const line = [
        String(uid),
        marks,
        strftime('%b %d %H:%M', new Date(date)),
        cut(from, 20),
        cut(subject, room),
        sizeText(sizeBytes),
      ];
      table.push(isSeen ? line : line.map(text => style.bold(text)));
    }
    this.log(table.toString());
    const more = mailbox.count - rows.length;
    if (more > 0) this.log(style.dim(`${more} earlier ones are not shown (--all)`));
  }

  async #show(mailbox: Mailbox, uid: number, json: boolean): Promise<void> {
    const sequence = mailbox.sequenceOf(uid);
    const reader = sequence === 0 ? undefined : await mailbox.open(sequence);
    if (reader === undefined) this.error(`there is no message with UID ${uid}`, {exit: 68});
    const headers = await headersOf(mailbox, sequence);
    const text = await textOf(reader);
    reader.close();
    if (json) return this.log(JSON.stringify({uid, ...Object.fromEntries(headers), text}, null, 2));
    const {styler} = await import('./style.ts');
    const style = await styler();
    for (const [name, value] of headers)
      this.log(`${style.cyan(`${name[0]?.toUpperCase()}${name.slice(1)}:`)} ${value}`);
    this.log(`\n${shown(text).trimEnd()}`);
  }
}

interface Row {
  readonly uid: number;
  readonly flags: readonly string[];
  readonly date: string;
  readonly from: string;
  readonly subject: string;
  readonly sizeBytes: number;
}

async function rowsOf(mailbox: Mailbox, first: number): Promise<Row[]> {
  const rows: Row[] = [];
  if (mailbox.count === 0) return rows;
  const needs = {size: true, received: true, headers: ['from', 'subject']};
  await mailbox.items([[first, mailbox.count]], needs, (sequence, items) => {
    if (items === undefined) return; // it went meanwhile
    rows.push({
      uid: mailbox.uid(sequence),
      flags: [...flagNames(mailbox.flags(sequence)), ...mailbox.keywordsOf(sequence).map(toText)],
      date: new Date(items.received ?? 0).toISOString(),
      from: fieldText(items.headers?.get('from')),
      subject: fieldText(items.headers?.get('subject')),
      sizeBytes: items.size ?? 0,
    });
  });
  return rows;
}

function flagNames(bits: number): string[] {
  return Object.entries(flagBits)
    .filter(([, bit]) => (bits & bit) !== 0)
    .map(([name]) => name);
}

async function headersOf(mailbox: Mailbox, sequence: number): Promise<(readonly [string, string])[]> {
  const found: (readonly [string, string])[] = [];
  await mailbox.items([[sequence, sequence]], {headers: SHOWN_FIELDS}, (_sequence, items) => {
    for (const name of SHOWN_FIELDS) {
      const value = fieldText(items?.headers?.get(name));
      if (value !== '') found.push([name, value]);
    }
  });
  return found;
}

/** The first field's value, unfolded and decoded, with nothing in it that a terminal would obey. */
function fieldText(bytes: Buffer | undefined): string {
  if (bytes === undefined) return '';
  const unfolded = bytes.toString('latin1').replace(/\r?\n(?=[ \t])/g, '');
  const [line = ''] = unfolded.split(/\r?\n/);
  return shownLine(decodeHeader(line.slice(line.indexOf(':') + 1).trim()));
}

/** `decodeHeader` answers text. */
function shownLine(text: string): string {
  return toText(printable(toByteString(text)));
}

function shown(text: string): string {
  return text
    .split(/\r?\n/)
    .map(line => shownLine(line.replaceAll('\t', '    ')))
    .join('\n');
}

/** The part that people are meant to read. */
async function textOf(reader: MessageReader): Promise<string> {
  const scanner = new StructureScanner();
  for await (const piece of reader.stream()) scanner.write(piece);
  const part = findTextPart(scanner.end());
  const text = part === undefined ? undefined : PartText.of(part, 'lines');
  if (part === undefined || text === undefined) return '(no text)';
  let whole = '';
  for await (const piece of reader.stream(part.bodyOffset, part.bodyOffset + part.bodySize))
    for (const {text: more} of text.write(piece)) whole += more;
  for (const {text: more} of text.end()) whole += more;
  return whole;
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function sizeText(bytes: number): string {
  if (bytes < 1000) return String(bytes);
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)}k`;
  return `${(bytes / 1_000_000).toFixed(1)}M`;
}

const BORDERLESS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' ',
};
