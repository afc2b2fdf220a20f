/**
 * The MTA-STS policies of domains that mail is sent to (RFC 8461): fetched when the domain's TXT record says that there
 * is a new one, kept in memory and in a folder for as long as they say, and in force even while the DNS or the web
 * server is silent. `undefined`: the domain has none that is known.
 *
 * A file of the folder is a cache: one that can't be read or written costs another fetch.
 */
import {mkdir, readFile, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {isValidHostname} from '../../address/host-syntax.ts';
import type {Log} from '../../log/log.ts';
import type {Dns} from '../../net/dns.ts';
import type {StsFetch} from './sts-fetch.ts';
import {readStsPolicy, readStsRecord, type StsPolicy} from './sts-policy.ts';

export interface MtaStsOptions {
  readonly dns: Dns;
  readonly fetch: StsFetch;
  /** Where policies are kept; made when it is not there. */
  readonly folder: string;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

interface Kept {
  readonly id: string;
  readonly expiresAt: number;
  readonly policy: StsPolicy;
}

/** RFC 8461 section 5.2: a fetch that failed is not tried again for this long. */
const FETCH_PAUSE_MS = 300_000;
/** Domains that are remembered in memory; the folder has the others. */
const MAX_REMEMBERED = 10_000;

export class MtaSts {
  readonly #options: MtaStsOptions;
  readonly #kept = new Map<string, Kept | undefined>();
  readonly #underWay = new Map<string, Promise<Kept | undefined>>();
  readonly #failedAt = new Map<string, number>();

  constructor(options: MtaStsOptions) {
    this.#options = options;
  }

  /** A policy of mode `none` is none. */
  async policyOf(domain: string): Promise<StsPolicy | undefined> {
    const name = domain.toLowerCase();
    if (!isValidHostname(name) || !isPlain(name)) return undefined;
    let current = this.#underWay.get(name);
    if (current === undefined) {
      current = this.#update(name).finally(() => this.#underWay.delete(name));
      this.#underWay.set(name, current);
    }
    const policy = (await current)?.policy;
    return policy?.mode === 'none' ? undefined : policy;
  }

  async #update(domain: string): Promise<Kept | undefined> {
    const {dns, now} = this.#options;
    const kept = await this.#recall(domain);
    const answer = await dns.query(`_mta-sts.${domain}`, 'TXT');
    const id = answer.kind === 'found' ? readStsRecord(answer.records.map(({value}) => value)) : undefined;
    if (id === undefined || id === kept?.id) return kept;
    if (now() - (this.#failedAt.get(domain) ?? -Infinity) < FETCH_PAUSE_MS) return kept;
    return (await this.#fetch(domain, id)) ?? kept;
  }

  async #fetch(domain: string, id: string): Promise<Kept | undefined> {
    const {fetch, log, now} = this.#options;
    const policy = readStsPolicy((await fetch(domain)) ?? '');
    if (policy === undefined) {
      remember(this.#failedAt, domain, now());
      log.warning(`MTA-STS policy of ${domain} cannot be had`);
      return undefined;
    }
    const kept = {id, expiresAt: now() + policy.maxAgeSeconds * 1000, policy};
    this.#failedAt.delete(domain);
    remember(this.#kept, domain, kept);
    await this.#store(domain, kept);
    return kept;
  }

  async #recall(domain: string): Promise<Kept | undefined> {
    if (!this.#kept.has(domain)) remember(this.#kept, domain, await this.#load(domain));
    const kept = this.#kept.get(domain);
    return kept !== undefined && kept.expiresAt > this.#options.now() ? kept : undefined;
  }

  async #load(domain: string): Promise<Kept | undefined> {
    try {
      return readKept(await readFile(this.#path(domain), 'latin1'));
    } catch {
      return undefined; // not there, as a rule
    }
  }

  async #store(domain: string, kept: Kept): Promise<void> {
    const path = this.#path(domain);
    try {
      await mkdir(this.#options.folder, {recursive: true, mode: 0o700});
      await writeFile(`${path}.${process.pid}`, writeKept(kept), 'latin1');
      await rename(`${path}.${process.pid}`, path);
    } catch (fault) {
      this.#options.log.warning(`cannot keep the MTA-STS policy of ${domain}: ${String(fault)}`);
    }
  }

  /** Domains are host names: no slash, and none that begins with a dot. */
  #path(domain: string): string {
    return join(this.#options.folder, `${domain}.policy`);
  }
}

/** Id, end of life and policy, line by line, in the policy's own form. */
function writeKept({id, expiresAt, policy}: Kept): string {
  const exchangers = policy.exchangers.map(exchanger => `mx: ${exchanger}\n`).join('');
  const {mode, maxAgeSeconds} = policy;
  return `id: ${id}\nexpires: ${expiresAt}\nversion: STSv1\nmode: ${mode}\nmax_age: ${maxAgeSeconds}\n${exchangers}`;
}

function readKept(text: string): Kept | undefined {
  const policy = readStsPolicy(text);
  const id = /^id: (\w+)$/m.exec(text)?.[1];
  const expiresAt = Number(/^expires: (\d+)$/m.exec(text)?.[1] ?? 0);
  return policy === undefined || id === undefined ? undefined : {id, expiresAt, policy};
}

/** Names with bytes above 127 have no policy under that spelling. */
function isPlain(name: string): boolean {
  return /^[a-z0-9._-]+$/.test(name);
}

function remember<T>(map: Map<string, T>, domain: string, value: T): void {
  const [oldest] = map.keys();
  if (map.size >= MAX_REMEMBERED && oldest !== undefined) map.delete(oldest);
  map.set(domain, value);
}
