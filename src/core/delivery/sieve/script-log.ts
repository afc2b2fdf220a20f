/**
 * Where it is told what is wrong with scripts. Of the user's own script he is told, in a log beside it (sieve_user_log, else
 * SCRIPT.log, else ~/.dovecot.sieve.log), and the server's log says so; of the administrator's the server's log has it all.
 *
 * A user's log that can't be written is told in the server's; the delivery goes on.
 */
import {close, writeFile} from 'node:fs';
import {rename, stat} from 'node:fs/promises';
import {dirname} from 'node:path';
import {promisify} from 'node:util';
import {toPath} from '../../base/bytes.ts';
import {describe} from '../../base/errors.ts';
import {strftime} from '../../base/strftime.ts';
import {scriptPlaces} from '../../filter/sieve-scripts.ts';
import {printRemark, type Remark} from '../../filter/sieve/compile/report.ts';
import type {SieveSettings} from '../../filter/sieve/sieve-settings.ts';
import type {Log} from '../../log/log.ts';
import {type OpenedFile, type Owner, safeOpen} from '../../mailbox/safe-open.ts';
import type {LoadedScript} from './scripts.ts';

export interface ScriptLogOwner {
  readonly settings: SieveSettings;
  readonly home: string;
  readonly log: Log;
  /** Whose the files are, where that is somebody else than the process. */
  readonly owner: Owner | undefined;
  expand(path: string): string;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Seen: a log that has grown to this is put aside, as `.0`. */
const FULL_BYTES = 10_240;

export class ScriptLog {
  readonly #user: ScriptLogOwner;
  readonly #path: string;
  readonly #lines: string[] = [];

  constructor(user: ScriptLogOwner) {
    this.#user = user;
    this.#path = userLogPath(user);
  }

  remarks({isPersonal}: LoadedScript, remarks: readonly Remark[]): void {
    const {log} = this.#user;
    for (const remark of remarks) {
      if (isPersonal) this.#lines.push(printRemark(remark));
      else if (remark.severity === 'error') log.error(`sieve: ${plainRemark(remark)}`);
      else if (remark.severity === 'warning') log.warning(`sieve: ${plainRemark(remark)}`);
      else log.info(`sieve: ${plainRemark(remark)}`);
    }
  }

  /** `about`: `msgid=<...>: `, or nothing. */
  error({isPersonal}: LoadedScript, text: string): void {
    if (isPersonal) this.#lines.push(`error: ${text}.`);
    else this.#user.log.error(`sieve: ${text}`);
  }

  notCompiled({isPersonal, file}: LoadedScript): void {
    const what = `sieve: Failed to compile script \`${file}'`;
    if (isPersonal) this.#user.log.info(`${what} (view user logfile \`${this.#path}' for more information)`);
    else this.#user.log.error(what);
  }

  failed({isPersonal, file}: LoadedScript): void {
    const what = `sieve: Execution of script ${file} failed, but implicit keep was successful`;
    if (isPersonal) this.#user.log.info(`${what} (user logfile ${this.#path} may reveal additional details)`);
    else this.#user.log.error(what);
  }

  /** Writes the user's log. */
  async close(): Promise<void> {
    if (this.#lines.length === 0) return;
    const fault = await this.#write().catch((thrown: unknown) => describe(thrown));
    if (fault !== undefined)
      this.#user.log.error(`sieve: failed to open logfile: open(${this.#path}) failed: ${fault}`);
  }

  /** Answers why it can't be. */
  async #write(): Promise<string | undefined> {
    const {owner, now} = this.#user;
    if (owner !== undefined && (await stat(toPath(dirname(this.#path)))).uid !== owner.uid)
      return 'its folder is not the user’s';
    let opened = await safeOpen(this.#path, owner);
    if (opened.kind === 'opened' && opened.status.size >= FULL_BYTES) opened = await this.#begin(opened);
    if (opened.kind !== 'opened') return opened.text;
    const time = strftime('%Y-%m-%d %H:%M:%S %z', new Date(now()));
    const text = [`sieve: info: started log at ${time}.`, ...this.#lines].map(line => `${line}\n`).join('');
    try {
      await promisify(writeFile)(opened.fd, text, 'latin1');
    } finally {
      await promisify(close)(opened.fd);
    }
    return undefined;
  }

  /** A new one; the old one is put aside. */
  async #begin({fd}: OpenedFile): ReturnType<typeof safeOpen> {
    await promisify(close)(fd);
    await rename(toPath(this.#path), toPath(`${this.#path}.0`));
    return safeOpen(this.#path, this.#user.owner);
  }
}

function userLogPath({settings, home, expand}: ScriptLogOwner): string {
  const set = settings.get('sieve_user_log') ?? '';
  if (set !== '') return expand(set).replace(/^(?!\/)/, `${home}/`);
  const places = scriptPlaces(expand(settings.get('sieve') ?? ''), home);
  return places?.isFile === true ? `${places.active}.log` : `${home}/.dovecot.sieve.log`;
}

/** As the server's log has it, which says how bad it is by itself. */
function plainRemark({script, line, text}: Remark): string {
  const place = script === '' ? '' : `${script}: ${line > 0 ? `line ${line}: ` : ''}`;
  return `${place}${text}`;
}
