/**
 * A `Dns` whose answers pass the tables of a reply filter first (postconf(5) smtp_dns_reply_filter,
 * smtpd_dns_reply_filter): records that these say IGNORE to are left out. What the system's own look-up of hosts and
 * names answers is not filtered.
 *
 * When nothing is left, or the filter itself is at fault, the answer is a temporary no: mail waits.
 */
import type {Log} from '../log/log.ts';
import type {Dns, DnsAnswer, DnsQueryOptions, DnsRecord, DnsType} from '../net/dns.ts';
import {FILTER_DROPPED_ALL, FILTER_FAULT} from '../net/name-service-error.ts';
import {TableError} from '../table/table.ts';
import type {AddressMaps} from './address-maps.ts';
import {run, type Steps} from './steps.ts';

/** The same `Dns` when there is no filter. */
export function filterDns(dns: Dns, filter: AddressMaps, log: Log): Dns {
  if (filter.isEmpty) return dns;
  return {
    query: async (name, type, options) => await filteredQuery(dns, filter, log, [name, type, options]),
    hostAddresses: (name, families) => dns.hostAddresses(name, families),
    hostName: address => dns.hostName(address),
  };
}

async function filteredQuery(
  dns: Dns,
  filter: AddressMaps,
  log: Log,
  question: [name: string, type: DnsType, options: DnsQueryOptions | undefined],
): Promise<DnsAnswer> {
  const answer = await dns.query(...question);
  if (answer.kind !== 'found') return answer;
  try {
    const records = await run(keptRecords(answer.records, filter, log));
    if (records === undefined) return {kind: 'temporary', text: FILTER_FAULT};
    return records.length === 0 ? {kind: 'temporary', text: FILTER_DROPPED_ALL} : {...answer, records};
  } catch (fault) {
    if (!(fault instanceof TableError)) throw fault;
    return {kind: 'temporary', text: FILTER_FAULT}; // the table has warned
  }
}

/** Undefined when the filter says what nobody understands. */
function* keptRecords(records: readonly DnsRecord[], filter: AddressMaps, log: Log): Steps<DnsRecord[] | undefined> {
  const kept: DnsRecord[] = [];
  for (const record of records) {
    const line = recordLine(record);
    const hit = yield* filter.lookup(line, true);
    const [action = ''] = hit?.value.split(/[ \t]/) ?? [];
    if (hit === undefined) kept.push(record);
    else if (action.toUpperCase() === 'IGNORE') log.info(`ignoring DNS RR: ${line}`);
    else {
      log.warning(`${filter.title}: unknown DNS filter action: "${action}"`);
      return undefined;
    }
  }
  return kept;
}

/** `example.net. 300 IN MX 10 mx1.example.net.` */
function recordLine({name, ttl, type, preference, value, port, tlsa}: DnsRecord): string {
  const begin = `${name}. ${ttl} IN ${type}`;
  switch (type) {
    case 'A':
    case 'AAAA':
    case 'TXT':
      return `${begin} ${value}`;
    case 'TLSA':
      return `${begin} ${tlsa?.usage ?? 0} ${tlsa?.selector ?? 0} ${tlsa?.matching ?? 0} ${value}`;
    case 'MX':
      return `${begin} ${preference} ${value === '.' ? '' : value}.`;
    case 'SRV':
      return `${begin} ${preference} ${port ?? 0} ${value}.`;
    case 'CNAME':
    case 'NS':
    case 'PTR':
    case 'SOA':
      return `${begin} ${value}.`;
  }
}
