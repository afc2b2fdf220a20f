/** MOVE and UID MOVE (RFC 6851): the new UIDs are told before the messages go. */
import {Refusal} from '../../base/errors.ts';
import {imapCommand} from '../command.ts';
import {copyMessages, copyUidCode, parseCopy} from '../copy-messages.ts';

export const move = imapCommand({
  name: 'MOVE',
  uid: 'too',
  needsMailbox: true,
  sync: 'all',
  parse: parseCopy,
  async run(session, command, {isUid}) {
    // Dovecot 2.3 moves out of a mailbox that was only EXAMINEd; RFC 3501 section 6.3.2 forbids that.
    if (session.expectSelected().mailbox.isReadOnly) throw new Refusal('READ-ONLY', 'Mailbox is read-only');
    const saved = await copyMessages(session, command, isUid, 'move');
    if (saved === undefined) return 'OK No messages found.';
    const code = copyUidCode(saved);
    if (code !== undefined) session.line.out.line(`* OK ${code} Moved UIDs.`);
    return 'OK Move completed.';
  },
});
