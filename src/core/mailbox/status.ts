/** STATUS of a mailbox: counted in its table, once for each state of it. */
import type {MailboxStatus} from './mail-store.ts';
import {flagBits} from './mailbox.ts';
import type {SharedMailbox} from './shared-mailbox.ts';

export async function statusOf(shared: SharedMailbox, withSize: boolean): Promise<MailboxStatus> {
  await shared.refresh(false);
  const {columns, count} = shared.table;
  let unseen = 0;
  let deleted = 0;
  let recent = 0;
  for (let position = 0; position < count; position++) {
    const flags = columns.flags[position] ?? 0;
    if ((flags & flagBits.seen) === 0) unseen++;
    if ((flags & flagBits.deleted) !== 0) deleted++;
    if ((columns.uids[position] ?? 0) >= shared.firstRecent) recent++;
  }
  const status = {
    messages: count,
    recent,
    unseen,
    deleted,
    uidNext: shared.nextUid,
    uidValidity: shared.uidValidity,
    highestModSeq: shared.highestModSeq,
    guid: shared.guid,
  };
  return withSize ? {...status, sizeBytes: (await shared.totals()).virtualBytes} : status;
}
