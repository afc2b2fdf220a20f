/**
 * The SASL server that main.cf asks for (smtpd_sasl_type), with its filters. Close it when the configuration changes.
 *
 * `posthorn` is the instance's own accounts: `etc/dovecot/users`, or the system's users in root's instance. `cyrus`, the
 * original's default, means "what this host has", and that they are too; so does `dovecot` while smtpd_sasl_path is not
 * set. Else `dovecot` is an auth service behind the socket that smtpd_sasl_path names.
 *
 * Throws `ConfigError` for an unknown type, unknown options and an impossible path.
 */
import {dirname, basename, join, resolve} from 'node:path';
import {ConfigError} from '../../base/errors.ts';
import {socketPath} from '../../base/socket-path.ts';
import type {Config} from '../../config/config.ts';
import type {Log} from '../../log/log.ts';
import {openParameterList} from '../../table/parameter-list.ts';
import {instanceAuthSettings} from '../auth/settings.ts';
import type {AuthPlace} from './dovecot-auth-connection.ts';
import {DovecotSaslServer} from './dovecot-sasl-server.ts';
import {FilteredSaslServer} from './filtered-sasl-server.ts';
import {OwnSaslServer} from './own-sasl-server.ts';
import type {SaslServer} from './sasl.ts';
import {securityTest} from './security-options.ts';

export interface OpenSaslServerOptions {
  /** Root of the instance. */
  readonly root: string;
  /** The accounts of dovecot.conf, where there is one. */
  readonly accounts?: SaslServer | undefined;
}

export function openSaslServer(config: Config, log: Log, options: OpenSaslServerOptions): SaslServer {
  const list = openParameterList('smtpd_sasl_mechanism_filter', config, {log});
  const filters = {
    isSafePlain: securityTest(config.list('smtpd_sasl_security_options'), 'smtpd_sasl_security_options'),
    isSafeEncrypted: securityTest(config.list('smtpd_sasl_tls_security_options'), 'smtpd_sasl_tls_security_options'),
    isWanted: (mechanism: string) => list.matches(mechanism),
  };
  return new FilteredSaslServer(openUnfiltered(config, log, options), filters, log);
}

function openUnfiltered(config: Config, log: Log, {root, accounts}: OpenSaslServerOptions): SaslServer {
  const type = config.get('smtpd_sasl_type');
  const title = config.get('smtpd_sasl_path');
  const isDovecots = type === 'dovecot' && config.origin('smtpd_sasl_path') !== undefined;
  if (isDovecots) return new DovecotSaslServer({place: placeOf(title, config.get('queue_directory')), title, log});
  if (!['cyrus', 'dovecot', 'posthorn'].includes(type))
    throw new ConfigError(`unsupported SASL server implementation: ${type}`);
  const isSystems = root === '/' && process.getuid?.() === 0;
  const settings = instanceAuthSettings(isSystems ? undefined : join(root, 'etc/dovecot/users'));
  return accounts ?? new OwnSaslServer({settings, log, hostName: config.get('myhostname')});
}

/** `private/auth`, `unix:private/auth`, `inet:host:port` (SASL_README). */
function placeOf(text: string, queueDirectory: string): AuthPlace {
  const [, host, port] = /^inet:(.*):(\d{1,5})$/.exec(text) ?? [];
  if (host !== undefined)
    return {host: host === '' ? 'localhost' : host.replace(/^\[(.*)\]$/, '$1'), port: Number(port)};
  if (text.startsWith('inet:')) throw new ConfigError(`smtpd_sasl_path: "${text}" is not inet:host:port`);
  const path = resolve(queueDirectory, text.replace(/^unix:/, ''));
  return {path: socketPath(dirname(path), basename(path))};
}
