/** `doveadm instance list`: this instance, and whether its mail access runs. */
import {statSync} from 'node:fs';
import {toPath} from '../../core/base/bytes.ts';
import {strftime} from '../../core/base/strftime.ts';
import {pidFile, runningAccess} from '../../core/daemon/access/access-pid.ts';
import {type PlainRun, status} from './command.ts';

export const instanceList: PlainRun = {
  run(call) {
    const base = call.access.settings.get('base_dir');
    const name = call.access.settings.get('instance_name');
    call.printer.columns([
      {key: 'path', isWide: true},
      {key: 'name'},
      {key: 'last_used', title: 'last used'},
      {key: 'running'},
    ]);
    const [wanted] = call.args;
    if (wanted !== undefined && wanted !== name) return 0;
    const used = statSync(toPath(pidFile(base)), {throwIfNoEntry: false})?.mtime;
    const isRunning = runningAccess(base) !== undefined;
    if (used === undefined && call.options.has('c')) return 0;
    const stamp = used === undefined ? 'never' : strftime('%Y-%m-%d %H:%M:%S', used);
    for (const value of [base, name, stamp, isRunning ? 'yes' : 'no']) call.printer.value(value);
    return 0;
  },
};

/** The one instance there is can't be forgotten. */
export const instanceRemove: PlainRun = {
  run(call) {
    const [name] = call.args;
    if (name === undefined) return call.usage();
    const {settings} = call.access;
    const isOurs = name === settings.get('base_dir') || name === settings.get('instance_name');
    call.error(isOurs ? `Instance ${name} is this one: it can't be removed` : "Instance already didn't exist");
    return isOurs ? status.notPossible : status.notFound;
  },
};
