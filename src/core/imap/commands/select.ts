/** SELECT (RFC 3501 section 6.3.1). */
import {imapCommand} from '../command.ts';
import {parseSelect, selectMailbox} from '../select-mailbox.ts';

export const select = imapCommand({
  name: 'SELECT',
  parse: parseSelect,
  async run(session, command) {
    await selectMailbox(session, command, false);
    return session.selected?.mailbox.isReadOnly === true
      ? 'OK [READ-ONLY] Select completed.'
      : 'OK [READ-WRITE] Select completed.';
  },
});
