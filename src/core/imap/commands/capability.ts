/** CAPABILITY (RFC 3501 section 6.1.1). */
import {bareCommand} from '../command.ts';

export const capability = bareCommand({
  name: 'CAPABILITY',
  run(session) {
    session.line.out.line(`* CAPABILITY ${session.capability}`);
    return 'OK Capability completed.';
  },
});
