/**
 * What DANE makes of a policy (RFC 7672, postconf(5) smtp_tls_security_level): levels `dane` and `dane-only` become what
 * the server's TLSA records and our own settings allow.
 */
import type {Log} from '../../log/log.ts';
import {findTlsa, type TlsaRecord} from '../../net/dane.ts';
import type {Dns} from '../../net/dns.ts';
import type {ClientTlsSettings} from './client-tls-settings.ts';
import type {TlsPolicy} from './tls-policy.ts';
import type {TlsFailure, TlsLevel, TlsTarget} from './tls-step.ts';

export interface DaneSupplies {
  readonly settings: ClientTlsSettings;
  readonly log: Log;
  readonly dns: Dns;
  /** tls_dane_digests. */
  readonly digests: readonly string[];
}
/** What the certificate has to match: `names` count where an authority is named. */
export interface DaneWanted {
  readonly records: readonly TlsaRecord[];
  readonly names: readonly string[];
}
export type DaneResult =
  | {
      readonly kind: 'policy';
      readonly level: TlsLevel;
      readonly dane: DaneWanted | undefined;
      readonly serverName: string;
    }
  | {readonly kind: 'failed'; readonly failure: TlsFailure}
  /** The configuration does not go with it. */
  | {readonly kind: 'bad'; readonly warning: string};

export async function applyDane(policy: TlsPolicy, target: TlsTarget, supplies: DaneSupplies): Promise<DaneResult> {
  const {settings, log, dns, digests} = supplies;
  const isOnly = policy.level === 'dane-only';
  const misfit = configurationFault(policy, target, settings);
  if (misfit !== undefined) {
    if (isOnly || target.port === 0) return {kind: 'bad', warning: misfit};
    log.warning(misfit);
    return without('may', policy);
  }
  const onInsecureMx = settings.insecureMxLevel.toLowerCase();
  const isMxInsecure = target.isMxSecure === false;
  if (isMxInsecure && (isOnly || onInsecureMx === 'may' || onInsecureMx === 'none'))
    return isOnly ? failed('non DNSSEC destination') : without('may', policy);
  const answer = await findTlsa(dns, target, {digests, isForced: settings.forcesInsecureLookup});
  switch (answer.kind) {
    case 'failed':
      return failed(`TLSA lookup error for ${target.name}:${target.port}`);
    case 'none':
      return isOnly ? failed('no TLSA records found') : without('may', policy);
    case 'records':
      if (answer.usable.length === 0) return isOnly ? failed('TLSA records unusable') : without('encrypt', policy);
      if (isMxInsecure && onInsecureMx === 'encrypt') return without('encrypt', policy);
      return {
        kind: 'policy',
        level: isMxInsecure ? 'half-dane' : policy.level,
        dane: {records: answer.usable, names: namesFor(answer.base, target)},
        serverName: answer.base,
      };
  }
}

function configurationFault({level}: TlsPolicy, target: TlsTarget, settings: ClientTlsSettings): string | undefined {
  if (target.port === 0)
    return `${target.nexthop}: the "${level}" security level is invalid for delivery via unix-domain sockets`;
  if (!settings.hasDnssec) return `${target.nexthop}: ${level} configured with dnssec lookups disabled`;
  if (settings.ignoresMxErrors) return `${target.nexthop}: ${level} configured with MX lookup errors ignored`;
  return undefined;
}

/** RFC 7672 section 3.2.2: the name of the records, and the domain when the resolver vouches for the way from there. */
function namesFor(base: string, {domain, isMxSecure}: TlsTarget): readonly string[] {
  return isMxSecure === false ? [base] : [base, domain];
}

function without(level: TlsLevel, {serverName}: TlsPolicy): DaneResult {
  return {kind: 'policy', level, dane: undefined, serverName};
}

function failed(text: string): DaneResult {
  return {kind: 'failed', failure: {status: '4.7.5', text}};
}
