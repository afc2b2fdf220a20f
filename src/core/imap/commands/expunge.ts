/** EXPUNGE (RFC 3501 section 6.4.3). */
import {bareCommand} from '../command.ts';
import {expungeDeleted} from '../expunge-deleted.ts';

export const expunge = bareCommand({
  name: 'EXPUNGE',
  needsMailbox: true,
  sync: 'all',
  async run(session) {
    const {mailbox} = session.expectSelected();
    if (!mailbox.isReadOnly) await expungeDeleted(session, [[1, mailbox.count]]);
    return 'OK Expunge completed.';
  },
});
