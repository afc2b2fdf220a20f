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
    // what is not of the table comes behind it
    const later: string[] = [];
    const flush = (): void => later.splice(0).forEach(text => call.stdio.stdout.write(text));
    const showsTable = !['e', 'f', 'u'].some(letter => call.options.has(letter));
    if (showsTable) call.printer.columns([{key: 'field'}, {key: 'value'}]);
    let exitStatus = 0;
    for (const [at, name] of call.args.entries()) {
      if (at > 0) later.push('\n');
      if (!showsTable) flush();
      const one = await showUser(call, name, showsTable, text => later.push(text));
      if (one !== 0) exitStatus = one;
    }
    call.printer.finish();
    flush();
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

async function showUser(call: Call, name: string, showsTable: boolean, say: (text: string) => void): Promise<number> {
  const found = await call.access.lookupUser(name, askedBy(call));
  const {stdout, stderr} = call.stdio;
  if (found.kind === 'unknown') {
    const text = `userdb lookup: user ${name} doesn't exist\n`;
    const isField = call.options.has('f') || call.options.has('e');
    if (isField) stderr.write(`\n${text}`);
    else say(showsTable ? `\n${text}` : text);
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
