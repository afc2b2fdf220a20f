/** The certificates that main.cf and the `-o` settings of master.cf name: there, readable, with their key, in force. */
import {createPrivateKey, X509Certificate} from 'node:crypto';
import {existsSync, readFileSync} from 'node:fs';
import {describe} from '../../base/errors.ts';
import type {Config} from '../../config/config.ts';
import {selfSignedFiles} from '../../net/self-signed.ts';
import {failure, ok, warning, type Finding} from './finding.ts';

const DAY_MILLISECONDS = 86_400_000;
const SOON_DAYS = 14;

export function checkCertificates(config: Config, now: number): Finding[] {
  const pairs = [
    ...config.list('smtpd_tls_chain_files').map(file => [file, file] as const),
    [config.get('smtpd_tls_cert_file'), config.get('smtpd_tls_key_file')] as const,
    [config.get('smtpd_tls_eccert_file'), config.get('smtpd_tls_eckey_file')] as const,
    [config.get('smtp_tls_cert_file'), config.get('smtp_tls_key_file')] as const,
  ];
  const named = pairs.filter(([file]) => file !== '' && file !== 'none');
  const own = selfSignedFiles(config.root);
  if (named.length === 0 && config.root !== '/' && existsSync(own.certificateFile))
    named.push([own.certificateFile, own.keyFile]);
  const findings = named.flatMap(([certificate, key]) => checkPair(certificate, key, config, now));
  const isWanted = config.get('smtpd_tls_security_level') !== '' && config.get('smtpd_tls_security_level') !== 'none';
  if (isWanted && named.length === 0 && config.root === '/')
    findings.push(warning('certificates', 'smtpd_tls_security_level is set, and there is no certificate'));
  return findings.length === 0 ? [ok('certificates', 'none are set')] : findings;
}

function checkPair(file: string, keyFile: string, config: Config, now: number): Finding[] {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(certificateIn(readFileSync(file, 'latin1')));
  } catch (fault) {
    return [failure('certificates', `${file}: ${describe(fault)}`)];
  }
  const findings = [checkDates(certificate, file, now), ...checkName(certificate, file, config)];
  const keyFault = faultOfKey(certificate, keyFile === '' ? file : keyFile);
  return keyFault === undefined ? findings : [...findings, failure('certificates', keyFault)];
}

/** A chain file may begin with the key. */
function certificateIn(pem: string): string {
  return /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/.exec(pem)?.[0] ?? pem;
}

function checkDates(certificate: X509Certificate, file: string, now: number): Finding {
  const days = Math.floor((Date.parse(certificate.validTo) - now) / DAY_MILLISECONDS);
  if (Date.parse(certificate.validFrom) > now)
    return failure('certificates', `${file} is not in force before ${certificate.validFrom}`);
  if (days < 0) return failure('certificates', `${file} ran out on ${certificate.validTo}`);
  if (days < SOON_DAYS) return warning('certificates', `${file} runs out in ${days} days`);
  return ok('certificates', `${file} is in force for ${days} more days`);
}

function checkName(certificate: X509Certificate, file: string, config: Config): Finding[] {
  const name = config.get('myhostname');
  if (certificate.checkHost(name) !== undefined || !name.includes('.')) return [];
  return [warning('certificates', `${file} does not name ${name} (myhostname)`)];
}

function faultOfKey(certificate: X509Certificate, file: string): string | undefined {
  try {
    const key = createPrivateKey(readFileSync(file, 'latin1'));
    return certificate.checkPrivateKey(key) ? undefined : `the key in ${file} is not that of its certificate`;
  } catch (fault) {
    return `${file}: ${describe(fault)}`;
  }
}
