/** EXAMINE (RFC 3501 section 6.3.2): SELECT that changes nothing. */
import {imapCommand} from '../command.ts';
import {parseSelect, selectMailbox} from '../select-mailbox.ts';

export const examine = imapCommand({
  name: 'EXAMINE',
  parse: parseSelect,
  async run(session, command) {
    await selectMailbox(session, command, true);
    return 'OK [READ-ONLY] Examine completed.';
  },
});
