/**
 * Delivery by the sendmail command itself, where no mail system runs: one round over the maildrop queue, in this process.
 * Whoever works the queue holds its lock; who doesn't get it leaves his message to the one who has it, and looks once more
 * when that one is gone, so that no message is left between the two.
 */
import {readdirSync} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';
import type {Config} from '../config/config.ts';
import {sinkFor} from '../config/log-sink.ts';
import {Log} from '../log/log.ts';
import {Engine} from './engine.ts';
import {acquireInstanceLock, isLock} from './instance-lock.ts';

const RETRY_MILLISECONDS = 50;
/** Somebody else who works the queue this long takes our message too, or is a mail system that stays. */
const PATIENCE_MILLISECONDS = 10_000;

export async function deliverNow(config: Config): Promise<void> {
  await runQueueOnce(config, engine => engine.runOnce());
}

/** `postqueue -f` without a mail system: everything, the deferred mail too, is tried once. */
export async function flushNow(config: Config): Promise<void> {
  await runQueueOnce(config, async engine => {
    engine.parts.manager.flush();
    await engine.runOnce();
  });
}

async function runQueueOnce(config: Config, work: (engine: Engine) => Promise<void>): Promise<void> {
  const spool = config.get('queue_directory');
  const end = performance.now() + PATIENCE_MILLISECONDS;
  for (let isFirst = true; isFirst || hasMail(spool); isFirst = false) {
    const lock = await acquireInstanceLock(spool, 'queue');
    if (!isLock(lock)) {
      if (performance.now() > end) return;
      await pause(RETRY_MILLISECONDS);
      continue;
    }
    const sink = sinkFor(config);
    try {
      const engine = new Engine({config, log: new Log('qmgr', sink)});
      await work(engine);
      await engine.stop(true);
    } finally {
      lock.release();
      await sink.flush();
      sink.end();
    }
    if (performance.now() > end) return;
  }
}

function hasMail(spool: string): boolean {
  return readdirSync(`${spool}/maildrop`).some(name => !name.includes('.'));
}
