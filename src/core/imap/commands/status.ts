/** STATUS (RFC 3501 section 6.3.10). */
import {fail} from '../argument.ts';
import {imapCommand} from '../command.ts';
import {astring} from '../imap-string.ts';
import {storeName} from '../mailbox-name.ts';
import {expectStatusItems, sendStatus} from '../status-items.ts';

export const status = imapCommand({
  name: 'STATUS',
  parse(args) {
    const name = args.expectString();
    if (args.isAtEnd) fail('Missing arguments.');
    return {name, items: expectStatusItems(args.expectList())};
  },
  async run(session, {name, items}) {
    await sendStatus(session, storeName(session, name), astring(name), items);
    return 'OK Status completed.';
  },
});
