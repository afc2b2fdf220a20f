/**
 * Whom a mail command is for: `-u USER` (with * and ? for several), `-A` for all, `-F FILE` for those of a file, else the
 * one of $USER. One user's fault does not keep the others from theirs; the worst status is the command's.
 */
import {readFileSync} from 'node:fs';
import {toPath} from '../../core/base/bytes.ts';
import {describe, FatalError} from '../../core/base/errors.ts';
import type {Call, UserRun} from './command.ts';
import {optionOf, status} from './command.ts';
import type {Printer} from './printer.ts';
import {UserFatal} from './user-fatal.ts';
import {statusOfFault} from './mail-fault.ts';
import {matchesWildcards} from './search-query.ts';

/** One user, or several with their names in front of all that is printed. */
export type WhoseMail =
  {readonly kind: 'one'; readonly name: string} | {readonly kind: 'several'; readonly at: {name: string}};

/** Throws `FatalError` when nobody is named. */
export function whoseMail(call: Call): WhoseMail {
  if (call.options.has('S')) throw new FatalError('-S: a doveadm server is not part of this version', UNAVAILABLE);
  if (call.options.has('A') || call.options.has('F')) return {kind: 'several', at: {name: ''}};
  const name = optionOf(call, 'u') ?? call.stdio.env['USER'];
  if (name === undefined) throw new FatalError('USER environment is missing and -u option not used', status.usage);
  return /[*?]/.test(name) ? {kind: 'several', at: {name: ''}} : {kind: 'one', name};
}

/** sysexits(3) EX_UNAVAILABLE. */
const UNAVAILABLE = 69;

/** With the user's name as the first column, where there are several. */
export function withUsers(printer: Printer, users: WhoseMail): Printer {
  if (users.kind === 'one') return printer;
  let count = 0;
  let at = 0;
  const begin = (): void => {
    if (at === 0) printer.value(users.at.name);
  };
  const advance = (): void => void (at = (at + 1) % count);
  return {
    columns(columns) {
      count = columns.length;
      printer.columns([{key: 'username', title: 'Username', isTitleHidden: true}, ...columns]);
    },
    value(text) {
      begin();
      printer.value(text);
      advance();
    },
    piece(bytes) {
      begin();
      printer.piece(bytes);
    },
    endOfPieces() {
      printer.endOfPieces();
      advance();
    },
    finish: () => printer.finish(),
  };
}

export async function runForUsers(call: Call, whose: WhoseMail, run: UserRun): Promise<number> {
  if (whose.kind === 'one') return runForUser(call, whose.name, run);
  const {users, isComplete} = await listUsers(call);
  let worst = 0;
  for (const [at, user] of users.entries()) {
    if (call.isVerbose && call.stdio.stderr.isTTY === true) call.stdio.stderr.write(`\r${at} / ${users.length}`);
    whose.at.name = user;
    const exitStatus = await runForUser(call, user, run);
    if (exitStatus !== 0) worst = exitStatus;
  }
  if (isComplete) return worst;
  call.stdio.stderr.write('doveadm: Error: Failed to iterate through some users\n');
  return status.temporary;
}

interface Users {
  readonly users: readonly string[];
  readonly isComplete: boolean;
}

async function listUsers(call: Call): Promise<Users> {
  const file = optionOf(call, 'F');
  if (file !== undefined) return usersOfFile(call, file);
  const pattern = call.options.has('A') ? '*' : (optionOf(call, 'u') ?? '*');
  try {
    const users = await call.access.listUsers();
    return {users: users.filter(user => matchesWildcards(user, pattern)), isComplete: true};
  } catch (fault) {
    call.error(describe(fault));
    return {users: [], isComplete: false};
  }
}

/** One a line. */
function usersOfFile(call: Call, file: string): Users {
  try {
    const lines = readFileSync(toPath(file), 'latin1').split('\n');
    return {users: lines.map(line => line.trim()).filter(user => user !== ''), isComplete: true};
  } catch (fault) {
    call.error(`read(${file}) failed: open(${file}) failed: ${describe(fault)}`);
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
    if (fault instanceof FatalError) throw new UserFatal(name, fault);
    error(describe(fault));
    return statusOfFault(fault);
  } finally {
    await opened.close();
  }
}

/** sysexits(3) EX_NOUSER. */
const NO_USER = 67;
