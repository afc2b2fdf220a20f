/**
 * The addresses of one host, by the DNS, by the system's own look-up or by one after the other (postconf(5)
 * smtp_host_lookup), or the status and the words of why there are none.
 */
import {isIP} from 'node:net';
import type {DnsAnswer, DnsQueryOptions, HostAnswer} from '../../net/dns.ts';
import {plainAddress} from '../../net/ip-address.ts';
import {FILTER_DROPPED_ALL, MALFORMED_REPLY, nameServiceError} from '../../net/name-service-error.ts';
import {NO_ADDRESS} from '../../net/resolver.ts';
import type {HostSearchContext} from './host-search.ts';

export interface FoundAddress {
  readonly address: string;
  readonly family: 4 | 6;
  readonly canonicalName: string;
  readonly isSecure: boolean;
}
export interface NoAddress {
  readonly kind: 'none';
  readonly status: string;
  readonly text: string;
}
export type AddressAnswer = {readonly kind: 'found'; readonly addresses: readonly FoundAddress[]} | NoAddress;

type No = Exclude<DnsAnswer, {kind: 'found'}>;

export async function findAddresses(
  host: string,
  context: HostSearchContext,
  options: DnsQueryOptions,
): Promise<AddressAnswer> {
  const {settings} = context;
  const family = isIP(host);
  if ((family === 4 || family === 6) && settings.families.includes(family)) {
    const address = plainAddress(host);
    return {kind: 'found', addresses: [{address, family, canonicalName: host, isSecure: false}]};
  }
  const fromDns = settings.usesDns ? await askDns(host, context, options) : undefined;
  if (fromDns?.kind === 'found') return fromDns;
  if (settings.usesNative && fromDns?.status.startsWith('4') !== true && fromDns?.status !== '5.4.3')
    return nativeAnswer(host, await context.dns.hostAddresses(host, settings.families));
  return fromDns ?? {kind: 'none', status: '5.4.4', text: `unable to look up host ${host}`};
}

/** Of many hosts without address: the last one's words, and a soft error of any of them makes it soft. */
export function worstOf(answers: readonly AddressAnswer[]): NoAddress {
  const failures = answers.filter(answer => answer.kind === 'none');
  const last = failures.at(-1) ?? {kind: 'none', status: '4.4.4', text: 'no mail exchanger'};
  const isSoft = failures.some(({status}) => status.startsWith('4'));
  return isSoft ? {...last, status: `4${last.status.slice(1)}`} : last;
}

async function askDns(
  host: string,
  {settings, dns}: HostSearchContext,
  options: DnsQueryOptions,
): Promise<AddressAnswer> {
  const types = settings.families.map(family => (family === 4 ? 'A' : 'AAAA'));
  const answers = await Promise.all(types.map(type => dns.query(host, type, options)));
  const addresses = answers.flatMap(answer => (answer.kind === 'found' ? addressesOf(answer) : []));
  if (addresses.length > 0) return {kind: 'found', addresses};
  let worst: NoAddress | undefined;
  for (const [index, answer] of answers.entries()) {
    if (answer.kind === 'found') continue;
    const {status} = worst ?? {status: ''};
    if (worst === undefined || gravity(statusOf(answer)) >= gravity(status))
      worst = {kind: 'none', status: statusOf(answer), text: nameServiceError(host, types[index] ?? 'A', answer)};
  }
  return worst ?? {kind: 'none', status: '5.4.4', text: `${host}: host not found`};
}

function addressesOf({records, canonicalName, isSecure}: Extract<DnsAnswer, {kind: 'found'}>): FoundAddress[] {
  return records.map(({type, value}) => {
    const family = type === 'AAAA' ? 6 : 4;
    return {address: plainAddress(value), family, canonicalName, isSecure};
  });
}

/** Enhanced status of a no from the DNS: 4.4.3 for one that may change, 5.4.3 for a server that can't, else 5.4.4. */
export function statusOf({kind, text}: No): string {
  if (text === FILTER_DROPPED_ALL) return '4.7.0';
  if (kind === 'temporary') return '4.4.3';
  return kind === 'failure' && text !== MALFORMED_REPLY ? '5.4.3' : '5.4.4';
}

/** Of two answers the graver one is told, of equals the later. */
function gravity(status: string): number {
  return status.startsWith('4') ? 3 : status === '5.4.3' ? 2 : 1;
}

function nativeAnswer(host: string, answer: HostAnswer): AddressAnswer {
  if (answer.kind === 'found') {
    const addresses = answer.addresses.map(address => {
      const plain = plainAddress(address);
      return {address: plain, family: isIP(plain) === 6 ? 6 : 4, canonicalName: host, isSecure: false} as const;
    });
    return {kind: 'found', addresses};
  }
  const isNameKnown = answer.text === NO_ADDRESS; // a status of its own, as smtp(8) does it with the GNU C library
  const status = answer.kind === 'temporary' ? '4.4.4' : isNameKnown ? '5.3.0' : '5.4.4';
  return {kind: 'none', status, text: `unable to look up host ${host}: ${answer.text}`};
}
