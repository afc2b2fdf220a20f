/**
 * The queue worker: the process that picks mail up, files it and delivers it, under its master's orders. It ends when the
 * master is gone, at once and without ceremony: whatever it was doing is found in the queue folders by the next one.
 */
import {describe} from '../base/errors.ts';
import {loadConfig} from '../config/load-config.ts';
import {daemonSinkFor, type OpenSink} from '../config/log-sink.ts';
import {Log} from '../log/log.ts';
import {makeEngine} from './make-engine.ts';
import {listenForLinks, type LinkListener} from './queue-link-server.ts';
import {holdQueueLock} from './queue-lock.ts';
import type {QueueRole, ToWorker, WorkerArguments} from './queue-role.ts';
import {dieLoudly, liveForMaster, tellMaster} from './worker-life.ts';

export async function runQueueWorker({root, directory}: WorkerArguments): Promise<void> {
  liveForMaster('posthorn: queue', ['SIGINT', 'SIGTERM', 'SIGHUP']);
  const config = loadConfig(directory, {root});
  const sink = daemonSinkFor(config);
  const log = new Log('qmgr', sink);
  dieLoudly(log, sink);
  const lock = await holdQueueLock(config, log);
  const engine = makeEngine(config, log);
  const reload = (): void => void engine.reload(loadConfig(directory, {root}));
  let links: LinkListener | undefined;
  const stop = async (drain: boolean): Promise<void> => {
    links?.close();
    await engine.stop(drain);
    lock.release();
    await sink.flush();
    tellMaster({op: 'stopped'});
    process.disconnect();
  };
  process.on('message', message => obey(message as ToWorker, {engine, reload, stop, sink, log})); // from our own master
  try {
    await engine.start();
    links = await listenForLinks(`${config.get('queue_directory')}/private`, () => engine.linkTarget, log);
    tellMaster({op: 'ready'});
  } catch (fault) {
    log.fatal(describe(fault));
    await sink.flush();
    tellMaster({op: 'failed', text: describe(fault)});
    throw fault;
  }
}

interface Duties {
  readonly engine: QueueRole;
  readonly reload: () => void;
  readonly stop: (drain: boolean) => Promise<void>;
  readonly sink: OpenSink;
  readonly log: Log;
}

function obey(message: ToWorker, {engine, reload, stop, sink, log}: Duties): void {
  switch (message.op) {
    case 'wake':
      return engine.wakePickup();
    case 'flush':
      return engine.flush();
    case 'flush-site':
      return void engine.flushSite(message.site);
    case 'flush-message':
      return void answer(engine, message.id, message.call);
    case 'reopen-log':
      return sink.reopen();
    case 'stop':
      return void stop(message.drain);
    case 'reload':
      try {
        return reload();
      } catch (fault) {
        return log.error(`reload: ${describe(fault)}`); // the configuration in force stays
      }
  }
}

async function answer(engine: QueueRole, id: string, call: number): Promise<void> {
  tellMaster({op: 'answer', call, isDone: await engine.flushMessage(id)});
}
