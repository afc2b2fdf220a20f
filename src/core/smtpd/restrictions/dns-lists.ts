/**
 * DNS lists of addresses (RBL) and domains (RHSBL): RFC 5782. A list answers with A records, which its name may be
 * filtered by (`zone=127.0.0.[2..9]`), and says why in TXT records. A list that does not answer blocks nobody, after a
 * warning. Answers are kept for a while: with smtpd_delay_reject a client is asked about at each RCPT.
 */
import {addressBytes} from '../../table/network.ts';
import {isIPv6} from 'node:net';
import {ask, type Steps} from '../../address/steps.ts';
import type {Clock} from '../../base/clock.ts';
import type {Log} from '../../log/log.ts';
import type {Dns} from '../../net/dns.ts';
import {asciiName, isAsciiHostname} from './host-name.ts';
import {matchesPattern, type OctetPattern, parseOctetPattern} from './octet-pattern.ts';

export interface Listed {
  readonly addresses: readonly string[];
  readonly text: string;
}

/** `bad-filter`: what stands behind `=` can't be understood. */
export type ListAnswer = Listed | 'no' | 'temporary' | 'bad-filter';

interface Kept {
  readonly answer: Listed | 'no';
  readonly until: number;
}

const MAX_KEPT = 1000;
const KEPT_SECONDS = 60;
/** TXT records are joined up to this length. */
const MAX_TEXT = 500;

export class DnsLists {
  readonly #dns: Dns;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #kept = new Map<string, Kept>();
  readonly #filters = new Map<string, OctetPattern | undefined>();

  constructor(dns: Dns, clock: Clock, log: Log) {
    this.#dns = dns;
    this.#clock = clock;
    this.#log = log;
  }

  *findAddress(zone: string, address: string): Steps<ListAnswer> {
    const reversed = isIPv6(address) ? reverseNibbles(address) : address.split('.').reverse().join('.');
    return yield* this.#find(reversed, zone);
  }

  /** `what`: a name, or a mail address. Address literals and what ends in a number have no domain to ask about. */
  *findDomain(zone: string, what: string): Steps<ListAnswer> {
    const at = what.lastIndexOf('@');
    const domain = what.slice(at + 1);
    if ((at >= 0 && domain.startsWith('[')) || /^\d*$/.test(domain.slice(domain.lastIndexOf('.') + 1))) return 'no';
    const name = asciiName(domain);
    return isAsciiHostname(name) ? yield* this.#find(name, zone) : 'no';
  }

  *#find(name: string, zone: string): Steps<ListAnswer> {
    const equals = zone.indexOf('=');
    if (equals < 0) return yield* this.#ask(`${name}.${zone}`);
    const filter = this.#filter(zone.slice(equals + 1));
    if (filter === undefined) return 'bad-filter';
    const answer = yield* this.#ask(`${name}.${zone.slice(0, equals)}`);
    if (typeof answer === 'string') return answer;
    return answer.addresses.some(address => matchesPattern(filter, address)) ? answer : 'no';
  }

  *#ask(query: string): Steps<Listed | 'no' | 'temporary'> {
    const now = this.#clock.now();
    const kept = this.#kept.get(query);
    if (kept !== undefined && kept.until > now) return kept.answer;
    const found = yield* ask(this.#dns.query(query, 'A'));
    if (found.kind === 'temporary' || found.kind === 'failure') {
      this.#log.warning(`${query}: RBL lookup error: ${found.text}`);
      return 'temporary';
    }
    const isListed = found.kind === 'found';
    const seconds = isListed ? Math.min(KEPT_SECONDS, ...found.records.map(record => record.ttl)) : KEPT_SECONDS;
    const answer = isListed
      ? {addresses: found.records.map(record => record.value), text: yield* this.#text(query)}
      : 'no';
    this.#keep(query, {answer, until: now + seconds * 1000});
    return answer;
  }

  *#text(query: string): Steps<string> {
    const found = yield* ask(this.#dns.query(query, 'TXT'));
    return found.kind === 'found' ? joinTexts(found.records.map(record => record.value)) : '';
  }

  #keep(query: string, kept: Kept): void {
    this.#kept.delete(query);
    this.#kept.set(query, kept);
    if (this.#kept.size <= MAX_KEPT) return;
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined) this.#kept.delete(oldest);
  }

  /** Zones come from the configuration, or from what the operator's tables name. */
  #filter(text: string): OctetPattern | undefined {
    if (!this.#filters.has(text)) this.#filters.set(text, parseOctetPattern(text));
    return this.#filters.get(text);
  }
}

function reverseNibbles(address: string): string {
  const nibbles = [...(addressBytes(address) ?? [])].flatMap(byte => [byte >> 4, byte & 15]);
  return nibbles
    .reverse()
    .map(nibble => nibble.toString(16))
    .join('.');
}

function joinTexts(texts: readonly string[]): string {
  let joined = '';
  for (const [at, text] of texts.entries()) {
    joined += text.slice(0, MAX_TEXT - joined.length);
    if (joined.length >= MAX_TEXT) break;
    if (at + 1 < texts.length && MAX_TEXT - joined.length > 3) joined += ' / ';
  }
  return joined;
}
