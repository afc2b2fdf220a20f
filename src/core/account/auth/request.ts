/**
 * One request to the auth service: who it is about, what lookups have found so far, and how its log lines begin. Lookups
 * change it through `setField`, whose names have their meaning from Dovecot's passdb extra fields.
 */
import type {SaslConnection} from '../sasl/sasl.ts';
import {expandVariables} from '../../config/dovecot/variables.ts';
import {isAllowedFrom} from '../sasl/allow-nets.ts';
import type {AuthLog} from './auth-log.ts';
import {connectionVariables} from './connection-variables.ts';
import {AuthFields} from './fields.ts';
import {printable, authVariables} from './username.ts';

/** What decides which lines are written. */
export interface AuthVerbosity {
  readonly isVerbose: boolean;
  readonly isDebug: boolean;
  readonly showsPasswords: boolean;
}

export class AuthRequest {
  readonly facts: SaslConnection;
  readonly log: AuthLog;
  /** In capitals; '' for a lookup without login. */
  readonly mechanism: string;
  /** As it is looked up; undefined before the client gave one. */
  user: string | undefined;
  /** As the client gave it. */
  originalUser = '';
  /** Whom a master user wants to be, until the master's own password was right. */
  requestedLogin: string | undefined;
  /** The master user, once it is known to be one. */
  masterUser: string | undefined;
  /** As the client gave it, for %{login_user}: stays when `requestedLogin` has been served. */
  loginUser = '';
  readonly fields = new AuthFields();
  readonly userdb = new AuthFields();
  hasPrefetch = false;
  /** The stored password of the lookup under way, `{SCHEME}` and all. */
  password: string | undefined;
  /** Set by a field of the lookup under way: it does not count, whatever the password. */
  isFailed = false;
  /** The password was right in an earlier lookup: the next ones only add fields. */
  isPasswordVerified = false;
  /** For a userdb that asks whether there is such a user. */
  isNested = false;
  /** The login has succeeded: what is looked up now is where this user's mail is. */
  isAccepted = false;
  /** The password that the client gave, for %w; '' when it is not known. */
  givenPassword = '';
  #verbosity: AuthVerbosity;
  readonly #verbosityOfAll: AuthVerbosity;

  constructor(facts: SaslConnection, mechanism: string, log: AuthLog, verbosity: AuthVerbosity) {
    this.facts = facts;
    this.mechanism = mechanism;
    this.log = log;
    this.#verbosity = verbosity;
    this.#verbosityOfAll = verbosity;
  }

  /** A request of its own about the same user, for a userdb that asks the passdbs. */
  copyForPassdb(): AuthRequest {
    const copy = new AuthRequest(this.facts, '', this.log, this.#verbosity);
    copy.isNested = true;
    copy.user = this.user;
    copy.originalUser = this.originalUser;
    return copy;
  }

  /** passdb { auth_verbose } counts during its lookup. */
  beVerbose(setting: 'default' | 'yes' | 'no'): void {
    const isVerbose = setting === 'default' ? this.#verbosityOfAll.isVerbose : setting === 'yes';
    this.#verbosity = {...this.#verbosityOfAll, isVerbose};
  }

  /** auth_debug_passwords. */
  get showsPasswords(): boolean {
    return this.#verbosity.showsPasswords;
  }

  get isDebug(): boolean {
    return this.#verbosity.isDebug;
  }

  info(title: string | undefined, text: string): void {
    if (this.#verbosity.isVerbose) this.log.info(this.#line(title, text));
  }

  debug(title: string | undefined, text: string): void {
    if (this.#verbosity.isDebug) this.log.debug?.(this.#line(title, text));
  }

  error(title: string | undefined, text: string): void {
    this.log.error(this.#line(title, text));
  }

  #line(title: string | undefined, text: string): string {
    if (title === undefined) return text;
    const {clientAddress, session} = this.facts;
    const who = [
      printable(this.user ?? '?').slice(0, 64),
      ...(clientAddress === '' ? [] : [clientAddress]),
      ...(this.requestedLogin === undefined ? [] : ['master']),
      ...(session === undefined ? [] : [`<${session}>`]),
    ];
    return `${title}(${who.join(',')}): ${text}`;
  }

  /** `name=value` of an entry or a template. */
  setField(title: string, name: string, value: string): void {
    if (name === 'password' || name === 'password_noscheme') return this.#setPassword(title, value);
    if (name === 'user' || name === 'username') return this.#changeUser(title, value);
    if (name === 'domain') return this.#changeUser(title, `${this.user?.split('@', 1)[0] ?? ''}@${value}`);
    if (name === 'login_user') return void (this.requestedLogin = value);
    if (name === 'allow_nets') return this.#checkNets(title, value);
    if (name === 'fail') return void (this.isFailed = true);
    if (!name.startsWith('userdb_')) return this.fields.set(name, value);
    if (isWrongId(name, value)) this.error(title, `Invalid ${name.slice(-3).toUpperCase()} value '${value}'`);
    this.hasPrefetch = true;
    this.userdb.set(name.slice('userdb_'.length), value);
  }

  #setPassword(title: string, value: string): void {
    if (this.password === undefined) this.password = value;
    else this.error(title, 'Multiple password values not supported');
  }

  #changeUser(title: string, value: string): void {
    if (value === '' || value === this.user) return;
    this.debug(title, `username changed ${this.user ?? ''} -> ${value}`);
    this.user = value;
  }

  #checkNets(title: string, nets: string): void {
    const {clientAddress} = this.facts;
    for (const net of nets.split(',')) this.debug(title, `allow_nets: Matching for network ${net.trim()}`);
    if (isAllowedFrom(nets, clientAddress)) return;
    this.isFailed = true;
    const why =
      clientAddress === '' ? "Remote IP not known and 'local' missing" : `IP ${clientAddress} not in allowed networks`;
    this.info(title, `allow_nets check failed: ${why}`);
  }

  /** The master user's password was right: from here on it is about whom it wants to be. */
  finishMasterLogin(): void {
    const login = this.requestedLogin;
    if (login === undefined) return;
    this.info(undefined, `Master user logging in as ${login}`);
    this.masterUser = this.user;
    this.user = login;
    this.requestedLogin = undefined;
  }

  /** A template with %variables. `change`: what becomes of each value, where not every byte may stand. */
  expand(template: string, change = (value: string): string => value): string {
    if (!template.includes('%')) return template;
    const values = new Map([...this.#variables()].map(([name, value]) => [name, change(value)] as const));
    const functions = new Map([
      ['passdb', (argument: string) => change(fieldOr(this.fields, argument))],
      ['userdb', (argument: string) => change(fieldOr(this.userdb, argument))],
    ]);
    const onFault = (text: string): void => this.error('auth', `Failed to expand '${template}': ${text}`);
    return expandVariables(template, {values, functions, onFault});
  }

  #variables(): Map<string, string> {
    const {facts} = this;
    const values = authVariables(this.user ?? '');
    for (const [name, value] of connectionVariables(facts)) values.set(name, value);
    for (const [prefix, name] of [
      ['orig', this.originalUser],
      ['login', this.loginUser],
      ['auth', this.masterUser ?? this.user ?? ''],
    ] as const)
      for (const part of ['user', 'username', 'domain'] as const)
        values.set(`${prefix}_${part}`, authVariables(name).get(part) ?? '');
    values.set('home', this.userdb.get('home') ?? '').set('master_user', this.masterUser ?? '');
    for (const name of ['w', 'password']) values.set(name, this.givenPassword);
    for (const name of ['m', 'mech']) values.set(name, this.mechanism);
    return values;
  }
}

/** `field` or `field:default`. */
function fieldOr(fields: AuthFields, argument: string): string {
  const [name = '', ...otherwise] = argument.split(':');
  return fields.get(name) ?? otherwise.join(':');
}

function isWrongId(name: string, value: string): boolean {
  return (name === 'userdb_uid' || name === 'userdb_gid') && !/^\d{1,10}$/.test(value);
}
