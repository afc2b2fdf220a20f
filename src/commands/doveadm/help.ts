/** `doveadm help`: how a command is used; the man page has the rest. */
import {type PlainRun, usageOf} from './command.ts';
import {commands} from './registry.ts';

export const help: PlainRun = {
  async run(call) {
    const name = call.args.join(' ');
    const command = commands.find(row => row.name === name);
    if (command !== undefined) {
      call.stdio.stdout.write(`doveadm ${name} ${usageOf(command)}\n`);
      return 0;
    }
    if (name !== '' && !commands.some(row => row.name.startsWith(`${name} `))) {
      call.stdio.stderr.write(`No manual entry for doveadm-${call.args.join('-')}\n`);
      return NO_ENTRY;
    }
    const {printHelp} = await import('../doveadm.ts');
    printHelp(call.args, call.stdio);
    return name === '' ? 64 : 0;
  },
};

/** man(1)'s status for a page that is not there. */
const NO_ENTRY = 16;
