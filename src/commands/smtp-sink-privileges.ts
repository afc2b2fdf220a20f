/**
 * smtp-sink -R and -u, once the socket is open. Node has no chroot(2): with -R the program moves to that directory, so that
 * the names of dump files are below it, and nothing is confined.
 */
import {FatalError, describe} from '../core/base/errors.ts';
import {readFileSync} from 'node:fs';
import {toPath} from '../core/base/bytes.ts';

interface Privileges {
  readonly rootDirectory: string | undefined;
  readonly user: string | undefined;
}

export function takePrivileges({rootDirectory, user}: Privileges): void {
  if (rootDirectory !== undefined) changeRoot(rootDirectory);
  if (user !== undefined) becomeUser(user);
}

function changeRoot(directory: string): void {
  if (process.geteuid?.() !== 0) throw new FatalError(`chroot(${directory}): Operation not permitted`);
  try {
    process.chdir(toPath(directory).toString());
  } catch (fault) {
    throw new FatalError(`chroot(${directory}): ${describe(fault)}`);
  }
}

function becomeUser(name: string): void {
  const account = readFileSync('/etc/passwd', 'latin1')
    .split('\n')
    .map(line => line.split(':'))
    .find(([login]) => login === name);
  const [, , uid, gid] = account ?? [];
  if (uid === undefined || gid === undefined) throw new FatalError(`unknown user: ${name}`);
  try {
    process.setgid?.(Number(gid));
    (process as {initgroups?: (user: string, group: number) => void}).initgroups?.(name, Number(gid)); // not in @types/node
    process.setuid?.(Number(uid));
  } catch (fault) {
    throw new FatalError(`setuid(${uid}): ${describe(fault)}`);
  }
}
