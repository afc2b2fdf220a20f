/** What all worker processes do alike. */
import {describe} from '../base/errors.ts';
import type {OpenSink} from '../config/log-sink.ts';
import type {Log} from '../log/log.ts';
import type {WorkerOrder} from './worker-process.ts';

/** A defect ends this process with a line in the log; its master starts another one. */
export function dieLoudly(log: Log, sink: OpenSink): void {
  process.on('uncaughtException', fault => {
    log.panic(fault.stack?.replaceAll('\n', ' ') ?? describe(fault));
    sink.end();
    process.exit(1);
  });
}

/** Signals are the master's to obey; without it this process has nothing to live for. */
export function liveForMaster(title: string, signals: readonly NodeJS.Signals[]): void {
  process.title = title;
  for (const signal of signals) process.on(signal, () => undefined);
  process.on('disconnect', () => process.exit(1));
  process.umask(0o077);
}

export function tellMaster(report: object): void {
  if (process.connected) process.send?.(report);
}

/** A worker that serves clients. */
export interface ServingRole {
  start(): Promise<void>;
  reload(): Promise<void>;
  stop(drain: boolean): Promise<void>;
  readonly listening: readonly string[];
}

/** Starts it, and obeys the master from then on. A reload that fails leaves all as it was. */
export async function serveUnderMaster(role: ServingRole, log: Log, sink: OpenSink): Promise<void> {
  const obey = async (order: WorkerOrder): Promise<void> => {
    switch (order.op) {
      case 'reopen-log':
        return sink.reopen();
      case 'reload':
        await role.reload();
        return tellMaster({op: 'ready', listening: role.listening});
      case 'stop':
        await role.stop(order.drain);
        await sink.flush();
        tellMaster({op: 'stopped'});
        process.disconnect();
    }
  };
  process.on('message', message => {
    obey(message as WorkerOrder).catch((fault: unknown) => log.error(`reload: ${describe(fault)}`)); // from our own master
  });
  try {
    await role.start();
    tellMaster({op: 'ready', listening: role.listening});
  } catch (fault) {
    log.fatal(describe(fault));
    await sink.flush();
    tellMaster({op: 'failed', text: describe(fault)});
    process.exit(1);
  }
}
