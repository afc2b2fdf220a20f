/** How storing a message in a mailbox ended, with the reason in the words Postfix uses. */
export type StoreResult = {readonly kind: 'stored'} | StoreFailure;

export interface StoreFailure {
  readonly kind: 'failed';
  /** `cannot open file: Permission denied`. */
  readonly text: string;
  /** The system call's error (`EACCES`), undefined when a rule of ours refused. */
  readonly code?: string | undefined;
  /** The enhanced status code, when the reason alone decides it (`5.7.1` for an executable file). */
  readonly status?: string | undefined;
  /** What the operator should read in the log beside it. */
  readonly warnings?: readonly string[] | undefined;
}

export const STORED: StoreResult = {kind: 'stored'};

/** An error of ours in the shape of a system error: the size limit, which a file of the original meets as EFBIG. */
export function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), {code});
}
