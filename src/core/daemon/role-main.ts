/** Where a child process of the daemon begins: its first argument is its role. */
import type {Rights} from '../delivery/user-files.ts';
import type {AccessPlace} from './access/mail-access.ts';
import type {WorkerArguments} from './queue-role.ts';
import {startStallMonitor} from './stall-monitor.ts';

async function main(): Promise<void> {
  const [role = '', argument = '{}'] = process.argv.slice(2);
  if (role === 'queue') {
    const {runQueueWorker} = await import('./queue-worker.ts');
    await runQueueWorker(JSON.parse(argument) as WorkerArguments); // the master wrote it
    startStallMonitor(role);
    return;
  }
  if (role === 'smtpd') {
    const {runSmtpdWorker} = await import('./smtpd-worker.ts');
    await runSmtpdWorker(JSON.parse(argument) as WorkerArguments); // the master wrote it
    startStallMonitor(role);
    return;
  }
  if (role === 'master') {
    const {runDetached} = await import('./run-master.ts');
    await runDetached(JSON.parse(argument) as WorkerArguments); // postfix(1) wrote it
    return;
  }
  if (role === 'access') {
    const {runAccessWorker} = await import('./access/access-worker.ts');
    await runAccessWorker(JSON.parse(argument) as AccessPlace); // the master wrote it
    startStallMonitor(role);
    return;
  }
  if (role === 'access-master') {
    const {runDetachedAccess} = await import('./access/run-access.ts');
    await runDetachedAccess(JSON.parse(argument) as AccessPlace); // dovecot(1) wrote it
    return;
  }
  if (role === 'delivery-worker') {
    const {runUserWorker} = await import('../delivery/user-worker.ts');
    runUserWorker(JSON.parse(argument) as Rights); // the daemon wrote it
    return;
  }
  if (role === 'passwords') {
    const {runPasswordThread} = await import('../account/password/password-thread.ts');
    runPasswordThread();
    return;
  }
  process.stderr.write(`no such role: ${role}\n`);
  process.exitCode = 64;
}

void main();
