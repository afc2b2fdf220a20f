/** Why DATA and BDAT can't be: there is no transaction, or it has no recipients. */
import type {LmtpTransaction} from '../transaction.ts';

export function missingRecipients(transaction: LmtpTransaction | undefined): string | undefined {
  if (transaction === undefined) return '503 5.5.0 MAIL needed first';
  return transaction.recipients.length === 0 ? '503 5.5.0 No valid recipients' : undefined;
}
