/** The certificate that an instance of its own makes for itself where main.cf names it (first-files.ts) and it is not there. */
import {normalize} from 'node:path';
import {describe} from '../base/errors.ts';
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';
import {ensureSelfSigned, selfSignedFiles} from '../net/self-signed.ts';

/** What can't be made is told; smtpd then says that it has no certificate. */
export function ensureOwnCertificate(config: Config, log: Log): void {
  const files = selfSignedFiles(config.root);
  if (normalize(config.get('smtpd_tls_cert_file')) !== normalize(files.certificateFile)) return;
  try {
    if (ensureSelfSigned(files, config.get('myhostname'), new Date()))
      log.info(`made a certificate for ${config.get('myhostname')}: ${files.certificateFile}`);
  } catch (fault) {
    log.warning(`${files.certificateFile}: ${describe(fault)}`);
  }
}
