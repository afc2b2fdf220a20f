/**
 * flush(8): remembers which messages wait for a site, so that ETRN and `postqueue -s` find them without a look at the whole
 * queue. One file for each site below `flush/`, with a queue id a line, as the original keeps them; only sites that
 * fast_flush_domains names have one. What a crash loses is noted again when the message is put off again.
 */
import {appendFile, readdir, readFile, stat, truncate, unlink, utimes} from 'node:fs/promises';
import {isIP} from 'node:net';
import {isValidHostname} from '../address/host-syntax.ts';
import {describe, systemCode} from '../base/errors.ts';
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';
import type {MatchList} from '../table/match-list.ts';
import {openParameterList} from '../table/parameter-list.ts';
import {TableError} from '../table/table.ts';
import {isQueueId} from './queue-id.ts';
import type {QueueStore} from './queue-store.ts';

/** What becomes of a request to try a site's mail (RFC 1985: 250, 459, 458 or 500). */
export type FlushAnswer = 'started' | 'not-configured' | 'bad' | 'failed';

export interface FlushLogsSupplies {
  readonly config: Config;
  readonly log: Log;
  readonly store: QueueStore;
  now(): number;
}

/** Ids of a site that are known to be in its file: more are written again. */
const MAX_NOTED = 100_000;
const DAY_MILLISECONDS = 86_400_000;

export class FlushLogs {
  readonly #supplies: FlushLogsSupplies;
  readonly #log: Log;
  readonly #list: MatchList;
  readonly #isOff: boolean;
  readonly #noted = new Map<string, Set<string>>();
  #pending = new Map<string, string[]>();
  #work: Promise<void> = Promise.resolve();

  constructor(supplies: FlushLogsSupplies) {
    const {config, log} = supplies;
    this.#supplies = supplies;
    this.#log = log.as('flush');
    this.#list = openParameterList('fast_flush_domains', config, {config, log: this.#log, opensLater: true});
    this.#isOff = config.list('fast_flush_domains').length === 0;
  }

  /** A message waits for a recipient of this domain. */
  add(domain: string, id: string): void {
    if (this.#isOff) return;
    const site = bareSite(domain);
    if (!isSite(site)) return;
    const name = fileName(site);
    if (this.#noted.get(name)?.has(id) === true) return;
    this.#isListed(site).then(
      isListed => isListed && this.#note(name, id),
      () => undefined, // the list said so in the log
    );
  }

  /** The messages that wait for a site, whose file is empty then. */
  async take(site: string): Promise<readonly string[] | FlushAnswer> {
    const bare = bareSite(site);
    if (!isSite(bare)) return 'bad';
    try {
      if (!(await this.#isListed(bare))) return 'not-configured';
      return await this.#takeAll(fileName(bare));
    } catch (fault) {
      if (!(fault instanceof TableError)) this.#log.warning(`${site}: ${describe(fault)}`);
      return 'failed';
    }
  }

  /** Ids of sites that nobody asked for in fast_flush_refresh_time; files that have long been empty go. */
  async *refresh(): AsyncGenerator<readonly string[]> {
    const {config, store, now} = this.#supplies;
    for (const name of await readdir(`${store.spool}/flush`, {recursive: true}).catch(() => [])) {
      const file = name.slice(name.lastIndexOf('/') + 1);
      const path = store.path('flush', file);
      const info = await stat(path).catch(() => undefined);
      if (info?.isFile() !== true) continue;
      if (info.size > 0) {
        if (info.atimeMs + config.get('fast_flush_refresh_time') * 1000 < now()) yield await this.#takeAll(file);
      } else if (info.mtimeMs + config.get('fast_flush_purge_time') * 1000 < now()) await this.#purge(file, path);
    }
  }

  /** Resolves when all is written. */
  async settled(): Promise<void> {
    this.#write();
    await this.#work;
  }

  async #isListed(site: string): Promise<boolean> {
    return this.#list.matches(site);
  }

  #note(name: string, id: string): void {
    const noted = this.#noted.get(name) ?? new Set();
    if (noted.size >= MAX_NOTED) noted.clear();
    this.#noted.set(name, noted.add(id));
    const pending = this.#pending.get(name);
    if (pending !== undefined) pending.push(id);
    else {
      if (this.#pending.size === 0) setImmediate(() => this.#write());
      this.#pending.set(name, [id]);
    }
  }

  #write(): void {
    const pending = this.#pending;
    this.#pending = new Map();
    for (const [name, ids] of pending)
      this.#work = this.#work
        .then(() => this.#append(name, `${ids.join('\n')}\n`))
        .catch((fault: unknown) => this.#log.warning(`open fast flush logfile ${name}: ${describe(fault)}`));
  }

  async #append(name: string, text: string): Promise<void> {
    const {store} = this.#supplies;
    try {
      await appendFile(store.path('flush', name), text, {mode: 0o600});
    } catch (fault) {
      if (systemCode(fault) !== 'ENOENT') throw fault;
      await store.makeFolder('flush', name); // where it is hashed
      await appendFile(store.path('flush', name), text, {mode: 0o600});
    }
  }

  async #takeAll(name: string): Promise<readonly string[]> {
    await this.settled();
    this.#noted.delete(name);
    const path = this.#supplies.store.path('flush', name);
    try {
      const text = await readFile(path, 'latin1');
      await truncate(path);
      const seconds = this.#supplies.now() / 1000;
      await utimes(path, seconds, seconds);
      return [...new Set(text.split('\n').filter(isQueueId))];
    } catch (fault) {
      if (systemCode(fault) === 'ENOENT') return []; // nothing waits
      throw fault;
    }
  }

  async #purge(name: string, path: string): Promise<void> {
    await unlink(path).catch(() => undefined); // tried again the next time
    const days = Math.floor((this.#supplies.config.get('fast_flush_purge_time') * 1000) / DAY_MILLISECONDS);
    this.#log.info(`unlink ${name}, empty and unchanged for ${days} days`);
  }
}

/** `[192.0.2.1]` and `[IPv6:2001:db8::1]` without what is around the address. */
function bareSite(site: string): string {
  return (/^\[(?:ipv6:)?(.*)\]$/i.exec(site)?.[1] ?? site).toLowerCase();
}

function isSite(site: string): boolean {
  return isIP(site) !== 0 || isValidHostname(site);
}

function fileName(site: string): string {
  return site.replace(/[^0-9a-z]/g, '_');
}
