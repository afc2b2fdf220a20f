/**
 * Watches how long the event loop of this process stands still, for the benchmarks: with POSTHORN_STALL_MONITOR=FILE in the
 * environment each process of the daemon appends a line to that file at its end, `ROLE PID MAXIMUM P99` in milliseconds.
 * Without it nothing runs. A file that can't be written is passed over: a measurement must not end a mail system.
 */
import {appendFileSync} from 'node:fs';
import {monitorEventLoopDelay} from 'node:perf_hooks';

/** How often the loop is looked at; the histogram's values begin here. */
const RESOLUTION_MS = 5;
const NS_PER_MS = 1e6;

export function startStallMonitor(role: string, file = process.env['POSTHORN_STALL_MONITOR']): void {
  if (file === undefined || file === '') return;
  const delays = monitorEventLoopDelay({resolution: RESOLUTION_MS});
  delays.enable();
  process.once('exit', () => {
    const [maximum, late] = [delays.max, delays.percentile(99)].map(delay =>
      Math.max(delay / NS_PER_MS - RESOLUTION_MS, 0).toFixed(1),
    );
    append(file, `${role} ${process.pid} ${maximum} ${late}\n`);
  });
}

function append(file: string, line: string): void {
  try {
    appendFileSync(file, line);
  } catch {
    // said above
  }
}
