/**
 * The wake-up calls of the mail system: `public/pickup` and `public/qmgr` in the queue directory are named pipes, as the
 * original's programs expect them. Who writes a byte there wakes the service; who cannot even open one for writing knows
 * that no mail system runs. Only file calls, so that sendmail(1) pays next to nothing.
 */
import {closeSync, constants, openSync, statSync, writeSync} from 'node:fs';
import {systemCode} from '../base/errors.ts';

/** What pickup is told. */
export const WAKE = 'W';

/** Answers whether somebody listens. A full pipe counts: the call is then waiting already. */
export function trigger(path: string, requests: string): boolean {
  let fd: number;
  try {
    fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (fault) {
    const code = systemCode(fault);
    if (code === 'ENXIO' || code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return false;
    throw fault;
  }
  try {
    writeSync(fd, requests);
    return true;
  } catch (fault) {
    if (systemCode(fault) === 'EAGAIN') return true;
    if (systemCode(fault) === 'EPIPE') return false;
    throw fault;
  } finally {
    closeSync(fd);
  }
}

/** Is there a named pipe, and not a socket (a system without mkfifo, or the original's own)? */
export function isNamedPipe(path: string): boolean {
  return statSync(path, {throwIfNoEntry: false})?.isFIFO() === true;
}
