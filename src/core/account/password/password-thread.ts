/** The thread in which slow-work.ts has passwords compared: one task in, one answer out. */
import {parentPort} from 'node:worker_threads';
import {ConfigError, describe} from '../../base/errors.ts';
import {passwordSchemes} from './registry.ts';
import type {SlowAnswer, SlowTask} from './slow-work.ts';

export function runPasswordThread(): void {
  const port = parentPort;
  port?.on('message', (task: SlowTask) => {
    void compare(task).then(answer => port.postMessage(answer)); // sent by slow-work.ts
  });
}

async function compare({scheme, stored, plain}: SlowTask): Promise<SlowAnswer> {
  try {
    const found = passwordSchemes.get(scheme);
    if (found === undefined) throw new ConfigError(`Unknown scheme ${scheme}`);
    return {kind: 'compared', isRight: await found.verify(Buffer.from(stored), Buffer.from(plain), '')};
  } catch (fault) {
    return {kind: 'failed', message: describe(fault), isConfig: fault instanceof ConfigError};
  }
}
