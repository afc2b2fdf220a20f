/** The parameters of smtpd's TLS, read once for each service. Throws `ConfigError` on a level that does not exist. */
import {ConfigError} from '../base/errors.ts';
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';
import type {ChainSettings} from '../net/tls-chains.ts';
import {ensureInstanceCertificate, withInstanceCertificate} from './instance-certificate.ts';
import {parseTlsLogLevel, type TlsLogLevel} from '../net/tls-log-level.ts';

export type ServerLevel = 'none' | 'may' | 'encrypt';

export interface SmtpdTlsSettings {
  readonly level: ServerLevel;
  readonly isWrapped: boolean;
  /** TLS is a must: `encrypt`, or from the first byte on. */
  readonly isRequired: boolean;
  readonly asksCertificate: boolean;
  readonly requiresCertificate: boolean;
  readonly chains: ChainSettings;
  /** smtpd_tls_cert_file = none: ciphers without certificates only. */
  readonly isAnonymous: boolean;
  readonly logLevel: TlsLogLevel;
}

export function readSmtpdTlsSettings(config: Config, log: Log): SmtpdTlsSettings {
  const level = readLevel(config, log);
  const isWrapped = config.get('smtpd_tls_wrappermode');
  const isRequired = level === 'encrypt' || isWrapped;
  const ownChains = readChainSettings(config);
  if (level !== 'none' || isWrapped) ensureInstanceCertificate(config, ownChains, log, new Date());
  const chains = withInstanceCertificate(config, ownChains);
  const wantsCertificate = config.get('smtpd_tls_req_ccert');
  if (wantsCertificate && !isRequired && level !== 'none')
    log.warning("Can't require client certs unless TLS is required");
  return {
    level,
    isWrapped,
    isRequired,
    asksCertificate: config.get('smtpd_tls_ask_ccert') || (wantsCertificate && isRequired),
    requiresCertificate: wantsCertificate && isRequired,
    chains: {...chains, pairs: chains.pairs.filter(({certificateFile}) => certificateFile.toLowerCase() !== 'none')},
    isAnonymous: chains.pairs.some(({certificateFile}) => certificateFile.toLowerCase() === 'none'),
    logLevel: parseTlsLogLevel('smtpd_tls_loglevel', config.get('smtpd_tls_loglevel'), text => log.warning(text)),
  };
}

const LEVELS = ['none', 'may', 'encrypt', 'fingerprint', 'half-dane', 'dane', 'dane-only', 'verify', 'secure'];

function readLevel(config: Config, log: Log): ServerLevel {
  const text = config.get('smtpd_tls_security_level');
  if (text === '') {
    if (config.get('smtpd_enforce_tls')) return 'encrypt';
    return config.get('smtpd_use_tls') ? 'may' : 'none';
  }
  const level = text.toLowerCase();
  if (!LEVELS.includes(level)) throw new ConfigError(`Invalid TLS level "${text}"`);
  if (level === 'none' || level === 'may' || level === 'encrypt') return level;
  log.warning(`smtpd_tls_security_level: unsupported TLS level "${text}", using "encrypt"`);
  return 'encrypt';
}

function readChainSettings(config: Config): ChainSettings {
  return {
    side: 'smtpd',
    chainFiles: config.list('smtpd_tls_chain_files'),
    pairs: [
      {
        kind: 'RSA',
        certificateFile: config.get('smtpd_tls_cert_file'),
        keyFile: config.get('smtpd_tls_key_file'),
      },
      {
        kind: 'DSA',
        certificateFile: config.get('smtpd_tls_dcert_file'),
        keyFile: config.get('smtpd_tls_dkey_file'),
      },
      {
        kind: 'ECDSA',
        certificateFile: config.get('smtpd_tls_eccert_file'),
        keyFile: config.get('smtpd_tls_eckey_file'),
      },
    ],
  };
}
