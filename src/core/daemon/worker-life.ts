/** What all worker processes do alike. */
import {describe} from '../base/errors.ts';
import type {OpenSink} from '../config/log-sink.ts';
import type {Log} from '../log/log.ts';

/** A defect ends this process with a line in the log; its master starts another one. */
export function dieLoudly(log: Log, sink: OpenSink): void {
  process.on('uncaughtException', fault => {
    log.panic(fault.stack?.replaceAll('\n', ' ') ?? describe(fault));
    sink.end();
    process.exit(1);
  });
}

export function tellMaster(report: object): void {
  if (process.connected) process.send?.(report);
}
