/**
 * Which certificates a mail server says it has, in the DNS (RFC 7672): its TLSA records, as far as the resolver vouches
 * for them and for its address. `none`: it says nothing that can be believed, the usual rules hold. `records`: TLS is a
 * must, and where there is a usable record, so is a certificate that matches (dane-match.ts). `failed`: there may be
 * records, and somebody may keep us from seeing them: no mail over this host now.
 */
import type {Dns, DnsAnswer, DnsRecord} from './dns.ts';

export interface TlsaRecord {
  readonly usage: number;
  readonly selector: number;
  readonly matching: number;
  readonly bytes: Buffer;
}

export type TlsaAnswer =
  | {readonly kind: 'none'}
  | {
      readonly kind: 'records';
      /** The name that they were found at, without port: a name that a trust anchor's certificate may be for. */
      readonly base: string;
      /** May be empty: then TLS is a must, and any certificate will do (RFC 7672 section 2.2). */
      readonly usable: readonly TlsaRecord[];
    }
  | {readonly kind: 'failed'; readonly text: string};

/** The server, as the search for hosts describes it. */
export interface TlsaTarget {
  readonly name: string;
  readonly canonicalName: string;
  /** The resolver vouches for its address records. */
  readonly isSecure: boolean;
  readonly port: number;
}

export interface TlsaOptions {
  /** tls_dane_digests: the strongest first. */
  readonly digests: readonly string[];
  /** smtp_tls_force_insecure_host_tlsa_lookup: also when nobody vouches for the address. */
  readonly isForced: boolean;
}

const MATCHING_DIGESTS: ReadonlyMap<string, {matching: number; bytes: number}> = new Map([
  ['sha256', {matching: 1, bytes: 32}],
  ['sha512', {matching: 2, bytes: 64}],
]);
const FULL = 0;
/** RFC 7671 sections 5.1 and 5.2; the usages of RFC 6698 that need a public authority too are not for mail. */
const TRUST_ANCHOR = 2;
const END_ENTITY = 3;
/** More records than this are not looked at. */
const MAX_RECORDS = 100;

export async function findTlsa(dns: Dns, target: TlsaTarget, options: TlsaOptions): Promise<TlsaAnswer> {
  for (const base of await basesOf(dns, target, options)) {
    const answer = await dns.query(`_${target.port}._tcp.${base}`, 'TLSA', {wantsSecure: true});
    if (answer.kind === 'temporary' || answer.kind === 'failure')
      return {kind: 'failed', text: `TLSA lookup error for ${base}:${target.port}`};
    if (answer.kind === 'found' && answer.isSecure)
      return {kind: 'records', base, usable: usableRecords(answer.records, options.digests)};
  }
  return {kind: 'none'};
}

/** RFC 7672 section 2.2.2: where the alias leads first, then the alias itself, when its zone is signed. */
async function basesOf(
  dns: Dns,
  {name, canonicalName, isSecure}: TlsaTarget,
  {isForced}: TlsaOptions,
): Promise<string[]> {
  const isAlias = name.toLowerCase() !== canonicalName.toLowerCase();
  if (!isAlias) return isSecure || isForced ? [name] : [];
  if (isSecure) return [canonicalName, name];
  const alias: DnsAnswer = await dns.query(name, 'CNAME', {wantsSecure: true});
  return (alias.kind === 'found' && alias.isSecure) || isForced ? [name] : [];
}

/** Of each usage and selector only the strongest digest counts, besides what comes whole (RFC 7671 section 9). */
export function usableRecords(records: readonly DnsRecord[], digests: readonly string[]): TlsaRecord[] {
  const ranks = digests.map(digest => MATCHING_DIGESTS.get(digest)).filter(known => known !== undefined);
  const known = records.slice(0, MAX_RECORDS).flatMap(record => {
    const one = recordOf(record);
    return one !== undefined && (one.matching === FULL || isWholeDigest(one, ranks)) ? [one] : [];
  });
  const rankOf = ({matching}: TlsaRecord): number => ranks.findIndex(rank => rank.matching === matching);
  return known.filter(one => {
    if (one.matching === FULL) return true;
    const rivals = known.filter(
      ({usage, selector, matching}) => usage === one.usage && selector === one.selector && matching !== FULL,
    );
    return rivals.every(rival => rankOf(rival) >= rankOf(one));
  });
}

function recordOf({tlsa, value}: DnsRecord): TlsaRecord | undefined {
  if (tlsa === undefined || (tlsa.usage !== TRUST_ANCHOR && tlsa.usage !== END_ENTITY) || tlsa.selector > 1)
    return undefined;
  return {...tlsa, bytes: Buffer.from(value, 'hex')};
}

function isWholeDigest(record: TlsaRecord, ranks: readonly {matching: number; bytes: number}[]): boolean {
  return ranks.some(({matching, bytes}) => matching === record.matching && bytes === record.bytes.length);
}
