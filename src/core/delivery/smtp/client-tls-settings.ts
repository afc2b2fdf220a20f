/** The TLS parameters of smtp(8), or those of lmtp(8) under their own names: read once for each service. */
import {ConfigError} from '../../base/errors.ts';
import type {Config} from '../../config/config.ts';
import type {ChainSettings} from '../../net/tls-chains.ts';
import {parseTlsLogLevel, type TlsLogLevel} from '../../net/tls-log-level.ts';
import type {TlsLevel} from './tls-step.ts';

export interface ClientTlsSettings {
  readonly protocol: 'smtp' | 'lmtp';
  readonly level: TlsLevel;
  readonly isWrapped: boolean;
  readonly notesOffer: boolean;
  readonly policyMaps: string;
  readonly perSite: string;
  readonly matches: {readonly fingerprint: string; readonly verify: string; readonly secure: string};
  readonly serverName: string;
  readonly protocols: string;
  readonly mandatoryProtocols: string;
  readonly ciphers: string;
  readonly mandatoryCiphers: string;
  readonly excluded: string;
  readonly mandatoryExcluded: string;
  readonly trustAnchorFile: string;
  readonly caFile: string;
  readonly caPath: string;
  readonly verifyDepth: number;
  readonly digest: string;
  readonly chains: ChainSettings;
  readonly logLevel: TlsLogLevel;
  readonly timeoutSeconds: number;
  readonly keepsSessions: boolean;
  readonly sessionSeconds: number;
  readonly reusesConnections: boolean;
  readonly insecureMxLevel: string;
  readonly forcesInsecureLookup: boolean;
  /** DANE needs a resolver that is asked for DNSSEC (postconf(5) smtp_dns_support_level). */
  readonly hasDnssec: boolean;
  readonly ignoresMxErrors: boolean;
  readonly minimalBackoffSeconds: number;
}

const LEVELS: readonly TlsLevel[] = [
  'none',
  'may',
  'encrypt',
  'fingerprint',
  'half-dane',
  'dane',
  'dane-only',
  'verify',
  'secure',
];

/** In any case, as the original reads it; undefined: no level. */
export function parseLevel(text: string): TlsLevel | undefined {
  return LEVELS.find(level => level === text.toLowerCase() && level !== 'half-dane');
}

export function isAtLeast(level: TlsLevel, other: TlsLevel): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(other);
}

export function isDane(level: TlsLevel): boolean {
  return level === 'dane' || level === 'dane-only' || level === 'half-dane';
}

/** `warn` hears of words without meaning. */
export function readClientTlsSettings(
  config: Config,
  protocol: 'smtp' | 'lmtp',
  warn: (text: string) => void,
): ClientTlsSettings {
  const isSmtp = protocol === 'smtp';
  return {
    protocol,
    level: readLevel(config, isSmtp),
    isWrapped: config.get(isSmtp ? 'smtp_tls_wrappermode' : 'lmtp_tls_wrappermode'),
    notesOffer: config.get(isSmtp ? 'smtp_tls_note_starttls_offer' : 'lmtp_tls_note_starttls_offer'),
    policyMaps: config.get(isSmtp ? 'smtp_tls_policy_maps' : 'lmtp_tls_policy_maps'),
    perSite: config.get(isSmtp ? 'smtp_tls_per_site' : 'lmtp_tls_per_site'),
    matches: {
      fingerprint: config.get(isSmtp ? 'smtp_tls_fingerprint_cert_match' : 'lmtp_tls_fingerprint_cert_match'),
      verify: config.get(isSmtp ? 'smtp_tls_verify_cert_match' : 'lmtp_tls_verify_cert_match'),
      secure: config.get(isSmtp ? 'smtp_tls_secure_cert_match' : 'lmtp_tls_secure_cert_match'),
    },
    serverName: config.get(isSmtp ? 'smtp_tls_servername' : 'lmtp_tls_servername'),
    protocols: config.get(isSmtp ? 'smtp_tls_protocols' : 'lmtp_tls_protocols'),
    mandatoryProtocols: config.get(isSmtp ? 'smtp_tls_mandatory_protocols' : 'lmtp_tls_mandatory_protocols'),
    ciphers: config.get(isSmtp ? 'smtp_tls_ciphers' : 'lmtp_tls_ciphers'),
    mandatoryCiphers: config.get(isSmtp ? 'smtp_tls_mandatory_ciphers' : 'lmtp_tls_mandatory_ciphers'),
    excluded: config.get(isSmtp ? 'smtp_tls_exclude_ciphers' : 'lmtp_tls_exclude_ciphers'),
    mandatoryExcluded: config.get(isSmtp ? 'smtp_tls_mandatory_exclude_ciphers' : 'lmtp_tls_mandatory_exclude_ciphers'),
    trustAnchorFile: config.get(isSmtp ? 'smtp_tls_trust_anchor_file' : 'lmtp_tls_trust_anchor_file'),
    caFile: config.get(isSmtp ? 'smtp_tls_CAfile' : 'lmtp_tls_CAfile'),
    caPath: config.get(isSmtp ? 'smtp_tls_CApath' : 'lmtp_tls_CApath'),
    verifyDepth: config.get(isSmtp ? 'smtp_tls_scert_verifydepth' : 'lmtp_tls_scert_verifydepth'),
    digest: config.get(isSmtp ? 'smtp_tls_fingerprint_digest' : 'lmtp_tls_fingerprint_digest'),
    chains: readChainSettings(config, isSmtp),
    logLevel: readLogLevel(config, isSmtp, warn),
    timeoutSeconds: config.get(isSmtp ? 'smtp_starttls_timeout' : 'lmtp_starttls_timeout'),
    keepsSessions: config.get(isSmtp ? 'smtp_tls_session_cache_database' : 'lmtp_tls_session_cache_database') !== '',
    sessionSeconds: config.get(isSmtp ? 'smtp_tls_session_cache_timeout' : 'lmtp_tls_session_cache_timeout'),
    reusesConnections: config.get(isSmtp ? 'smtp_tls_connection_reuse' : 'lmtp_tls_connection_reuse'),
    insecureMxLevel: config.get('smtp_tls_dane_insecure_mx_policy'),
    forcesInsecureLookup: config.get(
      isSmtp ? 'smtp_tls_force_insecure_host_tlsa_lookup' : 'lmtp_tls_force_insecure_host_tlsa_lookup',
    ),
    hasDnssec: hasDnssec(config, isSmtp),
    ignoresMxErrors: isSmtp && config.get('ignore_mx_lookup_error'),
    minimalBackoffSeconds: config.get('minimal_backoff_time'),
  };
}

function readLevel(config: Config, isSmtp: boolean): TlsLevel {
  const text = config.get(isSmtp ? 'smtp_tls_security_level' : 'lmtp_tls_security_level');
  if (text !== '') {
    const level = parseLevel(text);
    if (level === undefined) throw new ConfigError(`Invalid TLS level "${text}"`);
    return level;
  }
  if (config.get(isSmtp ? 'smtp_enforce_tls' : 'lmtp_enforce_tls'))
    return config.get(isSmtp ? 'smtp_tls_enforce_peername' : 'lmtp_tls_enforce_peername') ? 'verify' : 'encrypt';
  return config.get(isSmtp ? 'smtp_use_tls' : 'lmtp_use_tls') ? 'may' : 'none';
}

function readLogLevel(config: Config, isSmtp: boolean, warn: (text: string) => void): TlsLogLevel {
  const name = isSmtp ? 'smtp_tls_loglevel' : 'lmtp_tls_loglevel';
  return parseTlsLogLevel(name, config.get(name), warn);
}

function hasDnssec(config: Config, isSmtp: boolean): boolean {
  const hosts = config.list(isSmtp ? 'smtp_host_lookup' : 'lmtp_host_lookup');
  const support = config.get(isSmtp ? 'smtp_dns_support_level' : 'lmtp_dns_support_level');
  return hosts.includes('dns') && support === 'dnssec';
}

function readChainSettings(config: Config, isSmtp: boolean): ChainSettings {
  return {
    side: isSmtp ? 'smtp' : 'lmtp',
    chainFiles: config.list(isSmtp ? 'smtp_tls_chain_files' : 'lmtp_tls_chain_files'),
    pairs: [
      {
        kind: 'RSA',
        certificateFile: config.get(isSmtp ? 'smtp_tls_cert_file' : 'lmtp_tls_cert_file'),
        keyFile: config.get(isSmtp ? 'smtp_tls_key_file' : 'lmtp_tls_key_file'),
      },
      {
        kind: 'DSA',
        certificateFile: config.get(isSmtp ? 'smtp_tls_dcert_file' : 'lmtp_tls_dcert_file'),
        keyFile: config.get(isSmtp ? 'smtp_tls_dkey_file' : 'lmtp_tls_dkey_file'),
      },
      {
        kind: 'ECDSA',
        certificateFile: config.get(isSmtp ? 'smtp_tls_eccert_file' : 'lmtp_tls_eccert_file'),
        keyFile: config.get(isSmtp ? 'smtp_tls_eckey_file' : 'lmtp_tls_eckey_file'),
      },
    ],
  };
}
