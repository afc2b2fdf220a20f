/**
 * One destination -> the hosts to connect to, in order, or why there are none (RFC 5321 section 5.1, RFC 7505): its mail
 * exchangers, else its own addresses. Hosts that are no better than this machine are left out; when none is left, mail
 * would loop. Never throws: each fault is an outcome with the status and the words of smtp(8).
 */
import type {DnsQueryOptions, DnsRecord} from '../../net/dns.ts';
import {plainAddress} from '../../net/ip-address.ts';
import {nameServiceError} from '../../net/name-service-error.ts';
import {findAddresses, type FoundAddress, statusOf, worstOf} from './address-search.ts';
import {orderHosts} from './host-order.ts';
import type {HostSearch, HostSearchContext, InetDestination, MailHost} from './host-search.ts';
import {allowsExchanger} from './sts-policy.ts';

/** The port on which mail for other machines comes to this one: only there can it loop. */
const SMTP_PORT = 25;
/** More mail exchangers than this, the best first, are not looked at. */
const MAX_EXCHANGERS = 64;

interface Found {
  readonly hosts: readonly MailHost[];
  readonly isFromMx: boolean;
  readonly isMxSecure: boolean;
  /** The best preference that the domain has, whether or not that host was found. */
  readonly bestPreference: number;
}

export async function findHosts(destination: InetDestination, context: HostSearchContext): Promise<HostSearch> {
  const {settings} = context;
  if (settings.families.length === 0) return failed('4.4.4', 'all network protocols are disabled');
  const usesMx = settings.protocol === 'smtp' && settings.dnsSupport !== 'disabled' && !destination.isBracketed;
  const [found, policy] = await Promise.all([
    usesMx ? findExchangers(destination, context) : findOwn(destination, context),
    usesMx ? context.sts?.policyOf(destination.host) : undefined,
  ]);
  if ('kind' in found) return found;
  const {isFromMx, isMxSecure} = found;
  const kept = withoutMyself(found, destination, context);
  if ('kind' in kept) return kept;
  const isBackup = kept.length < found.hosts.length;
  const allowed = policy?.mode === 'enforce' ? kept.filter(({name}) => allowsExchanger(policy, name)) : kept;
  if (allowed.length === 0)
    return failed('4.7.5', `MTA-STS policy of ${destination.host} allows none of its mail hosts`);
  const hosts = orderHosts(allowed, settings, context.random);
  const sts = policy === undefined || policy.mode === 'none' ? undefined : policy.mode;
  return {kind: 'hosts', hosts, isFromMx, isMxSecure, isBackup, sts};
}

async function findExchangers(destination: InetDestination, context: HostSearchContext): Promise<Found | HostSearch> {
  const {host} = destination;
  const answer = await context.dns.query(host, 'MX', queryOptions(context));
  if (answer.kind === 'no-name' || answer.kind === 'no-record') return findOwn(destination, context);
  if (answer.kind !== 'found') {
    if (context.settings.ignoresMxErrors) return findOwn(destination, context);
    return failed(statusOf(answer), nameServiceError(host, 'MX', answer));
  }
  const records = [...answer.records].sort((a, b) => a.preference - b.preference);
  // RFC 7505 section 3 wants it to be the only record; Postfix does not ask for that.
  if (records.some(({value}) => value === '.')) return failed('5.1.0', `Domain ${host} does not accept mail (nullMX)`);
  return findAll(destination, records.slice(0, MAX_EXCHANGERS), answer.isSecure, context);
}

async function findAll(
  destination: InetDestination,
  exchangers: readonly DnsRecord[],
  isMxSecure: boolean,
  context: HostSearchContext,
): Promise<Found | HostSearch> {
  const options = queryOptions(context);
  const answers = await Promise.all(exchangers.map(({value}) => findAddresses(value, context, options)));
  const hosts = exchangers.flatMap(({value, preference}, index) => {
    const answer = answers[index];
    if (answer?.kind !== 'found') return [];
    return answer.addresses.map(address => mailHost(value, address, preference, destination, context));
  });
  if (hosts.length > 0) return {hosts, isFromMx: true, isMxSecure, bestPreference: exchangers[0]?.preference ?? 0};
  context.log.warning(`no MX host for ${destination.host} has a valid address record`);
  const {status, text} = worstOf(answers);
  return failed(context.settings.defersWithoutAddress ? `4${status.slice(1)}` : status, text);
}

/** The addresses of the destination itself. */
async function findOwn(destination: InetDestination, context: HostSearchContext): Promise<Found | HostSearch> {
  const {host} = destination;
  const answer = await findAddresses(host, context, queryOptions(context));
  if (answer.kind !== 'found') return failed(answer.status, answer.text);
  const hosts = answer.addresses.map(address => mailHost(host, address, 0, destination, context));
  return {hosts, isFromMx: false, isMxSecure: false, bestPreference: 0};
}

function mailHost(
  name: string,
  {address, family, canonicalName, isSecure}: FoundAddress,
  preference: number,
  {port}: InetDestination,
  {settings}: HostSearchContext,
): MailHost {
  const shownName = settings.cnameOverrides ? canonicalName : name;
  return {name: shownName, canonicalName, address, family, port, preference, isSecure};
}

/** What is left when we and those who are no better than we are taken out. */
function withoutMyself(
  {hosts, isFromMx, bestPreference}: Found,
  {host, port}: InetDestination,
  {settings}: HostSearchContext,
): readonly MailHost[] | HostSearch {
  if (settings.protocol !== 'smtp' || port !== SMTP_PORT) return hosts;
  const self = hosts.find(({address}) => settings.ownAddresses.has(plainAddress(address)));
  if (self === undefined) return hosts;
  const better = isFromMx ? hosts.filter(({preference}) => preference < self.preference) : [];
  if (better.length > 0) return better;
  const bestFound = Math.min(...hosts.map(({preference}) => preference));
  if (bestFound !== bestPreference) return failed('4.4.4', `unable to find primary relay for ${host}`);
  return failed('5.4.6', `mail for ${host} loops back to myself`, true);
}

function queryOptions({settings}: HostSearchContext): DnsQueryOptions {
  const wantsSecure = settings.dnsSupport === 'dnssec';
  if (settings.searchesParents) return {wantsSecure, searches: 'parents'};
  return settings.searchesDefault ? {wantsSecure, searches: 'default'} : {wantsSecure};
}

function failed(status: string, text: string, isLoop = false): HostSearch {
  return {kind: 'failed', outcome: {kind: status.startsWith('4') ? 'deferred' : 'bounced', status, text}, isLoop};
}
