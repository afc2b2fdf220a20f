/** A question that needed a table could not be answered; the stage ends with a temporary refusal. */
import {isUnusable, TableError} from '../../table/table.ts';

export class LookupFault extends Error {
  override readonly name = 'LookupFault';
  /** What the reply names. */
  readonly subject: string;
  /** The configuration is to blame: another try will not help before the operator has mended it. */
  readonly isConfiguration: boolean;

  constructor(subject: string, options?: ErrorOptions) {
    super(`lookup of ${subject}`, options);
    this.subject = subject;
    this.isConfiguration = isUnusable(options?.cause);
  }
}

/** Turns a table's fault into one about `subject`. Anything else is a defect. */
export function lookupFault(fault: unknown, subject: string): LookupFault {
  if (fault instanceof TableError) return new LookupFault(subject, {cause: fault});
  throw fault;
}
