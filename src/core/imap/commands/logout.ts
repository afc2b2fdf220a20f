/** LOGOUT (RFC 3501 section 6.1.3). */
import {bareCommand} from '../command.ts';
import {SessionEnd} from '../session-end.ts';
import {withTimes} from '../tagged-reply.ts';

export const logout = bareCommand({
  name: 'LOGOUT',
  run(session, {tag}) {
    const {out} = session.line;
    out.line('* BYE Logging out');
    out.line(`${tag} ${withTimes('OK Logout completed.', 0, 0)}`);
    throw new SessionEnd('Logged out');
  },
});
