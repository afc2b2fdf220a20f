/** ID (RFC 2971), before and after the login. */
import {imapCommand} from '../command.ts';
import {idReply, logId} from '../id-reply.ts';

export const id = imapCommand({
  name: 'ID',
  parse: args => args,
  run(session, args) {
    logId(session.settings, session.log, args);
    session.line.out.line(idReply(session.settings));
    return 'OK ID completed.';
  },
});
