/** `doveadm auth lookup`: what the passdb says of users, without their passwords. */
import {askedBy} from './asked-by.ts';
import {optionOf, type PlainRun, status} from './command.ts';

export const authLookup: PlainRun = {
  async run(call) {
    if (call.args.length === 0) return call.usage();
    const {stdout, stderr} = call.stdio;
    const field = optionOf(call, 'f');
    let exitStatus = 0;
    for (const [at, name] of call.args.entries()) {
      if (at > 0) stdout.write('\n');
      const found = await call.access.accounts.lookupPassdb(name, askedBy(call));
      if (found.kind === 'found') {
        const fields = new Map([['user', found.username], ...found.fields]);
        if (field !== undefined) stdout.write(fields.has(field) ? `${fields.get(field)}\n` : '');
        else {
          stdout.write(`passdb: ${name}\n`);
          for (const [key, value] of fields) stdout.write(`  ${key.padEnd(FIELD_COLUMNS)}: ${value}\n`);
        }
      } else if (found.kind === 'unknown') {
        (field === undefined ? stdout : stderr).write(`passdb lookup: user ${name} doesn't exist\n`);
        exitStatus = NO_USER;
      } else {
        stderr.write(
          `passdb lookup(${name}) failed: Internal error occurred. Refer to server log for more information.\n`,
        );
        exitStatus = status.temporary;
      }
    }
    return exitStatus;
  },
};

const FIELD_COLUMNS = 10;
/** sysexits(3) EX_NOUSER. */
const NO_USER = 67;
