/** ssl_* of dovecot.conf, for a connection; an instance without a certificate has its own. */
import {readFileSync} from 'node:fs';
import {toPath} from '../../base/bytes.ts';
import type {DovecotSettings} from '../../config/dovecot/dovecot-settings.ts';
import {ensureSelfSigned, selfSignedFiles} from '../../net/self-signed.ts';
import type {AccessTlsSettings} from './access-tls.ts';

export function tlsSettings(settings: DovecotSettings, root: string, hostName: string): AccessTlsSettings {
  const own = settings.get('ssl_cert') === '' ? ownPair(root, hostName) : undefined;
  return {
    certificate: own?.certificate ?? settings.get('ssl_cert'),
    key: own?.key ?? settings.get('ssl_key'),
    keyPassword: settings.get('ssl_key_password'),
    authorities: settings.get('ssl_ca'),
    asksCertificate: settings.get('ssl_verify_client_cert') || settings.get('auth_ssl_require_client_cert'),
    minProtocol: settings.get('ssl_min_protocol'),
    ciphers: settings.origin('ssl_cipher_list') === undefined ? '' : settings.get('ssl_cipher_list'),
    curves: settings.get('ssl_curve_list'),
    prefersServerCiphers: settings.get('ssl_prefer_server_ciphers'),
    alternativeCertificate: settings.get('ssl_alt_cert'),
    alternativeKey: settings.get('ssl_alt_key'),
  };
}

/** The system's instance makes none. */
function ownPair(root: string, hostName: string): {certificate: string; key: string} | undefined {
  if (root === '/') return undefined;
  const files = selfSignedFiles(root);
  ensureSelfSigned(files, hostName, new Date());
  return {
    certificate: readFileSync(toPath(files.certificateFile), 'latin1'),
    key: readFileSync(toPath(files.keyFile), 'latin1'),
  };
}

/** `ssl = no`, or nothing to show: no TLS. */
export function hasTls(settings: DovecotSettings, root: string): boolean {
  return settings.get('ssl') !== 'no' && (settings.get('ssl_cert') !== '' || root !== '/');
}
