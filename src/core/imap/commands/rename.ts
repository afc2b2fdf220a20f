/** RENAME (RFC 3501 section 6.3.5). */
import {Refusal} from '../../base/errors.ts';
import {imapCommand} from '../command.ts';
import {withExistenceCode} from '../existence-code.ts';
import {namespaceOf, storeName} from '../mailbox-name.ts';

export const rename = imapCommand({
  name: 'RENAME',
  parse: args => args.expectStrings(2),
  async run(session, [from = '', to = '']) {
    const old = storeName(session, from);
    const name = storeName(session, to);
    if (old === name) throw new Refusal('ALREADYEXISTS', "Can't rename mailbox to itself");
    if (name.startsWith(old + namespaceOf(session, old).separator))
      throw new Refusal('', "Can't rename mailbox under its own child");
    await withExistenceCode('NONEXISTENT', session.store.rename(old, name));
    return 'OK Rename completed.';
  },
});
