/**
 * Mail access as everybody needs it who works with users' mail: dovecot.conf, the accounts, and each user's mail. The
 * configuration is read again when one of its files has changed; a broken one leaves the last good one in force.
 */
import {statSync} from 'node:fs';
import {hostname} from 'node:os';
import {normalize} from 'node:path';
import {AccountService, type AskedBy} from '../../account/account-service.ts';
import type {UserLookup, UserRecord} from '../../account/sasl/sasl.ts';
import {toPath} from '../../base/bytes.ts';
import {FatalError} from '../../base/errors.ts';
import {type DovecotConfig, loadDovecotConfig} from '../../config/dovecot/dovecot-config.ts';
import type {DovecotSettings} from '../../config/dovecot/dovecot-settings.ts';
import {dovecotConfigPlace} from '../../config/dovecot/place.ts';
import {userVariables} from '../../config/dovecot/variables.ts';
import {type DovecotLogPlaces, openDovecotSink} from '../../config/dovecot-log-sink.ts';
import type {OpenSink} from '../../config/log-sink.ts';
import type {Log} from '../../log/log.ts';
import type {MailStore} from '../../mailbox/mail-store.ts';
import {ensureSelfSigned, selfSignedFiles} from '../../net/self-signed.ts';
import {openStore} from '../../mailbox/open-store.ts';
import {authSettings} from './auth-settings.ts';
import {expandFor, type MailUser, storeSettings} from './store-settings.ts';

/** What tells a process which mail access it is for; goes over as JSON. */
export interface AccessPlace {
  readonly root: string;
  /** undefined: the instance's. */
  readonly file: string | undefined;
  readonly overrides: readonly string[];
}

export class MailAccess {
  readonly place: AccessPlace;
  readonly root: string;
  readonly hostName = hostname();
  #config: DovecotConfig;
  #stamp: string;
  #accounts: AccountService | undefined;
  #log: Log | undefined;

  /** Throws `ConfigError` when dovecot.conf can't be used. */
  constructor(place: AccessPlace, log?: Log) {
    this.place = place;
    this.root = place.root;
    this.#log = log;
    this.#config = this.#load();
    this.#stamp = stampOf(this.#config.files);
  }

  get config(): DovecotConfig {
    return this.#config;
  }

  /** What is in force for everybody. */
  get settings(): DovecotSettings {
    return this.#config.settings();
  }

  settingsFor(protocol: string): DovecotSettings {
    return this.#config.settings({protocol});
  }

  /** Those of `protocols` that there are. */
  protocols(): string[] {
    const {settings} = this;
    const isSet = settings.origin('protocols') !== undefined;
    const named = isSet ? settings.get('protocols') : DEFAULT_PROTOCOLS;
    return named.split(' ').filter(word => word !== '');
  }

  serviceNames(): string[] {
    return this.settings.services.map(service => service.name);
  }

  get accounts(): AccountService {
    return (this.#accounts ??= new AccountService({
      settings: authSettings(this.#config.settings({protocol: 'auth'}), this.root),
      log: this.#log?.as('auth') ?? SILENT,
      hostName: this.hostName,
    }));
  }

  lookupUser(name: string, by: AskedBy = {}): Promise<UserLookup> {
    return this.accounts.lookupUser(name, by);
  }

  /** The caller of a tool has mail here whether an account of his is known or not: local delivery makes his mailbox. */
  async lookupUserOrCaller(name: string, by: AskedBy, caller: string): Promise<UserLookup> {
    const found = await this.lookupUser(name, by);
    if (found.kind !== 'unknown' || name !== caller) return found;
    const user = {username: name, uid: undefined, gid: undefined, home: undefined, mail: undefined, fields: new Map()};
    return {kind: 'found', user};
  }

  /** Of everybody that the userdbs can list. Throws when they can't. */
  listUsers(): Promise<string[]> {
    const {names, isComplete} = this.accounts.users();
    if (!isComplete) throw new FatalError('auth-master: userdb list: User listing returned failure');
    return Promise.resolve([...names]);
  }

  /** undefined: there is no such user. Throws when he can't be looked up; `location` takes the place of his own. */
  async openStore(username: string, service: string, location?: string): Promise<MailStore | undefined> {
    const found = await this.lookupUser(username, {service});
    if (found.kind === 'unknown') return undefined;
    if (found.kind === 'broken')
      throw new FatalError('Internal error occurred. Refer to server log for more information.');
    return this.openStoreOf(found.user, service, location);
  }

  openStoreOf(record: UserRecord, service: string, location?: string): Promise<MailStore> {
    const user = this.mailUser(record, service);
    const settings = storeSettings(user, this.settingsFor(service), {root: this.root, hostName: this.hostName});
    return openStore(location === undefined ? settings : {...settings, location, namespaces: []});
  }

  mailUser(record: UserRecord, service: string): MailUser {
    const settings = this.settingsFor(service);
    const names = variablesOf(record, service, this.hostName);
    const below = this.root === '/' ? '' : `${this.root}/home/${record.username}`;
    const home = record.home ?? (expandFor(settings.get('mail_home'), names) || below);
    const variables = new Map([...names, ['home', home]]);
    const location = expandFor(record.mail ?? this.#location(settings), variables);
    return {username: record.username, ...this.#ids(record, settings), home, location, variables};
  }

  /** As `doveadm user` shows it. */
  mailPlace(record: UserRecord): {uid: number; gid: number; home: string; mail: string} {
    const {uid, gid, home, location} = this.mailUser(record, 'doveadm');
    return {uid, gid, home, mail: location};
  }

  expandFor(record: UserRecord, template: string): string {
    return expandFor(template, this.mailUser(record, 'doveadm').variables);
  }

  logPlaces(): DovecotLogPlaces & {readonly debugLogPath: string} {
    const {settings} = this;
    return {
      logPath: settings.get('log_path'),
      infoLogPath: settings.get('info_log_path'),
      debugLogPath: settings.get('debug_log_path'),
      timestamp: settings.get('log_timestamp'),
      facility: settings.get('syslog_facility'),
      instanceName: settings.get('instance_name'),
      hostName: this.hostName,
      root: this.root,
    };
  }

  openLog(isDaemon = false): OpenSink {
    return openDovecotSink(this.logPlaces(), isDaemon);
  }

  /** The log that accounts are told about; a daemon's own. */
  logTo(log: Log): void {
    this.#log = log;
  }

  /** Reads the configuration again. Throws `ConfigError`, and leaves the old one in force. */
  reload(): void {
    this.#config = this.#load();
    this.#stamp = stampOf(this.#config.files);
    this.#accounts?.close();
    this.#accounts = undefined;
  }

  /** Whether a file of the configuration has changed since it was read. */
  hasChanged(): boolean {
    return stampOf(this.#config.files) !== this.#stamp;
  }

  #load(): DovecotConfig {
    const {root, file, overrides} = this.place;
    const where = dovecotConfigPlace(file, {root}, {POSTHORN_HOME: root === '/' ? undefined : root});
    return loadDovecotConfig({path: where.file, root, overrides, makeFile: file => this.#makeFile(file)});
  }

  /** The instance's own certificate, when a setting names it and it is not there yet. */
  #makeFile(file: string): boolean {
    const own = selfSignedFiles(this.root);
    const isOwn = [own.certificateFile, own.keyFile].some(path => normalize(path) === normalize(file));
    return this.root !== '/' && isOwn && ensureSelfSigned(own, this.hostName, new Date());
  }

  #ids(record: UserRecord, settings: DovecotSettings): {uid: number; gid: number} {
    const own = {uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0};
    const number = (text: string): number | undefined => (/^\d{1,10}$/.test(text) ? Number(text) : undefined);
    const uid = record.uid ?? number(settings.get('mail_uid')) ?? own.uid;
    const gid = record.gid ?? number(settings.get('mail_gid')) ?? own.gid;
    return own.uid === 0 ? {uid, gid} : own; // nobody but root can be somebody else
  }

  /** Where nothing is set, an instance's mail is where its local delivery puts it. */
  #location(settings: DovecotSettings): string {
    const location = settings.get('mail_location');
    if (location !== '' || this.root === '/') return location;
    return `mbox:~/mail:INBOX=${this.root.replaceAll(':', '::')}/var/mail/%u`;
  }
}

/** Of an instance whose dovecot.conf names none. */
const DEFAULT_PROTOCOLS = 'imap pop3 lmtp';

const SILENT = {info: () => undefined, warning: () => undefined, error: () => undefined};

function variablesOf({username, fields}: UserRecord, service: string, hostName: string): Map<string, string> {
  return new Map([
    ...[...fields].map(([name, value]) => [`userdb:${name}`, value] as const),
    ...userVariables(username),
    ['service', service],
    ['pid', String(process.pid)],
    ['hostname', hostName],
  ]);
}

function stampOf(files: readonly string[]): string {
  return files
    .map(file => {
      const found = statSync(toPath(file), {throwIfNoEntry: false});
      return found === undefined ? '-' : `${found.mtimeMs} ${found.size} ${found.ino}`;
    })
    .join('|');
}
