/**
 * verify(8): is an address deliverable? What is not known is found out by a probe, a message without content that goes all
 * the way to the next host's answer and no further; its result is kept for a while (ADDRESS_VERIFICATION_README).
 *
 * A probe that fails does not make a good address bad before its time. What can't be found out in time is `todo`.
 */
import type {Later} from '../address/address-rewriter.ts';
import type {Clock} from '../base/clock.ts';
import {isAscii} from '../base/bytes.ts';
import {describe} from '../base/errors.ts';
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';
import {formatReceived} from '../message/received.ts';
import type {Outcome, Recipient, Submitter} from './agent.ts';
import {VerifyCache, type VerifyEntry, type VerifyStatus} from './verify-cache.ts';
import {verifySender} from './verify-sender.ts';

export interface VerifyAnswer {
  readonly status: VerifyStatus;
  /** The reason of the answer: what the next host said. */
  readonly text: string;
}

/** What smtpd is handed. Never rejects. */
export interface AddressVerifier {
  /** Internal form. Waits for a probe as long as address_verify_poll_count and _delay say. */
  verify(address: string): Later<VerifyAnswer>;
}

export interface VerifierSupplies {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly submitter: Submitter;
}

/** A probe of which nothing was heard for so long is taken for lost (as the original does). */
const PROBE_LIFE_SECONDS = 1000;
const IN_PROGRESS = 'Address verification in progress';
/** Attribute trace_flags of a probe. */
const PROBE_FLAG = '256';
const UTF8_REQUESTED = 1;
/** Clients that wait at once; further ones are answered at once. */
const MAX_WAITING = 10_000;

export class Verifier implements AddressVerifier {
  readonly #supplies: VerifierSupplies;
  readonly #log: Log;
  readonly #cache: VerifyCache;
  readonly #waiting = new Map<string, Set<(answer: VerifyAnswer) => void>>();
  #waitingCount = 0;
  readonly #cleaning: NodeJS.Timeout | undefined;

  constructor(supplies: VerifierSupplies) {
    const {config, log} = supplies;
    this.#supplies = supplies;
    this.#log = log.as('verify');
    const map = config.get('address_verify_map');
    this.#cache = new VerifyCache(map, this.#log);
    const pause = config.get('address_verify_cache_cleanup_interval');
    if (pause > 0) this.#cleaning = setInterval(() => void this.#clean(map), pause * 1000).unref();
  }

  verify(address: string): Later<VerifyAnswer> {
    const answer = this.query(address);
    if (answer instanceof Promise) return answer.then(known => this.#settled(address, known));
    return this.#settled(address, answer);
  }

  /** What is known just now; a probe goes out where there should be one. */
  query(address: string): Later<VerifyAnswer> {
    const loading = this.#cache.ready();
    return loading === undefined ? this.#query(address) : loading.then(() => this.#query(address));
  }

  /** What became of a probe's recipient. Answers the word of the log line. */
  learn(
    {address, original}: Recipient,
    {kind, text}: Outcome,
  ): 'deliverable' | 'undeliverable' | 'undeliverable-but-not-cached' {
    const status = kind === 'sent' ? 'ok' : kind === 'deferred' ? 'defer' : 'reject';
    const isKept = status === 'ok' || this.#supplies.config.get('address_verify_negative_cache');
    const entry: VerifyEntry = {status, probed: 0, updated: this.#now(), text};
    const update = (): void => {
      for (const known of new Set([original, address])) if (known !== '') this.#update(known, entry, isKept);
    };
    const loading = this.#cache.ready();
    if (loading === undefined) update();
    else void loading.then(update);
    return status === 'ok' ? 'deliverable' : isKept ? 'undeliverable' : 'undeliverable-but-not-cached';
  }

  async close(): Promise<void> {
    clearInterval(this.#cleaning);
    for (const address of [...this.#waiting.keys()]) this.#answer(address, {status: 'todo', text: IN_PROGRESS});
    await this.#cache.flushed();
  }

  #now(): number {
    return Math.floor(this.#supplies.clock.now() / 1000);
  }

  #query(address: string): VerifyAnswer {
    const {config} = this.#supplies;
    const now = this.#now();
    let entry = this.#cache.get(address) ?? UNKNOWN;
    const mayProbe = now - entry.probed > PROBE_LIFE_SECONDS;
    if (mayProbe && entry !== UNKNOWN && isExpired(entry, config, now)) {
      if (!config.get('address_verify_negative_cache')) this.#cache.delete(address);
      entry = UNKNOWN;
    }
    if (mayProbe && needsRefresh(entry, config, now)) {
      if (entry.updated !== 0 || config.get('address_verify_negative_cache'))
        this.#cache.put(address, {...entry, probed: now});
      void this.#probe(address);
    }
    return entry;
  }

  #settled(address: string, answer: VerifyAnswer): Later<VerifyAnswer> {
    const {config} = this.#supplies;
    const wait = (config.get('address_verify_poll_count') - 1) * config.get('address_verify_poll_delay') * 1000;
    if (answer.status !== 'todo' || wait <= 0 || this.#waitingCount >= MAX_WAITING) return answer;
    return new Promise(resolve => {
      const timer = setTimeout(() => settle(answer), wait);
      const settle = (known: VerifyAnswer): void => {
        clearTimeout(timer);
        this.#unwait(address, settle);
        resolve(known);
      };
      this.#wait(address, settle);
    });
  }

  #wait(address: string, settle: (answer: VerifyAnswer) => void): void {
    const all = this.#waiting.get(address) ?? new Set();
    this.#waiting.set(address, all.add(settle));
    this.#waitingCount++;
  }

  #unwait(address: string, settle: (answer: VerifyAnswer) => void): void {
    const all = this.#waiting.get(address);
    if (all?.delete(settle) !== true) return;
    this.#waitingCount--;
    if (all.size === 0) this.#waiting.delete(address);
  }

  #answer(address: string, answer: VerifyAnswer): void {
    for (const settle of [...(this.#waiting.get(address) ?? [])]) settle(answer);
  }

  #update(address: string, entry: VerifyEntry, isKept: boolean): void {
    const known = this.#cache.get(address);
    const staysGood = entry.status !== 'ok' && known?.status === 'ok';
    if (isKept && !staysGood) this.#cache.put(address, entry);
    this.#answer(address, staysGood ? known : entry);
  }

  async #probe(address: string): Promise<void> {
    const {config, clock, submitter} = this.#supplies;
    const seconds = this.#now();
    const classes = new Set(config.list('smtputf8_autodetect_classes'));
    const isDetected = classes.has('all') || classes.has('verify');
    try {
      await submitter.submit({
        sender: verifySender(config, clock.now()),
        recipients: [{address}],
        rewriteContext: 'local',
        internal: true,
        skipsChecks: true,
        utf8: isDetected && !isAscii(address) && config.get('smtputf8_enable') ? UTF8_REQUESTED : 0,
        attributes: new Map([
          ['log_message_origin', 'local'],
          ['trace_flags', PROBE_FLAG],
        ]),
        received: queueId =>
          formatReceived({hostName: config.get('myhostname'), mailName: config.get('mail_name'), queueId, seconds}),
        content: Buffer.alloc(0),
      });
    } catch (fault) {
      this.#log.warning(`probe of ${address}: ${describe(fault)}`); // sent again once it counts as lost
    }
  }

  async #clean(map: string): Promise<void> {
    const {config} = this.#supplies;
    const {retained, dropped} = await this.#cache.clean(entry => isExpired(entry, config, this.#now()));
    this.#log.info(`cache ${map} full cleanup: retained=${retained} dropped=${dropped} entries`);
  }
}

const UNKNOWN: VerifyEntry = {status: 'todo', probed: 0, updated: 0, text: IN_PROGRESS};

function isExpired({status, updated}: VerifyEntry, config: Config, now: number): boolean {
  const life =
    status === 'ok'
      ? config.get('address_verify_positive_expire_time')
      : config.get('address_verify_negative_expire_time');
  return updated + life < now;
}

function needsRefresh({status, updated}: VerifyEntry, config: Config, now: number): boolean {
  const age =
    status === 'ok'
      ? config.get('address_verify_positive_refresh_time')
      : config.get('address_verify_negative_refresh_time');
  return updated + age < now;
}
