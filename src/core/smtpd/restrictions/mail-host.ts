/** Does a name exist as a host that may send or take mail: records of the first type that has any (RFC 5321 section 5.1). */
import type {Dns, DnsAnswer, DnsType} from '../../net/dns.ts';
import type {Steps} from '../../address/steps.ts';
import {ask} from '../../address/steps.ts';

/** `null-mx`: it takes no mail, and says so (RFC 7505). `malformed`: the answer made no sense. */
export type HostFinding = 'yes' | 'no' | 'null-mx' | 'malformed' | 'temporary';

/** Asks type after type until one is answered. */
export function* hasAnyRecord(dns: Dns, name: string, types: readonly DnsType[]): Steps<HostFinding> {
  let worst: HostFinding = 'no';
  for (const type of types) {
    const finding = find(yield* ask(dns.query(name, type)), type);
    if (finding === 'yes' || finding === 'null-mx') return finding;
    if (finding === 'malformed' && type === 'MX' && types[0] === 'MX') return finding;
    if (finding === 'temporary' || worst === 'no') worst = finding;
  }
  return worst;
}

function find(answer: DnsAnswer, type: DnsType): HostFinding {
  switch (answer.kind) {
    case 'found':
      return type === 'MX' && isNullMx(answer) ? 'null-mx' : 'yes';
    case 'no-name':
    case 'no-record':
      return 'no';
    case 'temporary':
      return 'temporary';
    case 'failure':
      return 'malformed';
  }
}

export function isNullMx(answer: DnsAnswer): boolean {
  if (answer.kind !== 'found' || answer.records.length !== 1) return false;
  const host = answer.records[0]?.value;
  return host === '' || host === '.';
}
