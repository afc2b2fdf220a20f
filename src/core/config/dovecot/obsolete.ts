/**
 * Spellings of Dovecot 1.x that still work: each is put in today's words, with a warning that says so. The authority is
 * what doveconf of Dovecot 2.3.19 prints for them.
 */
import type {ConfigReader} from './config-reader.ts';
import {filterMatches, type Filter} from './filter.ts';
import {OldAuthSection} from './obsolete-auth.ts';
import {nestFilter} from './nested-filter.ts';
import {minimumOf} from './obsolete-ssl.ts';
import {currentProtocols} from './obsolete-protocols.ts';

/** Of the login processes, and of the processes behind them. */
const LOGIN_SETTINGS: ReadonlyMap<string, string> = new Map([
  ['login_chroot', 'chroot'],
  ['login_executable', 'executable'],
  ['login_process_size', 'vsz_limit'],
  ['login_process_per_connection', 'service_count'],
  ['login_processes_count', 'process_min_avail'],
  ['login_max_processes_count', 'process_limit'],
  ['login_max_connections', 'client_limit'],
]);
const MAIL_SETTINGS: ReadonlyMap<string, string> = new Map([
  ['max_mail_processes', 'process_limit'],
  ['mail_executable', 'executable'],
  ['mail_process_size', 'vsz_limit'],
  ['mail_drop_priv_before_exec', 'drop_priv_before_exec'],
]);
const AUTH_SETTINGS: ReadonlyMap<string, string> = new Map([
  ['auth_executable', 'executable'],
  ['auth_process_size', 'vsz_limit'],
  ['auth_user', 'user'],
  ['auth_chroot', 'chroot'],
]);

/** The server of a protocol: its login process is called `NAME-login`. */
const SERVERS: readonly (readonly [protocol: string, service: string])[] = [
  ['imap', 'imap'],
  ['pop3', 'pop3'],
  ['sieve', 'managesieve'],
];

const RENAMED: ReadonlyMap<string, string> = new Map([
  ['ssl_disable', 'ssl'],
  ['fsync_disable', 'mail_fsync'],
  ['dbox_rotate_size', 'mdbox_rotate_size'],
]);
const REMOVED: ReadonlySet<string> = new Set([
  'login_dir',
  'dbox_rotate_min_size',
  'dbox_rotate_days',
  'director_consistent_hashing',
  'mail_log_max_lines_per_sec',
  'maildir_copy_preserve_filename',
]);

export class ObsoleteSettings {
  readonly #reader: ConfigReader;
  readonly #auth: OldAuthSection;
  #isNoted = false;

  constructor(reader: ConfigReader) {
    this.#reader = reader;
    this.#auth = new OldAuthSection(reader, text => this.#warn(text));
  }

  /** Whether the section was one of old: it is open then, or its settings are waited for. */
  takeSection(key: string, name: string): boolean {
    if (this.#auth.takeSection(key, name)) return true;
    if (this.#reader.frame.path.length > 0) return false;
    if (key === 'protocol' && name === 'managesieve') {
      nestFilter(this.#reader.frame.layer.filter, key, name); // where it may not stand, that is said
      this.#warn('protocol managesieve {} has been replaced by protocol sieve { }');
      this.#reader.openSection(key, 'sieve');
      return true;
    }
    if (key === 'service' && name === 'dns_client') {
      this.#warn('service dns_client {} has been replaced by service dns-client { }');
      this.#reader.openSection(key, 'dns-client');
      return true;
    }
    return false;
  }

  sectionClosed(): void {
    this.#auth.sectionClosed();
  }

  /** Whether the setting was one of old, and has been made. */
  takeSetting(key: string, value: string): boolean {
    const {frame} = this.#reader;
    if (this.#auth.takeSetting(key, value)) return true;
    if (frame.dictionary === 'plugin' && key === 'imap_zlib_compress_level') {
      this.#warn(`${key} has been replaced by imap_compress_deflate_level`);
      this.#reader.set('imap_compress_deflate_level', value, 'plain');
      return true;
    }
    const prefixed = this.#auth.isInside && !key.startsWith('auth_') ? `auth_${key}` : key;
    if (frame.path.length > 0) return false;
    if (this.#takeRoot(key, value) || this.#takeService(prefixed, value) || this.#takeRoot(prefixed, value))
      return true;
    if (prefixed === key) return false;
    this.#reader.set(prefixed, value, 'plain');
    return true;
  }

  #warn(text: string): void {
    const {options, position} = this.#reader;
    if (!this.#isNoted) options.warn('NOTE: You can get a new clean config file with: doveconf -Pn > dovecot-new.conf');
    this.#isNoted = true;
    options.warn(`Obsolete setting in ${position.file}:${position.line}: ${text}`);
  }

  #takeService(key: string, value: string): boolean {
    const login = LOGIN_SETTINGS.get(key);
    const mail = MAIL_SETTINGS.get(key);
    const auth = AUTH_SETTINGS.get(key);
    const setting = login ?? mail ?? auth;
    if (setting === undefined) return key === 'ssl_listen' || key === 'listen' ? this.#takeListen(key, value) : false;
    this.#warn(`${key} has been replaced by service ${auth === undefined ? '' : 'auth '}{ ${setting} }`);
    const current = currentValue(setting, value, key);
    if (auth !== undefined) this.#setCommon(`service/auth/${setting}`, current);
    else
      for (const service of this.#servers())
        this.#setCommon(`service/${service}${login === undefined ? '' : '-login'}/${setting}`, current);
    return true;
  }

  /** The servers that the section around is for. */
  #servers(): string[] {
    const {filter} = this.#reader.frame.layer;
    return SERVERS.filter(([protocol]) => concernsProtocol(filter, protocol)).map(([, service]) => service);
  }

  #setCommon(path: string, value: string): void {
    this.#reader.setBelow(this.#reader.common.root, path, value, 'plain');
  }

  /** `listen = host:port`, and listen within a protocol. */
  #takeListen(key: string, value: string): boolean {
    const isSsl = key === 'ssl_listen';
    const isCommon = this.#reader.frame.layer === this.#reader.common;
    const hasPort = listensOnPort(value);
    if (!isSsl && isCommon && !hasPort) return false;
    if (value === '') return true;
    const colon = hasPort ? value.lastIndexOf(':') : value.length;
    if (hasPort) {
      this.#warn(`${key}=..:port has been replaced by service { inet_listener { port } }`);
      this.#setListeners(isSsl, 'port', value.slice(colon + 1));
    }
    const addresses = value.slice(0, colon);
    if (isCommon && !isSsl) {
      this.#reader.set(key, addresses, 'plain');
      return true;
    }
    this.#warn(`protocol { ${key} } has been replaced by service { inet_listener { address } }`);
    this.#setListeners(isSsl, 'address', addresses);
    return true;
  }

  #setListeners(isSsl: boolean, setting: string, value: string): void {
    for (const service of this.#servers())
      if (service !== 'managesieve')
        // its listener was never called managesieve: the original's own change is lost
        this.#setCommon(`service/${service}-login/inet_listener/${service}${isSsl ? 's' : ''}/${setting}`, value);
  }

  #takeRoot(key: string, value: string): boolean {
    if (key === 'protocols') {
      this.#reader.set(key, this.#protocols(value), 'plain');
      return true;
    }
    if (this.#takeSslRoot(key, value)) return true;
    if (key === 'sieve' || key === 'sieve_storage') {
      const place = key === 'sieve' ? 'plugin {} section' : 'plugin { sieve_dir }';
      this.#warn(`${key} has been moved into ${place}`);
      this.#reader.setBelow(this.#reader.frame.layer.root, `plugin/${key}`, value, 'plain');
      return true;
    }
    if (REMOVED.has(key)) {
      this.#warn(`${key} has been removed`);
      return true;
    }
    return this.#takeRenamed(key, value) || this.#takeChangedValue(key, value);
  }

  #protocols(value: string): string {
    const {text, obsoletes, silenced} = currentProtocols(value);
    for (const obsolete of obsoletes) this.#warn(obsolete);
    const {root} = this.#reader.frame.layer;
    for (const name of silenced)
      this.#reader.setBelow(root, `service/${name}-login/inet_listener/${name}/port`, '0', 'plain');
    return text;
  }

  #takeRenamed(key: string, value: string): boolean {
    const compress = 'mail_cache_compress_';
    const current = key.startsWith(compress) ? `mail_cache_purge_${key.slice(compress.length)}` : RENAMED.get(key);
    if (current === undefined) return false;
    this.#warn(`${key} has been renamed to ${current}`);
    this.#reader.set(current, renamedValue(key, value), 'plain');
    return true;
  }

  #takeChangedValue(key: string, value: string): boolean {
    if (key === 'auth_count') {
      this.#warn('auth_count has been removed, and its value must be 1');
      return true;
    }
    if (key === 'auth_cache_size') return this.#takeCacheSize(key, value);
    if (key !== 'imap_client_workarounds') return false;
    const words = value.split(/[ ,]+/).map(word => this.#workaround(word));
    this.#reader.set(key, words.join(' '), 'plain');
    return true;
  }

  /** It was megabytes once. */
  #takeCacheSize(key: string, value: string): boolean {
    const size = /^\d{1,4}$/.test(value) ? Number(value) : 0;
    if (size === 0 || size >= 1024) return false;
    this.#warn(`auth_cache_size value no longer defaults to megabytes. Use ${value}M`);
    this.#reader.set(key, `${value}M`, 'plain');
    return true;
  }

  #workaround(word: string): string {
    if (word === 'outlook-idle') this.#warn('imap_client_workarounds=outlook-idle is no longer necessary');
    else if (word === 'netscape-eoh') this.#warn('imap_client_workarounds=netscape-eoh is no longer supported');
    else return word;
    return '';
  }

  #takeSslRoot(key: string, value: string): boolean {
    if (key === 'ssl_cert_file' || key === 'ssl_key_file' || key === 'ssl_ca_file') {
      if (value === '') return true;
      const current = key.slice(0, -'_file'.length);
      this.#warn(`${key} has been replaced by ${current} = <file`);
      this.#reader.set(current, value, 'file');
      return true;
    }
    if (key === 'ssl_parameters_regenerate' || key === 'ssl_dh_parameters_length') {
      this.#warn(`${key} is no longer needed`);
      return true;
    }
    if (key !== 'ssl_protocols') return false;
    this.#warn(`${key} has been replaced by ssl_min_protocol`);
    const minimum = minimumOf(value);
    if (minimum.version !== undefined) this.#reader.set('ssl_min_protocol', minimum.version, 'plain');
    else
      this.#reader.options.complain(
        `Could not find a minimum ssl_min_protocol setting from ssl_protocols = ${value}: ${minimum.why}`,
      );
    return true;
  }
}

/** A layer for some addresses only is for no protocol as a whole. */
function concernsProtocol(filter: Filter, protocol: string): boolean {
  return filter.protocol === undefined ? filterMatches(filter, {}) : filterMatches(filter, {protocol});
}

function currentValue(setting: string, value: string, key: string): string {
  if (setting === 'vsz_limit') return `${value} M`;
  if (key === 'login_chroot') return value.toLowerCase() === 'yes' ? 'login' : '';
  if (key === 'login_process_per_connection') return value.toLowerCase() === 'yes' ? '1' : '0';
  return value;
}

function renamedValue(key: string, value: string): string {
  const word = value.toLowerCase();
  if (word !== 'yes' && word !== 'no') return value;
  if (key === 'ssl_disable') return word === 'yes' ? 'no' : 'yes';
  if (key === 'fsync_disable') return word === 'yes' ? 'never' : 'optimized';
  return value;
}

/** Whether one of the addresses ends in `:port`; an IPv6 address in brackets doesn't by itself. */
function listensOnPort(value: string): boolean {
  return value.split(/[ ,]+/).some(each => {
    const end = each.startsWith('[') ? each.indexOf(']') : -1;
    const colon = each.indexOf(':', Math.max(end, 0));
    if (colon < 0 || (end < 0 && each.indexOf(':', colon + 1) >= 0)) return false;
    return /^:\d{1,5}$/.test(each.slice(colon)) && Number(each.slice(colon + 1)) > 0;
  });
}
