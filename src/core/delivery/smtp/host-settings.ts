/** Which hosts are tried, as main.cf says it for smtp(8) or lmtp(8). Throws `ConfigError` for a value that is none. */
import {AddressMaps, type AddressSupplies} from '../../address/address-maps.ts';
import {filterDns} from '../../address/filtered-dns.ts';
import {ownAddresses} from '../../address/own-addresses.ts';
import {ConfigError} from '../../base/errors.ts';
import type {Config} from '../../config/config.ts';
import type {Log} from '../../log/log.ts';
import type {Dns} from '../../net/dns.ts';
import {tcpPorts} from '../../net/tcp-ports.ts';
import type {DestinationRules} from './destination.ts';
import type {HostSettings} from './host-search.ts';

/** The DNS as the client sees it: through smtp_dns_reply_filter or lmtp_dns_reply_filter. */
export function clientDns(dns: Dns, protocol: 'smtp' | 'lmtp', supplies: AddressSupplies, log: Log): Dns {
  const filter = protocol === 'smtp' ? 'smtp_dns_reply_filter' : 'lmtp_dns_reply_filter';
  return filterDns(dns, new AddressMaps(filter, supplies), log);
}

/** How next hops are read. */
export function readDestinationRules(config: Config, protocol: 'smtp' | 'lmtp'): DestinationRules {
  return {
    protocol,
    defaultService: config.get(protocol === 'smtp' ? 'smtp_tcp_port' : 'lmtp_tcp_port'),
    portOf: tcpPorts(config.get('known_tcp_ports')),
  };
}

export function readHostSettings(config: Config, protocol: 'smtp' | 'lmtp'): HostSettings {
  const isSmtp = protocol === 'smtp';
  const dnsSupport = readDnsSupport(config, isSmtp);
  const lookups = words(config.get(isSmtp ? 'smtp_host_lookup' : 'lmtp_host_lookup'));
  const resolverOptions = words(config.get(isSmtp ? 'smtp_dns_resolver_options' : 'lmtp_dns_resolver_options'));
  mustBeOf(lookups, ['dns', 'native'], `${protocol}_host_lookup`);
  mustBeOf(resolverOptions, ['res_defnames', 'res_dnsrch'], `${protocol}_dns_resolver_options`);
  return {
    protocol,
    dnsSupport,
    usesDns: dnsSupport !== 'disabled' && lookups.includes('dns'),
    usesNative: dnsSupport === 'disabled' || lookups.includes('native'),
    searchesDefault: resolverOptions.includes('res_defnames'),
    searchesParents: resolverOptions.includes('res_dnsrch'),
    families: readFamilies(config),
    prefers: readPreference(config.get(isSmtp ? 'smtp_address_preference' : 'lmtp_address_preference'), protocol),
    randomizes: config.get(isSmtp ? 'smtp_randomize_addresses' : 'lmtp_randomize_addresses'),
    balances: config.get(isSmtp ? 'smtp_balance_inet_protocols' : 'lmtp_balance_inet_protocols'),
    addressLimit: config.get(isSmtp ? 'smtp_mx_address_limit' : 'lmtp_mx_address_limit'),
    sessionLimit: config.get(isSmtp ? 'smtp_mx_session_limit' : 'lmtp_mx_session_limit'),
    ignoresMxErrors: config.get('ignore_mx_lookup_error'),
    defersWithoutAddress: config.get(
      isSmtp ? 'smtp_defer_if_no_mx_address_found' : 'lmtp_defer_if_no_mx_address_found',
    ),
    cnameOverrides: config.get(isSmtp ? 'smtp_cname_overrides_servername' : 'lmtp_cname_overrides_servername'),
    ownAddresses: ownAddresses(config),
  };
}

/** Empty: as the older disable_dns_lookups says. */
function readDnsSupport(config: Config, isSmtp: boolean): HostSettings['dnsSupport'] {
  const level = config.get(isSmtp ? 'smtp_dns_support_level' : 'lmtp_dns_support_level');
  if (level === '') return config.get('disable_dns_lookups') ? 'disabled' : 'enabled';
  if (level === 'disabled' || level === 'enabled' || level === 'dnssec') return level;
  throw new ConfigError(`invalid ${isSmtp ? 'smtp' : 'lmtp'}_dns_support_level: "${level}"`);
}

export function readFamilies(config: Config): (4 | 6)[] {
  const protocols = config.list('inet_protocols');
  if (protocols.includes('all')) return [4, 6];
  return ([4, 6] as const).filter(family => protocols.includes(`ipv${family}`));
}

function readPreference(value: string, protocol: string): HostSettings['prefers'] {
  if (value === 'any' || value === 'ipv4' || value === 'ipv6') return value;
  throw new ConfigError(`bad ${protocol}_address_preference: "${value}"`);
}

function words(list: string): string[] {
  return list.split(/[\s,]+/).filter(Boolean);
}

function mustBeOf(given: readonly string[], known: readonly string[], parameter: string): void {
  const wrong = given.find(word => !known.includes(word));
  if (wrong !== undefined) throw new ConfigError(`unknown ${parameter} value "${wrong}" in "${given.join(' ')}"`);
}
