/**
 * A failed handshake in OpenSSL's words, as the original logs them: `error:0A0000C1:SSL routines::no shared
 * cipher:../ssl/statem/statem_srvr.c:2226:`. Node's own text has the function's name and its own paths besides.
 */
import {describe, systemCode} from '../base/errors.ts';

/** undefined: the library has nothing to say; the connection was cut or timed out. */
export function libraryProblem(fault: unknown): string | undefined {
  if (!(fault instanceof Error)) return undefined;
  const at = fault.message.indexOf('error:');
  if (at < 0) return undefined;
  const [error = '', code = '', library = '', , ...rest] = fault.message.slice(at).trim().replace(/:$/, '').split(':');
  return [error, code, library, '', ...rest, ''].join(':').replace('../deps/openssl/openssl/', '../');
}

/** What stands behind `SSL_accept error from H[A]: ` and its like. */
export function handshakeEnd(fault: unknown): string {
  if (libraryProblem(fault) !== undefined) return '-1';
  const code = systemCode(fault);
  if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT' || code === 'ETIMEDOUT') return 'Connection timed out';
  const isFromSystem = fault instanceof Error && 'syscall' in fault; // Node gives a closed connection a code too
  return isFromSystem ? describe(fault) : 'lost connection';
}
