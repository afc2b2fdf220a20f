/** `doveadm auth test` and `login`: whether a name and a password would get in, and (login) with which userdb fields. */
import {readLines} from '../password-lines.ts';
import {askedBy} from './asked-by.ts';
import {type Call, optionOf, type PlainRun, status} from './command.ts';

export const authTest: PlainRun = {run: call => test(call, false)};
export const authLogin: PlainRun = {run: call => test(call, true)};

async function test(call: Call, isLogin: boolean): Promise<number> {
  const [name, given, ...rest] = call.args;
  if (name === undefined || rest.length > 0) return call.usage();
  const password = given ?? (await askPassword(call));
  const step = await call.access.accounts.verify(name, password, askedBy(call), optionOf(call, 'M') ?? '');
  const {stdout} = call.stdio;
  const isGood = step.kind === 'done';
  stdout.write(`passdb: ${name} auth ${isGood ? 'succeeded' : 'failed'}\n`);
  const user = step.kind === 'done' ? step.username : (optionOf(call, 'M') ?? name);
  stdout.write(`extra fields:\n  user=${user}\n`);
  if (step.kind === 'failed') {
    if (step.isTemporary) stdout.write('  temp\n');
    return step.isTemporary ? status.temporary : status.denied;
  }
  return isLogin ? showUserdb(call, user) : 0;
}

async function showUserdb(call: Call, name: string): Promise<number> {
  const found = await call.access.lookupUser(name, askedBy(call));
  if (found.kind !== 'found') {
    call.error(`userdb lookup(${name}) failed`);
    return status.denied;
  }
  const {user} = found;
  const lines = [user.username, ...[...user.fields].map(([key, value]) => `${key}=${value}`), 'auth_mech=PLAIN'];
  call.stdio.stdout.write(`userdb extra fields:\n${lines.map(line => `  ${line}\n`).join('')}`);
  return 0;
}

async function askPassword({stdio}: Call): Promise<string> {
  if (stdio.stdin.isTTY === true) stdio.stderr.write('Password: ');
  return (await readLines(stdio).next()) ?? '';
}
