/** `doveadm auth cache flush`: the running mail access forgets what it knows of logins. */
import {FatalError} from '../../core/base/errors.ts';
import {askAccess} from '../../core/daemon/access/access-control.ts';
import {type PlainRun, status} from './command.ts';

export const authCacheFlush: PlainRun = {
  async run(call) {
    const base = call.access.settings.get('base_dir');
    const reply = await askAccess(base, {op: 'flush-auth-cache', users: call.args});
    if (reply === undefined)
      throw new FatalError(`net_connect_unix(${base}/auth-master) failed: Connection refused`, status.temporary);
    call.stdio.stdout.write(`${reply.flushed ?? 0} cache entries flushed\n`);
    return 0;
  },
};
