/** NOTIFY (RFC 5465). */
import {imapCommand} from '../command.ts';
import {expectNotify} from '../notify/notify-filter.ts';

export const notify = imapCommand({
  name: 'NOTIFY',
  sync: 'all',
  parse: expectNotify,
  async run(session, request) {
    await session.notifications.set(request);
    return 'OK NOTIFY completed.';
  },
});
