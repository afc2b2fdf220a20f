/**
 * The faults that are thrown on purpose (STYLE: Faults and ends). Whatever else is thrown is a defect or a
 * broken machine. "Not found" is `undefined`, never an error.
 */

/** The command line was wrong; the text is what the original prints after `fatal: `. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A configuration or table file says something that can't be used. `line` counts from 1; 0 when no line is to blame. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly file: string;
  readonly line: number;

  constructor(message: string, file = '', line = 0, options?: ErrorOptions) {
    super(message, options);
    this.file = file;
    this.line = line;
  }
}

/** A `$name` expression that can't be expanded. The original warns of it, then ends in more general words. */
export class ExpansionFault extends Error {
  override readonly name = 'ExpansionFault';
}

/** Input does not follow its grammar. `offset` is in bytes from the start of what was parsed. */
export class ParseError extends Error {
  override readonly name = 'ParseError';
  readonly offset: number;

  constructor(message: string, offset = 0, options?: ErrorOptions) {
    super(message, options);
    this.offset = offset;
  }
}

/** A request was understood and is refused; `code` is the protocol's own (reply code, response code). */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A tool ends with `tool: fatal: MESSAGE` and this exit status (sysexits.h where the original uses them). */
export class FatalError extends Error {
  override readonly name = 'FatalError';
  readonly exitStatus: number;

  constructor(message: string, exitStatus = 1, options?: ErrorOptions) {
    super(message, options);
    this.exitStatus = exitStatus;
  }
}

/** What the original warns of before it ends with this fault, if anything. */
export function warningBefore(fault: unknown): string | undefined {
  if (fault instanceof ConfigError || fault instanceof FatalError) return warningBefore(fault.cause);
  return fault instanceof ExpansionFault ? fault.message : undefined;
}

/** The system call's error name (`ENOENT`), or undefined when the fault is of another kind. */
export function systemCode(fault: unknown): string | undefined {
  if (!(fault instanceof Error) || !('code' in fault)) return undefined;
  return typeof fault.code === 'string' ? fault.code : undefined;
}

/** One line for the operator: the C library's words for a system error (strerror), else the message. */
export function describe(fault: unknown): string {
  const code = systemCode(fault);
  const words = code === undefined ? undefined : SYSTEM_ERRORS.get(code);
  if (words !== undefined) return words;
  return fault instanceof Error ? fault.message : String(fault);
}

/** strerror(3) of the GNU C library, for the errors that file and socket calls answer with. */
const SYSTEM_ERRORS: ReadonlyMap<string, string> = new Map([
  ['EPERM', 'Operation not permitted'],
  ['ENOENT', 'No such file or directory'],
  ['EINTR', 'Interrupted system call'],
  ['EIO', 'Input/output error'],
  ['E2BIG', 'Argument list too long'],
  ['EBADF', 'Bad file descriptor'],
  ['EAGAIN', 'Resource temporarily unavailable'],
  ['ENOMEM', 'Cannot allocate memory'],
  ['EACCES', 'Permission denied'],
  ['EBUSY', 'Device or resource busy'],
  ['EEXIST', 'File exists'],
  ['EXDEV', 'Invalid cross-device link'],
  ['ENOTDIR', 'Not a directory'],
  ['EISDIR', 'Is a directory'],
  ['EINVAL', 'Invalid argument'],
  ['ENFILE', 'Too many open files in system'],
  ['EMFILE', 'Too many open files'],
  ['EFBIG', 'File too large'],
  ['ENOSPC', 'No space left on device'],
  ['EROFS', 'Read-only file system'],
  ['EPIPE', 'Broken pipe'],
  ['ENAMETOOLONG', 'File name too long'],
  ['ELOOP', 'Too many levels of symbolic links'],
  ['EDQUOT', 'Disk quota exceeded'],
  ['EADDRINUSE', 'Address already in use'],
  ['EADDRNOTAVAIL', 'Cannot assign requested address'],
  ['ECONNREFUSED', 'Connection refused'],
  ['ECONNRESET', 'Connection reset by peer'],
  ['ETIMEDOUT', 'Connection timed out'],
  ['EHOSTUNREACH', 'No route to host'],
  ['ENETUNREACH', 'Network is unreachable'],
  ['ENOTEMPTY', 'Directory not empty'],
]);
