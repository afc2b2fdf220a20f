/** UNSELECT (RFC 3691). */
import {bareCommand} from '../command.ts';

export const unselect = bareCommand({
  name: 'UNSELECT',
  needsMailbox: true,
  run(session) {
    session.unselect();
    return 'OK Unselect completed.';
  },
});
