/**
 * `doveadm service status | stop` and `process status`: the services of dovecot.conf and the processes behind them. Here
 * one process serves many services, so that it stands for each of those it has.
 */
import {FatalError} from '../../core/base/errors.ts';
import {askAccess, type ServiceFigures} from '../../core/daemon/access/access-control.ts';
import {type Call, type PlainRun, status} from './command.ts';

export const processStatus: PlainRun = {
  async run(call) {
    const keys = [
      'name',
      'pid',
      'available_count',
      'total_count',
      'idle_start',
      'last_status_update',
      'last_kill_sent',
    ];
    call.printer.columns(keys.map(key => ({key})));
    for (const {name, pid, clients, limit, lastUpdate} of await figures(call)) {
      if (call.args.length > 0 && !call.args.includes(name)) continue;
      const values = [name, pid, limit - clients, clients, 0, lastUpdate, 0];
      for (const value of values) call.printer.value(String(value));
    }
    return 0;
  },
};

export const serviceStatus: PlainRun = {
  async run(call) {
    const running = await figures(call);
    call.printer.columns(SERVICE_KEYS.map(key => ({key})));
    const names = call.access.serviceNames();
    for (const name of call.args.length > 0 ? call.args : names) {
      if (!names.includes(name)) {
        call.error(`Unknown service: ${name}`);
        continue;
      }
      const found = running.find(one => one.name === name);
      const count = found === undefined ? 0 : 1;
      const values: readonly (string | number)[] = [
        name,
        count,
        found !== undefined && found.clients < found.limit ? 1 : 0,
        1,
        found?.limit ?? 0,
        0,
        0,
        0,
        0,
        'n',
        found === undefined ? 'n' : 'y',
        'n',
        count,
      ];
      for (const value of values) call.printer.value(String(value));
    }
    return 0;
  },
};

const SERVICE_KEYS = [
  'name',
  'process_count',
  'process_avail',
  'process_limit',
  'client_limit',
  'throttle_secs',
  'exit_failure_last',
  'exit_failures_in_sec',
  'last_drop_warning',
  'listen_pending',
  'listening',
  'doveadm_stop',
  'process_total',
];

/** The services live in one process: none of them can be stopped alone. */
export const serviceStop: PlainRun = {
  run(call) {
    if (call.args.length === 0) throw new FatalError('service parameter missing', status.temporary);
    const known = call.access.serviceNames();
    for (const name of call.args)
      call.error(
        known.includes(name)
          ? `Service ${name} can't be stopped alone: use "doveadm stop"`
          : `Unknown service: ${name}`,
      );
    return status.notFound;
  },
};

async function figures({access}: Call): Promise<readonly ServiceFigures[]> {
  const base = access.settings.get('base_dir');
  const reply = await askAccess(base, {op: 'status'});
  if (reply === undefined)
    throw new FatalError(`net_connect_unix(${base}/master) failed: Connection refused`, status.temporary);
  return reply.services ?? [];
}
