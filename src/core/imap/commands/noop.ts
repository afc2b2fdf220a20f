/** NOOP (RFC 3501 section 6.1.2): how clients ask for news. */
import {bareCommand} from '../command.ts';

export const noop = bareCommand({
  name: 'NOOP',
  sync: 'all',
  run: () => 'OK NOOP completed.',
});
