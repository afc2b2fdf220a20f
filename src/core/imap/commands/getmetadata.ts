/** GETMETADATA (RFC 5464 section 4.2): of a mailbox, or of the server (`""`). */
import {type Arguments, fail} from '../argument.ts';
import {imapCommand} from '../command.ts';
import {astring, literal} from '../imap-string.ts';
import {storeName} from '../mailbox-name.ts';
import type {MailSession} from '../mail-session.ts';
import {expectEntry} from '../metadata-entry.ts';

interface Options {
  maxSize: number | undefined;
  depth: number;
}

export const getmetadata = imapCommand({
  name: 'GETMETADATA',
  parse(args) {
    const options: Options = {maxSize: undefined, depth: 0};
    const list = args.takeList();
    if (list !== undefined) parseOptions(list, options);
    const mailbox = args.expectString();
    const many = args.takeList();
    const entries = many === undefined ? [args.expectString()] : allStrings(many);
    return {mailbox, options, entries};
  },
  async run(session, {mailbox, options, entries}) {
    const name = mailbox === '' ? '' : storeName(session, mailbox);
    if (name !== '') await session.store.status(name, false); // throws where there is none
    const found: string[] = [];
    let longest = 0;
    for (const text of entries)
      for (const [entry, value] of await valuesOf(session, name, text, options)) {
        if (value !== undefined && options.maxSize !== undefined && value.length > options.maxSize)
          longest = Math.max(longest, value.length);
        else found.push(`${astring(entry)} ${value === undefined ? 'NIL' : literal(value.toString('latin1'))}`);
      }
    if (found.length > 0) session.line.out.line(`* METADATA ${astring(mailbox)} (${found.join(' ')})`);
    return longest === 0 ? 'OK Getmetadata completed.' : `OK [METADATA LONGENTRIES ${longest}] Getmetadata completed.`;
  },
});

function parseOptions(list: Arguments, options: Options): void {
  while (!list.isAtEnd) {
    if (list.takeWord('MAXSIZE')) {
      const text = list.takeAtom() ?? '';
      options.maxSize = /^\d{1,15}$/.test(text) ? Number(text) : fail('Invalid value for MAXSIZE option.');
    } else if (list.takeWord('DEPTH')) {
      const text = (list.takeAtom() ?? '').toLowerCase();
      if (text !== '0' && text !== '1' && text !== 'infinity') fail('Invalid value for DEPTH option.');
      options.depth = text === 'infinity' ? Infinity : Number(text);
    } else fail('Unknown option.');
  }
}

function allStrings(list: Arguments): string[] {
  const strings: string[] = [];
  while (!list.isAtEnd) strings.push(list.expectString());
  return strings.length === 0 ? fail('Invalid arguments.') : strings;
}

/** Dovecot answers NIL for what is not set, and only what is set below it. */
async function valuesOf(
  session: MailSession,
  mailbox: string,
  text: string,
  {depth}: Options,
): Promise<[string, Buffer | undefined][]> {
  const entry = expectEntry(text);
  if (depth === 0) return [[text, await session.store.metadata(mailbox, entry)]];
  const values: [string, Buffer | undefined][] = [];
  for (const name of await session.store.metadataEntries(mailbox)) {
    if (name !== entry && !name.startsWith(`${entry}/`)) continue;
    const below = name.slice(entry.length).split('/').length - 1;
    if (below > depth) continue;
    const value = await session.store.metadata(mailbox, name);
    if (value !== undefined) values.push([name, value]);
  }
  return values;
}
