/** SETMETADATA (RFC 5464 section 4.3); NIL takes an entry away. */
import {type Arguments, fail, isNil} from '../argument.ts';
import {imapCommand} from '../command.ts';
import {storeName} from '../mailbox-name.ts';
import {expectEntry} from '../metadata-entry.ts';

export const setmetadata = imapCommand({
  name: 'SETMETADATA',
  parse: args => ({mailbox: args.expectString(), entries: parseEntries(args.expectList())}),
  async run(session, {mailbox, entries}) {
    const name = mailbox === '' ? '' : storeName(session, mailbox);
    if (name !== '') await session.store.status(name, false); // throws where there is none
    for (const [entry, value] of entries) await session.store.setMetadata(name, entry, value);
    return 'OK Setmetadata completed.';
  },
});

function parseEntries(list: Arguments): [string, Buffer | undefined][] {
  const entries: [string, Buffer | undefined][] = [];
  while (!list.isAtEnd) {
    const entry = expectEntry(list.expectString());
    const value = list.next() ?? fail('Entry value missing.');
    if (value.kind === 'list') fail('Entry value can not be a list.');
    entries.push([entry, isNil(value) ? undefined : Buffer.from(value.text, 'latin1')]);
  }
  return entries;
}
