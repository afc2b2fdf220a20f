/** That a mailbox is missing gets a code in some commands: NONEXISTENT (RFC 5530) or TRYCREATE (RFC 3501 section 7.1). */
import {Refusal} from '../base/errors.ts';
import {MailError} from '../mailbox/mail-error.ts';

export async function withExistenceCode<T>(code: 'NONEXISTENT' | 'TRYCREATE', work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (fault) {
    if (fault instanceof MailError && fault.code === 'nonexistent')
      throw new Refusal(code, fault.message, {cause: fault});
    throw fault;
  }
}
