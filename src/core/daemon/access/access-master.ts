/**
 * The master of mail access (dovecot(1)): writes base_dir's `master.pid`, keeps the serving process alive, reloads and
 * stops it. It runs by itself (`dovecot`), or beside the mail system in one process (`posthorn serve`).
 */
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {toPath} from '../../base/bytes.ts';
import {describe, FatalError} from '../../base/errors.ts';
import {DOVECOT_VERSION} from '../../config/dovecot/version.ts';
import type {OpenSink} from '../../config/log-sink.ts';
import {Log} from '../../log/log.ts';
import type {ProcessStatus} from '../control-client.ts';
import {pidFile, runningAccess} from './access-pid.ts';
import {AccessProcess} from './access-process.ts';
import {type AccessPlace, MailAccess} from './mail-access.ts';

export class AccessMaster {
  readonly #place: AccessPlace;
  readonly #access: MailAccess;
  #sink: OpenSink;
  readonly #log: Log;
  #worker: AccessProcess | undefined;
  #isHolding = false;

  /** Throws `ConfigError` when dovecot.conf can't be read. */
  constructor(place: AccessPlace) {
    this.#place = place;
    this.#access = new MailAccess(place);
    this.#sink = this.#access.openLog(true);
    this.#log = new Log('master', {write: record => this.#sink.write(record)});
  }

  /** Resolves when mail clients are served. Throws `FatalError` when another one has the instance. */
  async start(): Promise<void> {
    const base = this.#access.settings.get('base_dir');
    const other = runningAccess(base);
    if (other !== undefined && other !== process.pid) {
      const text = `Dovecot is already running with PID ${other} (read from ${pidFile(base)})`;
      this.#log.fatal(text);
      await this.#sink.flush();
      throw new FatalError(text, FATAL);
    }
    mkdirSync(toPath(base), {recursive: true, mode: 0o755});
    writeFileSync(toPath(pidFile(base)), `${process.pid}\n`, {mode: 0o600});
    this.#isHolding = true;
    const protocols = this.#access.protocols().join(', ');
    this.#log.info(`Dovecot v${DOVECOT_VERSION} starting up for ${protocols}`);
    for (const {name, origin} of this.#access.config.settingsWithoutEffect())
      this.#log.warning(
        `${origin === undefined ? '' : `${origin.file} line ${origin.line}: `}${name} has no effect here yet`,
      );
    this.#worker = new AccessProcess(this.#place, this.#log);
    try {
      await this.#worker.start();
    } catch (fault) {
      this.#log.fatal(describe(fault));
      await this.#end();
      throw fault;
    }
  }

  async stop(drain: boolean, why?: string): Promise<void> {
    if (why !== undefined) this.#log.warning(why);
    await this.#worker?.stop(drain);
    await this.#end();
  }

  /** A broken configuration leaves the one in force; the log has the reason. */
  reload(): void {
    this.#log.warning('SIGHUP received - reloading configuration');
    this.#worker?.reload();
  }

  reopenLog(): void {
    this.#sink.reopen();
    this.#worker?.reopenLog();
  }

  status(): ProcessStatus | undefined {
    return this.#worker?.status();
  }

  get listening(): readonly string[] {
    return this.#worker?.listening ?? [];
  }

  async #end(): Promise<void> {
    if (this.#isHolding) rmSync(toPath(pidFile(this.#access.settings.get('base_dir'))), {force: true});
    this.#isHolding = false;
    await this.#sink.flush();
    this.#sink.end();
  }
}

/** The original's FATAL_DEFAULT. */
const FATAL = 89;
