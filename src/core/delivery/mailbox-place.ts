/** Which mailbox a user has (local(8)): home_mailbox, else mail_spool_directory; a name that ends in `/` is a Maildir. */
import type {Account} from '../account/accounts.ts';
import type {Config} from '../config/config.ts';

export interface MailboxPlace {
  readonly kind: 'maildir' | 'mbox';
  readonly path: string;
  readonly parameter: 'home_mailbox' | 'mail_spool_directory';
}

export function mailboxPlace(user: string, account: Account, config: Config): MailboxPlace {
  const homeMailbox = config.get('home_mailbox');
  if (homeMailbox !== '') {
    const kind = homeMailbox.endsWith('/') ? 'maildir' : 'mbox';
    return {kind, path: `${account.home}/${homeMailbox}`, parameter: 'home_mailbox'};
  }
  const spool = config.get('mail_spool_directory');
  const parameter = 'mail_spool_directory';
  if (spool.endsWith('/')) return {kind: 'maildir', path: `${spool}${user}/`, parameter};
  return {kind: 'mbox', path: `${spool}/${user}`, parameter};
}
