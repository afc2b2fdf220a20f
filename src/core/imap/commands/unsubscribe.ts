/** UNSUBSCRIBE (RFC 3501 section 6.3.7): also of what is not subscribed to, or isn't there. */
import {imapCommand} from '../command.ts';
import {storeName} from '../mailbox-name.ts';

export const unsubscribe = imapCommand({
  name: 'UNSUBSCRIBE',
  parse: args => args.expectStrings(1)[0] ?? '',
  async run(session, name) {
    await session.store.unsubscribe(storeName(session, name));
    return 'OK Unsubscribe completed.';
  },
});
