/**
 * The fields that `doveadm fetch` prints: what each needs of the index, and how it is printed. Texts are streamed, with the
 * line ends that they have on disk; sections as IMAP sends them.
 */
import {FatalError} from '../../core/base/errors.ts';
import {strftime} from '../../core/base/strftime.ts';
import {
  flagBits,
  type ItemNeeds,
  type Mailbox,
  type MessageItems,
  type MessageReader,
} from '../../core/mailbox/mailbox.ts';
import {decodeHeader} from '../../core/message/mime/header-words.ts';
import {
  type MailAddress,
  MISSING_DOMAIN,
  MISSING_MAILBOX,
  parseAddresses,
  SYNTAX_ERROR,
} from '../../core/message/mime/addresses.ts';
import type {MessagePart} from '../../core/message/mime/message-part.ts';
import {parseSection, planBinary, planSection, type SectionPlan} from '../../core/message/mime/section.ts';
import {SectionReader} from '../../core/message/mime/section-reader.ts';
import {parseSentDate, type SentDate} from '../../core/message/mime/sent-date.ts';
import {StructureScanner} from '../../core/message/mime/structure.ts';
import {Utf8Message} from '../../core/message/mime/utf8-message.ts';
import {FLAG_NAMES} from './messages.ts';
import type {Printer} from './printer.ts';

export interface FieldSource {
  readonly user: string;
  readonly mailbox: Mailbox;
  readonly sequence: number;
  readonly items: MessageItems;
}

interface Common {
  readonly name: string;
  readonly needs: ItemNeeds;
}

export type FetchField = Common &
  (
    | {readonly kind: 'value'; value(source: FieldSource): string}
    | {readonly kind: 'text'; print(source: FieldSource, printer: Printer): Promise<void>}
  );

type Value = (source: FieldSource) => string;

function value(name: string, needs: ItemNeeds, value: Value): FetchField {
  return {kind: 'value', name, needs, value};
}

/** The message's bytes from one place to another. */
function range(
  name: string,
  part: (tree: MessagePart, size: number) => readonly [start: number, end: number],
): FetchField {
  return {
    kind: 'text',
    name,
    needs: {},
    print: (source, printer) =>
      withReader(source, printer, async reader => {
        const [start, end] = part(await treeOf(reader), reader.sizeBytes);
        for await (const piece of reader.stream(start, end)) printer.piece(piece);
      }),
  };
}

const FIELDS: readonly FetchField[] = [
  value('user', {}, ({user}) => user),
  value('mailbox', {}, ({mailbox}) => mailbox.name),
  value('mailbox-guid', {}, ({mailbox}) => mailbox.guid),
  value('seq', {}, ({sequence}) => String(sequence)),
  value('uid', {}, ({mailbox, sequence}) => String(mailbox.uid(sequence))),
  value('guid', {guid: true}, ({items}) => items.guid ?? ''),
  value('flags', {}, flagsOf),
  value('modseq', {}, ({mailbox, sequence}) => String(mailbox.modSeq(sequence))),
  range('hdr', tree => [0, tree.bodyOffset]),
  range('body', (tree, size) => [tree.bodyOffset, size]),
  value('body.preview', {preview: true}, ({items}) => items.preview?.toString('latin1') ?? ''),
  value('body.snippet', {preview: true}, ({items}) => items.preview?.toString('latin1') ?? ''),
  range('text', (_tree, size) => [0, size]),
  {
    kind: 'text',
    name: 'text.utf8',
    needs: {},
    print: (source, printer) =>
      withReader(source, printer, async reader => {
        const scanner = new StructureScanner(new Utf8Message(bytes => printer.piece(bytes)));
        for await (const piece of reader.stream()) scanner.write(piece);
        scanner.end();
      }),
  },
  value('size.physical', {physicalSize: true}, ({items}) => String(items.physicalSize ?? 0)),
  value('size.virtual', {size: true}, ({items}) => String(items.size ?? 0)),
  value('date.received', {received: true}, ({items}) => localTime(items.received)),
  value('date.sent', {headers: ['date']}, ({items}) => sentTime(items)),
  value('date.saved', {saved: true}, ({items}) => localTime(items.saved)),
  value('date.received.unixtime', {received: true}, ({items}) => seconds(items.received)),
  value('date.sent.unixtime', {headers: ['date']}, ({items}) => String(sentDate(items).seconds)),
  value('date.saved.unixtime', {saved: true}, ({items}) => seconds(items.saved)),
  value('imap.envelope', {envelope: true}, ({items}) => withoutParentheses(items.envelope)),
  value('imap.body', {body: true}, ({items}) => withoutParentheses(items.body)),
  value('imap.bodystructure', {bodyStructure: true}, ({items}) => withoutParentheses(items.bodyStructure)),
  value('pop3.uidl', {pop3Uidl: true}, ({items}) => items.pop3Uidl ?? ''),
  value('pop3.order', {}, () => ''),
  value('refcount', {}, () => '1'),
  value('storageid', {guid: true}, ({items}) => items.guid ?? ''),
];

/** As the original lists them in its help. */
export function fetchFieldNames(): string {
  return ['hdr.<name>', 'body.<section>', 'binary.<section>', ...FIELDS.map(({name}) => name)].join(' ');
}

/** undefined: there is no such field. */
export function fetchField(given: string): FetchField | undefined {
  const name = given.toLowerCase();
  const known = FIELDS.find(field => field.name === name);
  if (known !== undefined) return known;
  if (name.startsWith('hdr.')) return headerField(name);
  if (name.startsWith('body.')) return sectionField(name, name.slice('body.'.length), false);
  if (name.startsWith('binary.')) return sectionField(name, name.slice('binary.'.length), true);
  return undefined;
}

/** `hdr.subject`, `hdr.subject.utf8`, `hdr.from.address`, `.address_name`, `.address_name.utf8`. */
function headerField(name: string): FetchField {
  const [, field = '', ...rest] = name.split('.');
  const filter = rest.join('.');
  return value(name, {headers: [field]}, ({items}) => {
    if (!FILTERS.has(filter)) throw new FatalError(`Unknown header filter: ${filter}`);
    const texts = splitFields(items.headers?.get(field)?.toString('latin1') ?? '');
    return texts.map(text => FILTERS.get(filter)?.(text) ?? '').join('\n');
  });
}

/** Values of the fields, folded as they are. */
function splitFields(raw: string): string[] {
  return raw
    .replaceAll('\r\n', '\n')
    .split(/\n(?![ \t])/)
    .filter(line => line !== '')
    .map(line => line.slice(line.indexOf(':') + 1).replace(/^[ \t]+/, ''));
}

const FILTERS: ReadonlyMap<string, (text: string) => string> = new Map([
  ['', (text: string) => text],
  ['utf8', decoded],
  ['address', (text: string) => parseAddresses(text).map(addressOf).join('\n')],
  ['address_name', (text: string) => namesOf(text).join('\n')],
  ['address_name.utf8', (text: string) => namesOf(text).map(decoded).join('\n')],
]);

/** Unfolded, in UTF-8 bytes. */
function decoded(text: string): string {
  return Buffer.from(decodeHeader(text.replace(/\n[ \t]?/g, ' ')), 'utf8').toString('latin1');
}

/** What the address had not, stays empty here. */
function addressOf({mailbox = '', domain}: MailAddress): string {
  const hasDomain = domain !== undefined && domain !== '';
  const isMade = domain === MISSING_DOMAIN || domain === SYNTAX_ERROR;
  const local = mailbox === MISSING_MAILBOX ? '' : mailbox;
  return hasDomain ? `${local}@${isMade ? '' : domain}` : local;
}

function namesOf(text: string): string[] {
  return parseAddresses(text).map(({name}) => name ?? '');
}

function sectionField(name: string, text: string, isBinary: boolean): FetchField | undefined {
  const section = parseSection(text);
  if (section === undefined) throw new FatalError(`Unknown fetch section: ${text}`);
  return {
    kind: 'text',
    name,
    needs: {},
    print: (source, printer) =>
      withReader(source, printer, async reader => {
        const tree = await treeOf(reader);
        const plan = isBinary ? planBinary(tree, section.path) : planSection(tree, section);
        if (plan !== undefined) await printPlan(plan, reader, printer);
      }),
  };
}

async function printPlan(plan: SectionPlan, reader: MessageReader, printer: Printer): Promise<void> {
  const sections = new SectionReader(plan);
  for await (const piece of reader.stream(sections.start, sections.end)) printer.piece(sections.write(piece));
  printer.piece(sections.finish());
}

/** A message that went meanwhile prints nothing. */
async function withReader(
  {mailbox, sequence}: FieldSource,
  printer: Printer,
  print: (reader: MessageReader) => Promise<void>,
): Promise<void> {
  const reader = await mailbox.open(sequence);
  try {
    if (reader !== undefined) await print(reader);
  } finally {
    reader?.close();
    printer.endOfPieces();
  }
}

async function treeOf(reader: MessageReader): Promise<MessagePart> {
  const scanner = new StructureScanner();
  for await (const piece of reader.stream()) scanner.write(piece);
  return scanner.end();
}

/** In IMAP's order of system flags, then keywords. */
function flagsOf({mailbox, sequence}: FieldSource): string {
  const bits = mailbox.flags(sequence);
  const flags = FLAG_NAMES.filter(([, bit]) => (bits & bit) !== 0).map(([name]) => name);
  if ((bits & flagBits.recent) !== 0) flags.push('\\Recent');
  return [...flags, ...mailbox.keywordsOf(sequence)].join(' ');
}

function localTime(time: number | undefined): string {
  return time === undefined ? '' : strftime('%Y-%m-%d %H:%M:%S', new Date(time));
}

/** The moment in UTC, with the zone in which it was written. */
function sentTime(items: MessageItems): string {
  const {seconds, zoneMinutes} = sentDate(items);
  const zone = Math.abs(zoneMinutes);
  const digits = String(Math.floor(zone / 60) * 100 + (zone % 60)).padStart(4, '0');
  const stamp = new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return `${stamp} (${zoneMinutes < 0 ? '-' : '+'}${digits})`;
}

function sentDate({headers}: MessageItems): SentDate {
  const [value] = splitFields(headers?.get('date')?.toString('latin1') ?? '');
  return parseSentDate(value ?? '') ?? {seconds: 0, zoneMinutes: 0};
}

function seconds(time: number | undefined): string {
  return time === undefined ? '' : String(Math.floor(time / 1000));
}

function withoutParentheses(bytes: Buffer | undefined): string {
  return bytes === undefined ? '' : bytes.toString('latin1').slice(1, -1);
}
