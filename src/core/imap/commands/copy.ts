/** COPY and UID COPY (RFC 3501 section 6.4.7). */
import {imapCommand} from '../command.ts';
import {copyMessages, copyUidCode, parseCopy} from '../copy-messages.ts';

export const copy = imapCommand({
  name: 'COPY',
  uid: 'too',
  needsMailbox: true,
  sync: 'keeps-numbers',
  parse: parseCopy,
  async run(session, command, {isUid}) {
    const saved = await copyMessages(session, command, isUid, 'copy');
    if (saved === undefined) return 'OK No messages found.';
    const code = copyUidCode(saved);
    return code === undefined ? 'OK Copy completed.' : `OK ${code} Copy completed.`;
  },
});
