/** CHECK (RFC 3501 section 6.4.1): what is done is on disk already. */
import {bareCommand} from '../command.ts';

export const check = bareCommand({
  name: 'CHECK',
  needsMailbox: true,
  sync: 'all',
  run: () => 'OK Check completed.',
});
