/** `doveadm user`: what the userdb says of users; masks list names. `-f` one field, `-e` a text with %variables in it. */
import type {UserRecord} from '../../core/account/sasl/sasl.ts';
import {FatalError} from '../../core/base/errors.ts';
import {type Call, optionOf, type PlainRun, status} from './command.ts';
import {askedBy} from './asked-by.ts';

export const user: PlainRun = {
  async run(call) {
    if (call.args.length === 0) return call.usage();
    const masks = call.args.filter(name => /[*?]/.test(name));
    if (masks.length > 0) return listNames(call, masks);
    const showsTable = !['e', 'f', 'u'].some(letter => call.options.has(letter));
    if (showsTable) call.printer.columns([{key: 'field'}, {key: 'value'}]);
    let exitStatus = 0;
    for (const name of call.args) {
      const one = await showUser(call, name, showsTable);
      if (one !== 0) exitStatus = one;
    }
    return exitStatus;
  },
};

function listNames(call: Call, masks: readonly string[]): number {
  for (const mask of masks) {
    const {names, isComplete} = call.access.accounts.users(mask);
    for (const name of names) call.stdio.stdout.write(`${name}\n`);
    if (isComplete) continue;
    call.error('auth-master: userdb list: User listing returned failure');
    throw new FatalError('user listing failed', status.temporary);
  }
  return 0;
}

async function showUser(call: Call, name: string, showsTable: boolean): Promise<number> {
  const found = await call.access.lookupUser(name, askedBy(call));
  const {stdout, stderr} = call.stdio;
  if (found.kind === 'unknown') {
    stderr.write(`userdb lookup: user ${name} doesn't exist\n`);
    return NO_USER;
  }
  if (found.kind === 'broken') {
    stderr.write(`userdb lookup(${name}) failed: Internal error occurred. Refer to server log for more information.\n`);
    return status.temporary;
  }
  const {user: record} = found;
  const field = optionOf(call, 'f');
  const template = optionOf(call, 'e');
  if (template !== undefined) stdout.write(`${call.access.expandFor(record, template)}\n`);
  else if (field !== undefined) {
    const value = fieldsOf(call, record).get(field);
    if (value !== undefined) stdout.write(`${value}\n`);
  } else if (showsTable) {
    for (const pair of fieldsOf(call, record)) for (const text of pair) call.printer.value(text);
  } else {
    stdout.write(`userdb: ${name}\n`);
    for (const [key, value] of new Map([['user', record.username], ...record.fields]))
      stdout.write(`  ${key.padEnd(FIELD_COLUMNS)}: ${value}\n`);
    stdout.write('\n');
  }
  return 0;
}

const FIELD_COLUMNS = 10;

/** As mail access uses them: ids and places first. */
function fieldsOf(call: Call, record: UserRecord): ReadonlyMap<string, string> {
  const {uid, gid, home, mail} = call.access.mailPlace(record);
  const known: readonly (readonly [string, string])[] = [
    ['uid', String(uid)],
    ['gid', String(gid)],
    ['home', home ?? ''],
    ['mail', mail],
  ];
  const rest = [...record.fields].filter(([key]) => !known.some(([name]) => name === key));
  return new Map([...known, ...rest]);
}

/** sysexits(3) EX_NOUSER. */
const NO_USER = 67;
