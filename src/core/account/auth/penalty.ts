/**
 * Addresses from which logins fail have to wait before the next is looked at: longer each time, up to 15 seconds, until there was no
 * failure for a while (Dovecot's anvil does so). The same wrong password again does not make it longer: a program that was
 * not told of a change is no attack.
 */
import {createHash} from 'node:crypto';
import {addressBytes} from '../../table/network.ts';

interface Offender {
  count: number;
  last: number;
  /** Of names and passwords that were wrong. */
  readonly seen: Set<string>;
}

const FIRST_SECONDS = 2;
const MAX_SECONDS = 15;
/** Forgotten when nothing failed for so long. */
const FORGET_MILLISECONDS = 2 * 60 * 1000;
const MAX_COUNT = 5;
const MAX_SEEN = 10;
/** Beyond these the oldest are forgotten. */
const MAX_OFFENDERS = 100_000;

export class Penalty {
  readonly #offenders = new Map<string, Offender>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** How long the next login from this address has to wait. */
  delayMilliseconds(address: string): number {
    const offender = this.#get(blockOf(address));
    if (offender === undefined || offender.count === 0) return 0;
    const seconds = Math.min(MAX_SECONDS, FIRST_SECONDS * 2 ** offender.count);
    return Math.max(0, seconds * 1000 - (this.#now() - offender.last));
  }

  /** `secret`: what was tried, so that the same again can be told from another. */
  addFailure(address: string, secret: string): void {
    const block = blockOf(address);
    const offender = this.#get(block) ?? {count: 0, last: 0, seen: new Set<string>()};
    const digest = createHash('sha1').update(secret, 'latin1').digest('base64').slice(0, 8);
    this.#offenders.delete(block);
    this.#offenders.set(block, offender);
    if (!offender.seen.has(digest)) offender.count = Math.min(MAX_COUNT, offender.count + 1);
    if (offender.seen.size < MAX_SEEN) offender.seen.add(digest);
    offender.last = this.#now();
    for (const [oldest] of this.#offenders) {
      if (this.#offenders.size <= MAX_OFFENDERS) break;
      this.#offenders.delete(oldest);
    }
  }

  /** A login was right. What was wrong before is still no news when it comes again. */
  clear(address: string): void {
    const offender = this.#get(blockOf(address));
    if (offender !== undefined) offender.count = 0;
  }

  /** For `doveadm penalty`. */
  *list(): Iterable<{readonly address: string; readonly penalty: number; readonly last: number}> {
    for (const [address, {count, last}] of this.#offenders) yield {address, penalty: count, last};
  }

  #get(block: string): Offender | undefined {
    const offender = this.#offenders.get(block);
    if (offender === undefined || this.#now() - offender.last < FORGET_MILLISECONDS) return offender;
    this.#offenders.delete(block);
    return undefined;
  }
}

/** All addresses of a customer's IPv6 network (/48) are one. */
function blockOf(address: string): string {
  const bytes = address.includes(':') ? addressBytes(address) : undefined;
  return bytes?.length === 16
    ? `${Buffer.from(bytes.slice(0, 6))
        .toString('hex')
        .replace(/(.{4})(?=.)/g, '$1:')}::`
    : address;
}
