/** `doveadm copy` and `move`: messages to a mailbox of the same user, or of another one's (`user NAME`) to one of the user. */
import type {Mailbox, NumberRanges} from '../../core/mailbox/mailbox.ts';
import type {MailStore} from '../../core/mailbox/mail-store.ts';
import {describe} from '../../core/base/errors.ts';
import {type Call, type CommandUser, type MailRun, status} from './command.ts';
import {statusOfFault} from './mail-fault.ts';
import {copyMessages} from './copy-messages.ts';
import {expectQuery, selectMessages, syncFailed} from './messages.ts';
import {refuseAccidents} from './expunge.ts';
import type {Query} from './search-query.ts';

export const copy = transfer(false);
export const move = transfer(true);

function transfer(isMove: boolean): MailRun {
  return {
    prepare(call) {
      const [target, ...words] = call.args;
      if (target === undefined || words.length === 0) return call.usage();
      const source = words[0]?.toLowerCase() === 'user' ? words[1] : undefined;
      const query = expectQuery(call, source === undefined ? words : words.slice(2));
      if (isMove) refuseAccidents('move', query);
      return user => transferFor(call, user, {isMove, target, query, source});
    },
  };
}

interface Transfer {
  readonly isMove: boolean;
  readonly target: string;
  readonly query: Query;
  readonly source: string | undefined;
}

async function transferFor(call: Call, user: CommandUser, transfer: Transfer): Promise<number> {
  const {target, query, source} = transfer;
  try {
    await user.store.status(target, false);
  } catch (fault) {
    user.error(`Can't open mailbox '${target}': ${describe(fault)}`);
    return statusOfFault(fault);
  }
  const from = source === undefined ? user.store : await call.access.openStore(source, 'doveadm');
  if (from === undefined) {
    user.error(`User doesn't exist: ${source}`);
    return status.notFound;
  }
  try {
    for await (const {mailbox, sequences} of selectMessages(from, query, {
      isReadOnly: !transfer.isMove,
      unknown: syncFailed,
    }))
      await transferMessages(mailbox, sequences, user.store, from === user.store, transfer);
    return 0;
  } finally {
    if (from !== user.store) await from.close();
  }
}

async function transferMessages(
  mailbox: Mailbox,
  sequences: NumberRanges,
  store: MailStore,
  isSameUser: boolean,
  {isMove, target}: Transfer,
): Promise<void> {
  if (isSameUser) return void (await (isMove ? mailbox.move(sequences, target) : mailbox.copy(sequences, target)));
  await copyMessages(mailbox, sequences, store, target);
  if (isMove) await mailbox.expunge(sequences, 'all');
}
