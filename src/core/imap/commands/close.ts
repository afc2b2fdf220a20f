/** CLOSE (RFC 3501 section 6.4.2): expunges what is deleted, silently. */
import {bareCommand} from '../command.ts';
import {expungeDeleted} from '../expunge-deleted.ts';

export const close = bareCommand({
  name: 'CLOSE',
  needsMailbox: true,
  async run(session) {
    const {mailbox} = session.expectSelected();
    if (!mailbox.isReadOnly) await expungeDeleted(session, [[1, mailbox.count]]);
    session.unselect();
    return 'OK Close completed.';
  },
});
