/** How a user's mbox is written, and with whose rights (local(8), mail_spool_directory in postconf(5)). */
import {mkdir} from 'node:fs/promises';
import {dirname} from 'node:path';
import type {Account} from '../account/accounts.ts';
import {toPath} from '../base/bytes.ts';
import type {MboxJob} from '../mailbox/mbox-writer.ts';
import type {DeliveryContext} from './context.ts';
import {ownRights} from './include-file.ts';
import {lockPatience} from './lock-patience.ts';
import type {MailboxPlace} from './mailbox-place.ts';
import {effectiveUid, type Rights} from './user-files.ts';

export interface Mbox {
  readonly job: MboxJob;
  readonly rights: Rights;
}

export async function mboxOf(place: MailboxPlace, account: Account, context: DeliveryContext): Promise<Mbox> {
  const {config} = context;
  await makeOwnFolder(dirname(place.path), account, context);
  const isSpool = place.parameter === 'mail_spool_directory';
  const rights = isSpool ? await spoolRights(dirname(place.path), account, context) : account;
  const isOwners = effectiveUid(rights) === effectiveUid(account);
  return {
    rights,
    job: {
      path: place.path,
      locks: config.list('mailbox_delivery_lock'),
      patience: lockPatience(config),
      mustBeRegular: true,
      ...(isOwners ? {} : {newOwner: {uid: account.uid, gid: account.gid}}),
      ...(config.get('strict_mailbox_ownership') ? {requiredOwner: effectiveUid(account)} : {}),
      sizeLimit: config.get('mailbox_size_limit'),
    },
  };
}

/** A folder that all or its group may write to is written to by the user; any other by root, who gives the file away. */
async function spoolRights(spool: string, account: Account, context: DeliveryContext): Promise<Rights> {
  const looked = await context.files.as(ownRights()).status(spool, true);
  if ('failure' in looked || (looked.found.mode & 0o002) !== 0) return account;
  if ((looked.found.mode & 0o020) !== 0) return {uid: account.uid, gid: looked.found.gid};
  return ownRights();
}

/** An instance of one's own makes what it misses; the system's folders are the administrator's. */
async function makeOwnFolder(folder: string, account: Account, context: DeliveryContext): Promise<void> {
  if (context.config.root === '/') return;
  const looked = await context.files.as(account).status(folder, true);
  if ('failure' in looked && looked.failure.code === 'ENOENT')
    await mkdir(toPath(folder), {recursive: true, mode: 0o700}).catch(() => undefined); // opening the mailbox says why
}
