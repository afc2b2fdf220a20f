/** UID EXPUNGE (RFC 4315 section 2.1): of the deleted messages only these. */
import {fail} from '../argument.ts';
import {imapCommand} from '../command.ts';
import {expungeDeleted} from '../expunge-deleted.ts';
import {messagesOf} from '../message-set.ts';
import {parseSequenceSet} from '../sequence-set.ts';

export const uidExpunge = imapCommand({
  name: 'EXPUNGE',
  uid: 'only',
  needsMailbox: true,
  sync: 'all',
  parse: args => parseSequenceSet(args.expectStrings(1)[0] ?? '') ?? fail('Invalid uidset.'),
  async run(session, set) {
    const selected = session.expectSelected();
    if (!selected.mailbox.isReadOnly) await expungeDeleted(session, messagesOf(selected, set, true));
    return 'OK Expunge completed.';
  },
});
