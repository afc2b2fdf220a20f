/** RENAME (RFC 3501 section 6.3.5). */
import {imapCommand} from '../command.ts';
import {withExistenceCode} from '../existence-code.ts';
import {storeName} from '../mailbox-name.ts';

export const rename = imapCommand({
  name: 'RENAME',
  parse: args => args.expectStrings(2),
  async run(session, [from = '', to = '']) {
    const old = storeName(session, from);
    await withExistenceCode('NONEXISTENT', session.store.rename(old, storeName(session, to)));
    return 'OK Rename completed.';
  },
});
