/**
 * A result of smtp_tls_policy_maps: a level, then attributes (`secure match=.example.com:nexthop protocols=>=TLSv1.2`),
 * with blanks or commas between. Parentheses of meaning are the original's: an attribute that a level can't have is an
 * error, and so is an unknown one.
 */
import {isValidHostname} from '../../address/host-syntax.ts';
import {isDane, parseLevel} from './client-tls-settings.ts';
import type {TlsLevel} from './tls-step.ts';

export interface PolicyEntry {
  readonly level: TlsLevel;
  /** Kinds of names and names; of fingerprints the hexadecimal digits. */
  readonly match: readonly string[];
  readonly protocols: string | undefined;
  readonly ciphers: string | undefined;
  readonly exclude: string | undefined;
  readonly trustAnchorFiles: readonly string[];
  readonly serverName: string | undefined;
  readonly reusesConnections: boolean | undefined;
}
export type ParsedEntry =
  /** `warnings`: what is passed over. */
  | {readonly kind: 'entry'; readonly entry: PolicyEntry; readonly warnings: readonly string[]}
  | {readonly kind: 'bad'; readonly warning: string};

interface Draft {
  level: TlsLevel;
  match: string[];
  protocols?: string;
  ciphers?: string;
  exclude?: string;
  trustAnchorFiles: string[];
  serverName?: string;
  reusesConnections?: boolean;
}

export function parsePolicyEntry(value: string): ParsedEntry {
  const [first = '', ...words] = value.split(/[\s,]+/).filter(word => word !== '');
  const level = parseLevel(first);
  if (level === undefined) return {kind: 'bad', warning: `invalid security level "${first}"`};
  const draft: Draft = {level, match: [], trustAnchorFiles: []};
  const warnings: string[] = [];
  for (const word of words) {
    if (level === 'none') warnings.push(`ignoring attribute "${word}" with TLS disabled`);
    else {
      const warning = takeAttribute(draft, word);
      if (warning !== undefined) return {kind: 'bad', warning};
    }
  }
  return {kind: 'entry', entry: finished(draft), warnings};
}

function finished(draft: Draft): PolicyEntry {
  return {
    level: draft.level,
    match: draft.match,
    protocols: draft.protocols,
    ciphers: draft.ciphers,
    exclude: draft.exclude,
    trustAnchorFiles: draft.trustAnchorFiles,
    serverName: draft.serverName,
    reusesConnections: draft.reusesConnections,
  };
}

/** Answers what is wrong with it. */
function takeAttribute(draft: Draft, word: string): string | undefined {
  const equals = word.indexOf('=');
  if (equals < 0) return `malformed attribute/value pair "${word}": missing '=' after attribute name`;
  const name = word.slice(0, equals);
  const value = word.slice(equals + 1);
  switch (name.toLowerCase()) {
    case 'protocols': // seen: nothing is a value
      draft.protocols = value;
      return undefined;
    case 'exclude':
      draft.exclude = value;
      return undefined;
    case 'ciphers':
      if (value === '') return emptyValue(name);
      draft.ciphers = value;
      return undefined;
    case 'match':
      return takeMatch(draft, name, value);
    case 'tafile':
      return takeTrustAnchor(draft, name, value);
    case 'servername':
      return takeServerName(draft, word, value);
    case 'connection_reuse':
      return takeReuse(draft, name, value);
    default:
      return `invalid attribute name: "${name}"`;
  }
}

function takeMatch(draft: Draft, name: string, value: string): string | undefined {
  if (value === '') return emptyValue(name);
  switch (draft.level) {
    case 'fingerprint':
      draft.match.push(...value.split('|').filter(part => part !== ''));
      return undefined;
    case 'verify':
    case 'secure':
      draft.match.push(...value.split(':').filter(part => part !== ''));
      return undefined;
    default:
      return invalidHere(name, draft.level);
  }
}

function takeTrustAnchor(draft: Draft, name: string, value: string): string | undefined {
  if (draft.level !== 'verify' && draft.level !== 'secure') return invalidHere(name, draft.level);
  if (value === '') return emptyValue(name);
  draft.trustAnchorFiles.push(value);
  return undefined;
}

function takeServerName(draft: Draft, word: string, value: string): string | undefined {
  if (isDane(draft.level)) return invalidHere('servername', draft.level); // the record's own name is sent
  const isKind = value === 'hostname' || value === 'nexthop';
  if (!isKind && !isValidHostname(value)) return `"${word}" specifies an invalid hostname`;
  draft.serverName = value;
  return undefined;
}

function takeReuse(draft: Draft, name: string, value: string): string | undefined {
  const folded = value.toLowerCase();
  if (folded !== 'yes' && folded !== 'no') return `attribute "${name}" has bad value: "${value}"`;
  draft.reusesConnections = folded === 'yes';
  return undefined;
}

function emptyValue(name: string): string {
  return `attribute "${name}" has empty value`;
}

function invalidHere(name: string, level: TlsLevel): string {
  return `attribute "${name}" invalid at security level "${level}"`;
}
