/**
 * The SASL server that main.cf asks for (smtpd_sasl_type).
 *
 * `cyrus`, the default, means "what this host has": here that are the instance's own accounts, as with `posthorn`.
 * `dovecot` means them too while smtpd_sasl_path is not set.
 */
import {join} from 'node:path';
import type {Config} from '../../config/config.ts';
import type {Log} from '../../log/log.ts';
import {UsersFileLogins} from './login-source.ts';
import {OwnSaslServer} from './own-sasl-server.ts';
import type {SaslServer} from './sasl.ts';

export interface OpenSaslServerOptions {
  /** Root of the instance. */
  readonly root: string;
}

export function openSaslServer(config: Config, log: Log, {root}: OpenSaslServerOptions): SaslServer {
  const source = new UsersFileLogins(join(root, 'etc/dovecot/users'));
  return new OwnSaslServer({source, log, hostName: config.get('myhostname')});
}
