/** CREATE (RFC 3501 section 6.3.3). A name that ends in the separator is of a folder for others; USE is read over, as Dovecot 2.3 does. */
import {imapCommand} from '../command.ts';
import {namespaceOf, storeName} from '../mailbox-name.ts';

export const create = imapCommand({
  name: 'CREATE',
  parse: args => args.expectStrings(1)[0] ?? '',
  async run(session, given) {
    const name = storeName(session, given);
    const {separator} = namespaceOf(session, name);
    await session.store.create(name.length > 1 && name.endsWith(separator) ? name.slice(0, -separator.length) : name);
    return 'OK Create completed.';
  },
});
