/** Runs mail access alone: in the foreground of the calling process, or as one that stays when the caller ends (`dovecot`). */
import type {ChildProcess} from 'node:child_process';
import {describe, FatalError} from '../../base/errors.ts';
import {forkRole} from '../../base/role-process.ts';
import {AccessMaster} from './access-master.ts';
import type {AccessPlace} from './mail-access.ts';

/** Resolves with the signal that ended it. */
export async function runAccessInForeground(place: AccessPlace, onReady?: () => void): Promise<NodeJS.Signals> {
  const master = new AccessMaster(place);
  process.umask(0o077);
  const ended = new Promise<NodeJS.Signals>(resolve => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const stop = (): void => {
        process.off(signal, stop);
        const number = signal === 'SIGTERM' ? 15 : 2;
        void master.stop(true, `Killed with signal ${number} (by pid=0 uid=0 code=kill)`).then(() => resolve(signal));
      };
      process.on(signal, stop);
    }
  });
  process.on('SIGHUP', () => master.reload());
  process.on('SIGUSR1', () => master.reopenLog());
  await master.start();
  onReady?.();
  return ended;
}

type Report = {readonly op: 'ready'} | {readonly op: 'failed'; readonly text: string; readonly status: number};

/** Resolves, with the status to exit with, when mail clients are served. Throws `FatalError` when they can't be. */
export async function startAccessInBackground(place: AccessPlace): Promise<number> {
  const child = forkRole('access-master', [JSON.stringify(place)], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const report = await firstReport(child);
  if (child.connected) child.disconnect();
  child.unref();
  if (report.op === 'failed') throw new FatalError(report.text, report.status);
  return 0;
}

function firstReport(child: ChildProcess): Promise<Report> {
  return new Promise(resolve => {
    child.once('message', message => resolve(message as Report)); // it is our own program
    child.once('error', fault => resolve({op: 'failed', text: fault.message, status: FATAL}));
    child.once('exit', (status, signal) =>
      resolve({op: 'failed', text: `the master ended with ${signal ?? status}`, status: FATAL}),
    );
  });
}

const FATAL = 89;

/** The other end of `startAccessInBackground`. */
export async function runDetachedAccess(place: AccessPlace): Promise<void> {
  process.title = 'posthorn: access master';
  const tell = (report: Report): void => {
    if (process.connected) process.send?.(report, () => process.connected && process.disconnect());
  };
  try {
    const signal = await runAccessInForeground(place, () => tell({op: 'ready'}));
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  } catch (fault) {
    tell({op: 'failed', text: describe(fault), status: fault instanceof FatalError ? fault.exitStatus : FATAL});
    process.exitCode = FATAL;
  }
}
