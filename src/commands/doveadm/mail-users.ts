/**
 * Whom a mail command is for: `-u USER` (with * and ? for several), `-A` for all, `-F FILE` for those of a file, else the
 * one of $USER. One user's fault does not keep the others from theirs; the worst status is the command's.
 */
import {readFileSync} from 'node:fs';
import {toPath} from '../../core/base/bytes.ts';
import {describe, FatalError} from '../../core/base/errors.ts';
import type {Call, UserRun} from './command.ts';
import {optionOf, status} from './command.ts';
import {statusOfFault} from './mail-fault.ts';
import {matchesWildcards} from './search-query.ts';

export async function runForUsers(call: Call, run: UserRun): Promise<number> {
  const single = singleUser(call);
  if (single !== undefined) return runForUser(call, single, run);
  const {users, isComplete} = await listUsers(call);
  let worst = 0;
  for (const [at, user] of users.entries()) {
    if (call.isVerbose && call.stdio.stderr.isTTY === true) call.stdio.stderr.write(`\r${at} / ${users.length}`);
    const exitStatus = await runForUser(call, user, run);
    if (exitStatus !== 0) worst = exitStatus;
  }
  if (isComplete) return worst;
  call.stdio.stderr.write('doveadm: Error: Failed to iterate through some users\n');
  return status.temporary;
}

/** undefined: several, or all. */
function singleUser(call: Call): string | undefined {
  if (call.options.has('A') || call.options.has('F')) return undefined;
  const user = optionOf(call, 'u') ?? call.stdio.env['USER'];
  if (user === undefined) throw new FatalError('USER environment is missing and -u option not used', status.temporary);
  return /[*?]/.test(user) ? undefined : user;
}

interface Users {
  readonly users: readonly string[];
  readonly isComplete: boolean;
}

async function listUsers(call: Call): Promise<Users> {
  const file = optionOf(call, 'F');
  if (file !== undefined) {
    const users = readFileSync(toPath(file), 'latin1')
      .split('\n')
      .map(line => line.trim());
    return {users: users.filter(user => user !== ''), isComplete: true};
  }
  const pattern = call.options.has('A') ? '*' : (optionOf(call, 'u') ?? '*');
  try {
    const users = await call.access.listUsers();
    return {users: users.filter(user => matchesWildcards(user, pattern)), isComplete: true};
  } catch (fault) {
    call.error(describe(fault));
    return {users: [], isComplete: false};
  }
}

async function runForUser(call: Call, name: string, run: UserRun): Promise<number> {
  const error = (text: string): void => void call.stdio.stderr.write(`doveadm(${name}): Error: ${text}\n`);
  let opened: Awaited<ReturnType<typeof call.access.openStore>>;
  try {
    opened = await call.access.openStore(name, 'doveadm');
  } catch (fault) {
    error(`User lookup failed: ${describe(fault)}`);
    return status.temporary;
  }
  if (opened === undefined) {
    error("User doesn't exist");
    return NO_USER;
  }
  try {
    return await run({name, store: opened, error});
  } catch (fault) {
    if (fault instanceof FatalError) throw fault;
    error(describe(fault));
    return statusOfFault(fault);
  } finally {
    await opened.close();
  }
}

/** sysexits(3) EX_NOUSER. */
const NO_USER = 67;
