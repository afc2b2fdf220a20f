/**
 * The order in which hosts are tried: by preference, equal ones shuffled (RFC 5321 section 5.1), the preferred address
 * family first among equals; and both families among the first, when only so many are tried.
 */
import type {HostSettings, MailHost} from './host-search.ts';

export type OrderSettings = Pick<HostSettings, 'randomizes' | 'prefers' | 'balances' | 'addressLimit'>;

export function orderHosts(hosts: readonly MailHost[], settings: OrderSettings, random: () => number): MailHost[] {
  const shuffled = settings.randomizes ? shuffle(hosts, random) : [...hosts];
  const first = settings.prefers === 'ipv4' ? 4 : settings.prefers === 'ipv6' ? 6 : 0;
  const rank = (host: MailHost): number => host.preference * 2 + (host.family === first ? 0 : 1);
  const sorted = shuffled.sort((a, b) => rank(a) - rank(b)); // a stable sort: equals stay shuffled
  return settings.balances ? balance(sorted, settings.addressLimit) : sorted;
}

/** Fisher and Yates. */
function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [shuffled[last], shuffled[other]];
    if (a === undefined || b === undefined) continue; // a random source that answers 1
    shuffled[last] = b;
    shuffled[other] = a;
  }
  return shuffled;
}

/**
 * postconf(5) smtp_balance_inet_protocols: half of what is tried for each family, as far as it has so many; an odd one
 * goes to the family that comes first.
 */
function balance(hosts: readonly MailHost[], limit: number): MailHost[] {
  if (limit < 2 || hosts.length <= limit) return [...hosts];
  const of4 = hosts.filter(host => host.family === 4).length;
  const of6 = hosts.length - of4;
  if (of4 === 0 || of6 === 0) return [...hosts];
  const half4 = hosts[0]?.family === 4 ? Math.ceil(limit / 2) : Math.floor(limit / 2);
  const left = {4: Math.max(Math.min(of4, half4), limit - of6), 6: 0};
  left[6] = limit - left[4];
  return hosts.filter(host => left[host.family]-- > 0);
}
