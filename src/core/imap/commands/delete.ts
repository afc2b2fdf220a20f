/** DELETE (RFC 3501 section 6.3.4). A client that deletes the mailbox it has selected is cut off, as Dovecot does. */
import {Refusal} from '../../base/errors.ts';
import {imapCommand} from '../command.ts';
import {DELETED} from '../mail-session.ts';
import {isInbox, storeName} from '../mailbox-name.ts';
import {SessionEnd} from '../session-end.ts';
import {withExistenceCode} from '../existence-code.ts';

export const deleteMailbox = imapCommand({
  name: 'DELETE',
  parse: args => args.expectStrings(1)[0] ?? '',
  async run(session, given) {
    const name = storeName(session, given);
    if (name === '') throw new Refusal('CANNOT', "Storage root can't be deleted");
    if (isInbox(name)) return "NO INBOX can't be deleted.";
    await withExistenceCode('NONEXISTENT', session.store.delete(name));
    if (session.selected?.mailbox.name === name) session.endAfterReply(new SessionEnd(DELETED, DELETED));
    return 'OK Delete completed.';
  },
});
