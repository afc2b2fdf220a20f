/** SETQUOTA (RFC 2087 section 4.1): limits are the administrator's. */
import {fail} from '../argument.ts';
import {imapCommand} from '../command.ts';

export const setquota = imapCommand({
  name: 'SETQUOTA',
  parse(args) {
    if (args.items.length < 2) fail('Missing arguments.');
    args.expectString();
    args.expectList();
  },
  run: () => 'NO Quota can be changed only by admin.',
});
