/** `doveadm exec`: one of Dovecot's programs; here those that there are as commands, and `imap` for the calling user. */
import {FatalError} from '../../core/base/errors.ts';
import {runGuarded} from '../../core/base/tool.ts';
import {tools} from '../tools.ts';
import {type PlainRun, status} from './command.ts';

export const exec: PlainRun = {
  async run(call) {
    const [name, ...argv] = call.args;
    if (name === undefined) return call.usage();
    if (name === 'imap') {
      const {serveCaller} = await import('../../core/daemon/access/preauthenticated.ts');
      const user = argv[0] === '-u' ? (argv[1] ?? '') : (call.stdio.env['USER'] ?? '');
      return serveCaller(call.access.place, user);
    }
    const tool = await tools.get(name)?.();
    if (tool === undefined) throw new FatalError(`execv(${name}) failed: No such file or directory`, status.temporary);
    return runGuarded(tool, argv, call.stdio);
  },
};
