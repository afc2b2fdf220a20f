/** Who calls: login name and full name from the password file, as cheaply as can be. */
import {readFileSync} from 'node:fs';
import {userInfo} from 'node:os';
import {toByteString} from '../core/base/bytes.ts';
import {describe, FatalError} from '../core/base/errors.ts';
import {EX_TEMPFAIL} from '../core/base/exit-status.ts';

export interface Login {
  readonly uid: number;
  readonly name: string;
  readonly gecos: string;
}

export function callerLogin(): Login {
  const uid = process.getuid?.() ?? 0;
  return fromPasswordFile(uid) ?? fromSystem(uid);
}

/** $NAME, else the gecos field up to its first separator, `&` standing for the login name. */
export function callerFullName(login: Login, nameVariable: string | undefined): string | undefined {
  if (nameVariable !== undefined) return toByteString(nameVariable);
  const {name} = login;
  const field = /^[^,;%]*/.exec(login.gecos)?.[0] ?? '';
  return field.replaceAll('&', () => name.charAt(0).toUpperCase() + name.slice(1));
}

function fromPasswordFile(uid: number): Login | undefined {
  let file: string;
  try {
    file = readFileSync('/etc/passwd', 'latin1');
  } catch {
    return undefined; // no such file: the system may know the user otherwise
  }
  const wanted = String(uid);
  for (const line of file.split('\n')) {
    const fields = line.split(':');
    if (fields[2] === wanted) return {uid, name: fields[0] ?? '', gecos: fields[4] ?? ''};
  }
  return undefined;
}

function fromSystem(uid: number): Login {
  try {
    return {uid, name: toByteString(userInfo().username), gecos: ''};
  } catch (fault) {
    throw new FatalError(`no login name found for user ID ${uid}`, EX_TEMPFAIL, {cause: describe(fault)});
  }
}
