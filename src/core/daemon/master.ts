/**
 * The master of a running mail system (master(8)): holds the instance's lock, answers the control socket and the wake-up
 * calls, keeps the queue worker alive, and obeys signals: SIGTERM and SIGINT stop in an orderly way, SIGHUP reloads.
 *
 *   start -> running -> (reload -> running)* -> stopping -> ended
 */
import {rmSync, writeFileSync} from 'node:fs';
import {describe, FatalError} from '../base/errors.ts';
import {version} from '../base/version.ts';
import type {Config} from '../config/config.ts';
import {loadConfig} from '../config/load-config.ts';
import {daemonSinkFor, logFile, type OpenSink} from '../config/log-sink.ts';
import {Log} from '../log/log.ts';
import {AccessMaster} from './access/access-master.ts';
import type {AccessPlace} from './access/mail-access.ts';
import type {ControlReply, ControlRequest, ProcessStatus} from './control-client.ts';
import {listenForControl} from './control-server.ts';
import {acquireInstanceLock, isLock, type InstanceLock} from './instance-lock.ts';
import {makeQueueFolders} from './queue-folders.ts';
import {QueueProcess} from './queue-process.ts';
import type {QueueRole} from './queue-role.ts';
import {openServer, type ServerRole} from './server-role.ts';
import {listenForTriggers, type Listener} from './trigger-listener.ts';

/** How long an orderly stop may take before deliveries under way are dropped (they are tried again at the next start). */
const DRAIN_LIMIT_MILLISECONDS = 10_000;

export class Master {
  #config: Config;
  #sink: OpenSink;
  readonly #log: Log;
  #queue: QueueRole | undefined;
  #server: ServerRole | undefined;
  #lock: InstanceLock | undefined;
  #triggers: Listener[] = [];
  #control: Listener | undefined;
  readonly #startedAt = Date.now();
  readonly #accessPlace: AccessPlace | undefined;
  #access: AccessMaster | undefined;
  #isStopping = false;
  #end: (signal: NodeJS.Signals) => void = () => undefined;
  /** Resolves with the signal that ended it, once everything is put away. */
  readonly ended: Promise<NodeJS.Signals>;

  /** `access`: mail access that runs beside the mail system. */
  constructor(config: Config, access?: AccessPlace) {
    this.#config = config;
    this.#accessPlace = access;
    this.#sink = daemonSinkFor(config);
    this.#log = new Log('master', {write: record => this.#sink.write(record)});
    this.ended = new Promise(resolve => (this.#end = resolve));
  }

  /** Resolves when mail is taken and delivered. Throws `FatalError` when another one has the instance. */
  async start(): Promise<void> {
    const queueDirectory = this.#config.get('queue_directory');
    makeQueueFolders(this.#config);
    const lock = await acquireInstanceLock(queueDirectory, 'master');
    if (!isLock(lock)) throw new FatalError(`the mail system is already running: PID: ${lock.pid}`);
    this.#lock = lock;
    try {
      writeFileSync(pidFile(this.#config), `${String(process.pid).padStart(PID_COLUMNS)}\n`, {mode: 0o644});
      this.#obeySignals();
      await this.#listen(`${queueDirectory}/public`);
      this.#queue = await this.#makeQueue();
      await this.#queue.start();
      await this.#startServer();
      await this.#startAccess();
      this.#log.info(`daemon started -- ${this.#nameplate()}`); // who reads it finds the ports served
    } catch (fault) {
      this.#log.fatal(describe(fault));
      await this.#putAway(false);
      throw fault;
    }
  }

  /** Ends the mail system; `ended` resolves with the signal given. */
  async stop(signal: NodeJS.Signals, drain: boolean): Promise<void> {
    if (this.#isStopping && drain) return;
    this.#isStopping = true;
    if (logFile(this.#config) === undefined) this.#log.info('terminating on signal 15');
    await this.#putAway(drain);
    this.#end(signal);
  }

  async reload(): Promise<void> {
    this.#config = loadConfig(this.#config.directory, {root: this.#config.root});
    const old = this.#sink;
    this.#sink = daemonSinkFor(this.#config);
    await old.flush();
    old.end();
    this.#log.info(`reload -- ${this.#nameplate()}`);
    await this.#queue?.reload(this.#config);
    if (this.#server === undefined) await this.#startServer();
    else await this.#server.reload(this.#config);
    this.#access?.reload();
  }

  async #startServer(): Promise<void> {
    if (this.#queue !== undefined) this.#server = await openServer(this.#config, this.#log, this.#queue);
    await this.#server?.start();
  }

  /** Mail is moved and delivered without it, too: what is wrong with it is told, and the rest goes on. */
  async #startAccess(): Promise<void> {
    if (this.#accessPlace === undefined) return;
    try {
      const access = new AccessMaster(this.#accessPlace);
      await access.start();
      this.#access = access;
    } catch (fault) {
      this.#log.error(`mail access is not served: ${describe(fault)}`);
    }
  }

  reopenLog(): void {
    this.#sink.reopen();
    this.#access?.reopenLog();
    if (this.#queue instanceof QueueProcess) this.#queue.reopenLog();
    this.#server?.reopenLog?.();
  }

  #nameplate(): string {
    return `version ${this.#config.get('mail_version')}, configuration ${this.#config.directory}`;
  }

  async #makeQueue(): Promise<QueueRole> {
    if (!this.#config.get('posthorn_single_process')) return new QueueProcess(this.#config, this.#log);
    const {QueueInProcess} = await import('./queue-in-process.ts');
    return new QueueInProcess(this.#config, this.#log.as('qmgr'));
  }

  #obeySignals(): void {
    process.on('SIGTERM', signal => void this.stop(signal, true));
    process.on('SIGINT', signal => void this.stop(signal, true));
    process.on('SIGHUP', () => void this.#tryReload());
  }

  /** A broken configuration leaves the one in force. */
  async #tryReload(): Promise<string | undefined> {
    try {
      await this.reload();
      return undefined;
    } catch (fault) {
      this.#log.error(`reload: ${describe(fault)}`);
      return describe(fault);
    }
  }

  async #listen(folder: string): Promise<void> {
    this.#triggers = [
      listenForTriggers(folder, 'pickup', () => this.#queue?.wakePickup()),
      listenForTriggers(folder, 'qmgr', requests => /[FA]/.test(requests) && this.#queue?.flush()),
    ];
    this.#control = await listenForControl(folder, request => this.#obey(request));
  }

  async #obey(request: ControlRequest): Promise<ControlReply> {
    const queue = this.#queue;
    switch (request.op) {
      case 'status':
        return this.#status();
      case 'stop':
      case 'abort':
        setImmediate(() => void this.stop('SIGTERM', request.op === 'stop')); // the answer goes first
        return {done: true, pid: process.pid};
      case 'reload':
        return asReply(await this.#tryReload());
      case 'reopen-log':
        this.reopenLog();
        return {done: true};
      case 'flush':
        queue?.wakePickup();
        queue?.flush();
        return {done: true};
      case 'flush-site':
        await queue?.flushSite(request.site);
        return {done: true};
      case 'flush-message':
        return {done: (await queue?.flushMessage(request.id)) === true};
    }
  }

  #status(): ControlReply {
    const own: ProcessStatus = {role: 'master', pid: process.pid, startedAt: this.#startedAt, restarts: 0};
    const queue = this.#queue instanceof QueueProcess ? this.#queue.status() : undefined;
    const workers = [queue, this.#server?.status?.(), this.#access?.status()];
    const processes = [own, ...workers.filter(worker => worker !== undefined)];
    const {listening} = this;
    return {done: true, pid: process.pid, version, startedAt: this.#startedAt, processes, listening};
  }

  /** `service host:port` of all that is served. */
  get listening(): readonly string[] {
    return [...(this.#server?.listening ?? []), ...(this.#access?.listening ?? [])];
  }

  async #putAway(drain: boolean): Promise<void> {
    for (const listener of this.#triggers) listener.close();
    await this.#access?.stop(drain);
    await this.#server?.stop(drain);
    await this.#stopQueue(drain);
    this.#control?.close(); // only now: an orderly stop may still be told to hurry
    rmSync(pidFile(this.#config), {force: true});
    this.#lock?.release();
    await this.#sink.flush();
    this.#sink.end();
  }

  async #stopQueue(drain: boolean): Promise<void> {
    const queue = this.#queue;
    if (queue === undefined) return;
    if (!drain) return queue.stop(false);
    const timer = setTimeout(() => void queue.stop(false), DRAIN_LIMIT_MILLISECONDS);
    await queue.stop(true);
    clearTimeout(timer);
  }
}

/** As the original's pid file has it. */
const PID_COLUMNS = 32;

function pidFile(config: Config): string {
  return `${config.get('queue_directory')}/pid/master.pid`;
}

function asReply(fault: string | undefined): ControlReply {
  return fault === undefined ? {done: true} : {done: false, text: fault};
}
