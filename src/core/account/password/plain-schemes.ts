/** Passwords kept as they are: PLAIN with its other names, and PLAIN-TRUNC, which compares no more than a stated length. */
import {ConfigError} from '../../base/errors.ts';
import {sameBytes, type PasswordScheme} from './scheme.ts';

const plain = {
  does: 'The password itself.',
  encoding: 'none',
  verify: sameBytes,
  make: (password: Buffer) => password,
} as const;

export const plainSchemes: readonly PasswordScheme[] = [
  {name: 'PLAIN', ...plain},
  {name: 'CLEAR', ...plain},
  {name: 'CLEARTEXT', ...plain},
  {...plain, name: 'PLAIN-TRUNC', does: 'LENGTH-PASSWORD: only so many bytes count.', verify: isBeginning},
];

/** `8-verysecr`: a store that cut passwords at 8 bytes. */
function isBeginning(stored: Buffer, password: Buffer): boolean {
  const [prefix, digits] = /^(\d{1,9})-/.exec(stored.toString('latin1')) ?? [];
  if (prefix === undefined) throw new ConfigError('PLAIN-TRUNC missing length: prefix');
  const length = Number(digits);
  return sameBytes(stored.subarray(prefix.length).subarray(0, length), password.subarray(0, length));
}
