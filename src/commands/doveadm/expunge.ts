/** `doveadm expunge`: removes messages; the query has to name mailboxes, and something besides, lest all mail goes. */
import {FatalError} from '../../core/base/errors.ts';
import {type MailRun, status} from './command.ts';
import {expectQuery, selectMessages} from './messages.ts';
import {namesMailboxEverywhere, type Query, saysMoreThanMailbox} from './search-query.ts';

const unknown = (name: string): string => `Syncing mailbox '${name}' failed`;

export const expunge: MailRun = {
  prepare(call) {
    const query = expectQuery(call, call.args);
    refuseAccidents('expunge', query);
    const removesEmpty = call.options.has('d');
    return async ({store}) => {
      const emptied: string[] = [];
      for await (const {mailbox, sequences} of selectMessages(store, query, {isReadOnly: false, unknown})) {
        await mailbox.expunge(sequences, 'all');
        await mailbox.sync(true);
        if (removesEmpty && mailbox.count === 0 && mailbox.name.toUpperCase() !== 'INBOX') emptied.push(mailbox.name);
      }
      for (const name of emptied) await store.delete(name);
      return 0;
    };
  },
};

/** Throws `FatalError` for a query that could mean all mail. */
export function refuseAccidents(command: string, query: Query): void {
  const begin = `${command}: To avoid accidents, `;
  if (!namesMailboxEverywhere(query))
    throw new FatalError(`${begin}search query must contain MAILBOX in all search branches`, status.usage);
  if (!saysMoreThanMailbox(query)) {
    const rest =
      'each branch in search query must contain something else besides MAILBOX (e.g. just add "all" if you want everything)';
    throw new FatalError(begin + rest, status.usage);
  }
}
