/**
 * Why something could not be done with mail: a code from which each protocol makes its own (IMAP response codes,
 * doveadm's exit status), and Dovecot's words. `cause` has what the system said; the client is not told.
 */
export type MailErrorCode =
  | 'nonexistent'
  | 'exists'
  | 'cannot'
  | 'permission'
  | 'quota'
  | 'in-use'
  | 'limit'
  | 'expunged'
  | 'invalid-name'
  | 'unsupported'
  /** Not the user's doing; the same may work later. */
  | 'temporary';

export class MailError extends Error {
  readonly code: MailErrorCode;

  constructor(code: MailErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
