/** SUBSCRIBE (RFC 3501 section 6.3.6). */
import {Refusal} from '../../base/errors.ts';
import {imapCommand} from '../command.ts';
import {storeName} from '../mailbox-name.ts';

export const subscribe = imapCommand({
  name: 'SUBSCRIBE',
  parse: args => args.expectStrings(1)[0] ?? '',
  async run(session, name) {
    if (name === '') throw new Refusal('', "Mailbox doesn't exist: ");
    await session.store.subscribe(storeName(session, name));
    return 'OK Subscribe completed.';
  },
});
