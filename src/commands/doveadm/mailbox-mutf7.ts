/** `doveadm mailbox mutf7`: names from UTF-8 to IMAP's modified UTF-7 (`-8`, as by default), or the other way (`-7`). */
import {fromMutf7, toMutf7} from '../../core/mailbox/mutf7.ts';
import {type PlainRun, status} from './command.ts';

export const mailboxMutf7: PlainRun = {
  run(call) {
    if (call.args.length === 0) return call.usage();
    let exitStatus = 0;
    for (const name of call.args) {
      const turned = call.options.has('7') ? fromMutf7(name) : toMutf7(name);
      if (turned === undefined) {
        call.error(`Mailbox name not valid ${call.options.has('7') ? 'mUTF-7' : 'UTF-8'}: ${name}`);
        if (call.options.has('7')) call.stdio.stdout.write('\n'); // what could be turned: nothing
        exitStatus = status.notPossible;
      } else call.stdio.stdout.write(`${turned}\n`);
    }
    return exitStatus;
  },
};
