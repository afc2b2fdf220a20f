/**
 * Which TLS a server is to be talked to with (postconf(5) smtp_tls_security_level, smtp_tls_policy_maps, and the obsolete
 * smtp_tls_per_site). What is wrong with a policy is warned of, and the mail waits.
 */
import {isValidHostname} from '../../address/host-syntax.ts';
import {ask, type Steps} from '../../address/steps.ts';
import type {Log} from '../../log/log.ts';
import {type Table, TableError} from '../../table/table.ts';
import {type ClientTlsSettings, isAtLeast} from './client-tls-settings.ts';
import {parsePolicyEntry, type PolicyEntry} from './tls-policy-entry.ts';
import type {TlsFailure, TlsLevel, TlsTarget} from './tls-step.ts';

/** A policy as it holds for one server. */
export interface TlsPolicy {
  readonly level: TlsLevel;
  /** Names, or fingerprints, one of which the certificate has to have. */
  readonly match: readonly string[];
  readonly protocols: string;
  readonly ciphers: string;
  readonly exclusions: readonly string[];
  readonly trustAnchorFiles: readonly string[];
  /** Sent as SNI; '' for none. */
  readonly serverName: string;
  readonly reusesConnections: boolean;
  /** The system's authorities count besides those of main.cf. */
  readonly trustsPublic?: boolean | undefined;
}
export type PolicySearch =
  /** `entry`: what it was made from, for a level that turns out to be another one. */
  | {
      readonly kind: 'policy';
      readonly policy: TlsPolicy;
      readonly entry: PolicyEntry;
      /** A table has it, not main.cf. */
      readonly isFromTable: boolean;
    }
  | {readonly kind: 'failed'; readonly failure: TlsFailure};

export interface PolicySupplies {
  readonly settings: ClientTlsSettings;
  readonly log: Log;
  readonly policyTables: readonly Table[];
  readonly siteTables: readonly Table[];
}

const BROKEN: TlsFailure = {status: '4.7.5', text: 'client TLS configuration problem'};
const NOT_ASKED: TlsFailure = {status: '4.3.0', text: 'Temporary lookup error'};

class BadPolicy extends Error {
  override readonly name = 'BadPolicy';
  readonly failure: TlsFailure;

  constructor(message: string, failure = BROKEN, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

export function* findPolicy(target: TlsTarget, supplies: PolicySupplies): Steps<PolicySearch> {
  const {log, settings} = supplies;
  try {
    const found = yield* findEntry(target, supplies);
    const entry = found ?? {...NOTHING, level: settings.level};
    return {
      kind: 'policy',
      policy: completePolicy(entry, target, settings),
      entry,
      isFromTable: found !== undefined,
    };
  } catch (fault) {
    if (!(fault instanceof BadPolicy)) throw fault;
    return {kind: 'failed', failure: brokenPolicy(target, fault.message, log, fault.failure)};
  }
}

/** `warning` undefined: the original does not say what is wrong. */
export function brokenPolicy(
  target: TlsTarget,
  warning: string | undefined,
  log: Log,
  failure: TlsFailure = BROKEN,
): TlsFailure {
  if (warning !== undefined) log.warning(warning);
  log.warning(`TLS policy lookup for ${target.nexthop}/${target.name}: ${failure.text}`);
  return failure;
}

const NOTHING: Omit<PolicyEntry, 'level'> = {
  match: [],
  protocols: undefined,
  ciphers: undefined,
  exclude: undefined,
  trustAnchorFiles: [],
  serverName: undefined,
  reusesConnections: undefined,
};

/** Undefined: no table has one. */
function* findEntry(target: TlsTarget, supplies: PolicySupplies): Steps<PolicyEntry | undefined> {
  const {settings, policyTables, siteTables} = supplies;
  if (policyTables.length > 0) return yield* findInPolicies(target, supplies);
  if (siteTables.length > 0) {
    const level = yield* findSiteLevel(target, supplies);
    if (level === 'may' && settings.level !== 'none') return {...NOTHING, level: settings.level}; // it lowers nothing
    if (level !== undefined) return {...NOTHING, level};
  }
  return undefined;
}

/**
 * RFC 8461 section 4.2: the host's own name, by a public authority. What an operator asks for that is as strict, or stands
 * in a table, is kept; undefined then.
 */
export function stsPolicy(
  level: TlsLevel,
  entry: PolicyEntry,
  target: TlsTarget,
  settings: ClientTlsSettings,
): TlsPolicy | undefined {
  if (target.isStsEnforced !== true || !RAISED_BY_STS.has(level)) return undefined;
  const raised = completePolicy({...entry, level: 'secure', match: ['hostname']}, target, settings);
  return {...raised, serverName: target.name, trustsPublic: true};
}

/**
 * RFC 8689 section 4.2.1: the policy with which a message that asks for TLS may go to a server, or why it can't. Where
 * nothing as strong is configured, the name counts that DNSSEC or MTA-STS vouch for, or that the next hop itself is.
 */
export function demandedPolicy(
  policy: TlsPolicy,
  entry: PolicyEntry,
  target: TlsTarget,
  settings: ClientTlsSettings,
): TlsPolicy | TlsFailure {
  const {demand, isMxSecure, isStsEnforced, name, domain} = target;
  if (demand === 'encrypted' && !isAtLeast(policy.level, 'encrypt'))
    return completePolicy({...entry, level: 'encrypt'}, target, settings);
  if (demand !== 'enforced') return policy;
  const isNameKnown = isMxSecure !== false || isStsEnforced === true;
  if (VERIFIED.has(policy.level) || (policy.level === 'verify' && (isNameKnown || !policy.match.includes(name))))
    return policy;
  if (!isNameKnown) {
    const text = `REQUIRETLS: neither DNSSEC nor MTA-STS vouches for the mail hosts of ${domain}`;
    return {status: ENCRYPTION_NEEDED, text, isUnmetDemand: true};
  }
  const match = [isMxSecure === undefined ? 'nexthop' : 'hostname'];
  const raised = completePolicy({...entry, level: 'secure', match}, target, settings);
  return {...raised, serverName: raised.serverName || name, trustsPublic: true};
}

/** RFC 8689 section 4.2.1. */
export const ENCRYPTION_NEEDED = '5.7.10';
const VERIFIED: ReadonlySet<TlsLevel> = new Set(['fingerprint', 'dane', 'dane-only', 'secure']);

/** RFC 8689 section 4.2.2: TLS where it can be had, without a look at who is there. */
export function waivedPolicy(
  policy: TlsPolicy,
  entry: PolicyEntry,
  target: TlsTarget,
  settings: ClientTlsSettings,
): TlsPolicy {
  const level = settings.isWrapped ? 'encrypt' : 'may';
  if (!isAtLeast(policy.level, level)) return policy;
  return completePolicy({...entry, level, match: [], trustAnchorFiles: []}, target, settings);
}

/** Levels at which the server's name is not known for sure. */
const RAISED_BY_STS: ReadonlySet<TlsLevel> = new Set(['none', 'may', 'encrypt', 'half-dane']);

/** A next hop in brackets or with a port is looked up as it is, a domain also by its parents. */
function* findInPolicies(target: TlsTarget, supplies: PolicySupplies): Steps<PolicyEntry | undefined> {
  const {settings, log, policyTables} = supplies;
  const title = `${settings.protocol}_tls_policy_maps, next-hop destination`;
  for (const key of keysOf(target.nexthop.toLowerCase())) {
    const value = yield* lookup(
      policyTables,
      key,
      log,
      () => new BadPolicy(`${title} "${key}": policy table lookup error`),
    );
    if (value === undefined) continue;
    const parsed = parsePolicyEntry(value);
    if (parsed.kind === 'bad') throw new BadPolicy(`${title} "${key}": ${parsed.warning}`);
    for (const warning of parsed.warnings) log.warning(`${title} "${key}": ${warning}`);
    return parsed.entry;
  }
  return undefined;
}

function keysOf(nexthop: string): string[] {
  const keys = [nexthop];
  if (!isValidHostname(nexthop)) return keys;
  for (let dot = nexthop.indexOf('.'); dot >= 0; dot = nexthop.indexOf('.', dot + 1)) keys.push(nexthop.slice(dot));
  return keys;
}

function* lookup(tables: readonly Table[], key: string, log: Log, inWords: () => BadPolicy): Steps<string | undefined> {
  for (const table of tables) {
    try {
      const found = yield* ask(table.lookup(key));
      if (found !== undefined) return found.value;
    } catch (fault) {
      if (!(fault instanceof TableError)) throw fault;
      log.warning(`${table.name} lookup error for "${key}"`);
      throw inWords();
    }
  }
  return undefined;
}

/** The next hop's word, and the server's: the stricter one counts, but for NONE, which is stronger than MAY. */
function* findSiteLevel(target: TlsTarget, supplies: PolicySupplies): Steps<TlsLevel | undefined> {
  const {settings, log, siteTables} = supplies;
  let level: TlsLevel | undefined;
  for (const [kind, key] of [
    ['next-hop destination', target.nexthop.toLowerCase()],
    ['server hostname', target.name.toLowerCase()],
  ] as const) {
    const title = `${settings.protocol}_tls_per_site: ${kind} "${key}"`;
    const fault = (): BadPolicy => new BadPolicy(`${title}: per-site table lookup error`, NOT_ASKED);
    const word = yield* lookup(siteTables, key, log, fault);
    if (word === undefined) continue;
    const site = siteLevel(word);
    if (site === undefined)
      throw new BadPolicy(`${settings.protocol}_tls_per_site: unknown TLS policy '${word}' for ${kind} ${key}`);
    level = stricter(level, site);
  }
  return level;
}

function siteLevel(word: string): TlsLevel | undefined {
  switch (word.toLowerCase()) {
    case 'none':
      return 'none';
    case 'may':
      return 'may';
    case 'must_nopeermatch':
      return 'encrypt';
    case 'must':
      return 'verify';
    default:
      return undefined;
  }
}

function stricter(a: TlsLevel | undefined, b: TlsLevel): TlsLevel {
  if (a === undefined) return b;
  const strongest = isAtLeast(a, b) ? a : b;
  return strongest === 'may' && (a === 'none' || b === 'none') ? 'none' : strongest;
}

/** What the entry leaves open comes from main.cf. */
export function completePolicy(entry: PolicyEntry, target: TlsTarget, settings: ClientTlsSettings): TlsPolicy {
  const {level} = entry;
  const isMandatory = isAtLeast(level, 'encrypt');
  const exclusions = entry.exclude === undefined ? [settings.excluded] : [entry.exclude];
  if (isMandatory && entry.exclude === undefined) exclusions.push(settings.mandatoryExcluded);
  if (isAtLeast(level, 'fingerprint')) exclusions.push('aNULL'); // without certificate there is nothing to check
  return {
    level,
    match: matchOf(entry, target, settings),
    protocols: entry.protocols ?? (isMandatory ? settings.mandatoryProtocols : settings.protocols),
    ciphers: entry.ciphers ?? (isMandatory ? settings.mandatoryCiphers : settings.ciphers),
    exclusions,
    trustAnchorFiles: trustAnchors(entry, settings),
    serverName: serverName(entry.serverName ?? settings.serverName, target),
    reusesConnections: entry.reusesConnections ?? settings.reusesConnections,
  };
}

function matchOf({level, match}: PolicyEntry, target: TlsTarget, settings: ClientTlsSettings): readonly string[] {
  const words = (list: string): string[] => list.split(/[\s,:]+/).filter(word => word !== '');
  switch (level) {
    case 'fingerprint': {
      const own = settings.matches.fingerprint.split(/[\s,|]+/).filter(word => word !== '');
      const fingerprints = match.length > 0 ? match : own;
      if (fingerprints.length > 0) return fingerprints;
      throw new BadPolicy(
        `nexthop domain ${target.nexthop}: configured at fingerprint security level, but with no fingerprints to match.`,
      );
    }
    case 'verify':
      return names(match.length > 0 ? match : words(settings.matches.verify), target);
    case 'secure':
      return names(match.length > 0 ? match : words(settings.matches.secure), target);
    default:
      return [];
  }
}

function names(list: readonly string[], {domain, name}: TlsTarget): string[] {
  return list.map(word => {
    switch (word.toLowerCase()) {
      case 'hostname':
        return name;
      case 'nexthop':
        return domain;
      case 'dot-nexthop':
        return `.${domain}`;
      default:
        return word;
    }
  });
}

function trustAnchors({level, trustAnchorFiles}: PolicyEntry, settings: ClientTlsSettings): readonly string[] {
  if (level !== 'verify' && level !== 'secure') return [];
  if (trustAnchorFiles.length > 0) return trustAnchorFiles;
  return settings.trustAnchorFile === '' ? [] : [settings.trustAnchorFile];
}

function serverName(kind: string, {domain, name}: TlsTarget): string {
  if (kind === 'hostname') return name;
  return kind === 'nexthop' ? domain : kind;
}
