/** `doveadm import`: messages of another mail location into mailboxes of the user, below a parent ('' for none). */
import {MailError} from '../../core/mailbox/mail-error.ts';
import type {MailStore} from '../../core/mailbox/mail-store.ts';
import {copyMessages} from './copy-messages.ts';
import {type Call, type CommandUser, type MailRun, optionOf, status} from './command.ts';
import {expectQuery, selectMessages, syncFailed} from './messages.ts';
import type {Query} from './search-query.ts';

export const importMail: MailRun = {
  prepare(call) {
    const [location, parent, ...words] = call.args;
    if (location === undefined || parent === undefined || words.length === 0) return call.usage();
    const query = expectQuery(call, words);
    return user => importFor(call, user, {location, parent, query});
  },
};

interface Import {
  readonly location: string;
  readonly parent: string;
  readonly query: Query;
}

async function importFor(call: Call, user: CommandUser, {location, parent, query}: Import): Promise<number> {
  const owner = optionOf(call, 'U') ?? user.name;
  const source = await call.access.openStore(owner, 'doveadm', location);
  if (source === undefined) {
    user.error(`User doesn't exist: ${owner}`);
    return status.notFound;
  }
  try {
    for await (const {mailbox, sequences} of selectMessages(source, query, {isReadOnly: true, unknown: syncFailed})) {
      const target = nameBelow(user.store, parent, mailbox.name, source);
      await makeMailbox(user.store, target, call.options.has('s'));
      await copyMessages(mailbox, sequences, user.store, target);
    }
    return 0;
  } finally {
    await source.close();
  }
}

/** In the separators of the one that gets it. */
function nameBelow(store: MailStore, parent: string, name: string, source: MailStore): string {
  const separator = store.namespaces[0]?.separator ?? '.';
  const other = source.namespaces[0]?.separator ?? '.';
  const own = name.split(other).join(separator);
  return parent === '' ? own : `${parent}${separator}${own}`;
}

async function makeMailbox(store: MailStore, name: string, isSubscribing: boolean): Promise<void> {
  if (name.toUpperCase() !== 'INBOX')
    await store.create(name).catch((fault: unknown) => {
      if (!(fault instanceof MailError) || fault.code !== 'exists') throw fault;
    });
  if (isSubscribing) await store.subscribe(name);
}
