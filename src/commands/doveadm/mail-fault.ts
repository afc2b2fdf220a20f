/** The exit status of what could not be done with mail. */
import {MailError, type MailErrorCode} from '../../core/mailbox/mail-error.ts';
import {status} from './command.ts';

export function statusOfFault(fault: unknown): number {
  return fault instanceof MailError ? STATUSES[fault.code] : status.temporary;
}

const STATUSES: Readonly<Record<MailErrorCode, number>> = {
  nonexistent: status.notFound,
  exists: status.notPossible,
  cannot: status.notPossible,
  permission: status.denied,
  quota: status.cannotCreate,
  'in-use': status.temporary,
  limit: status.temporary,
  expunged: status.temporary,
  'invalid-name': status.usage,
  unsupported: status.notPossible,
  temporary: status.temporary,
};
