/** `doveadm reload` and `stop`: signals to the process that answers for mail access, found by its pid file. */
import {expectMaster, waitForEnd} from '../../core/daemon/access/access-pid.ts';
import {type Call, type PlainRun, status} from './command.ts';

export const reload: PlainRun = {run: call => signalMaster(call, 'SIGHUP')};

export const stop: PlainRun = {
  async run({access}) {
    const pid = expectMaster(access.settings.get('base_dir'));
    process.kill(pid, 'SIGTERM');
    return (await waitForEnd(pid)) ? 0 : status.temporary;
  },
};

/** Throws `FatalError` when none runs. */
export function signalMaster({access}: Call, signal: NodeJS.Signals): number {
  process.kill(expectMaster(access.settings.get('base_dir')), signal);
  return 0;
}
