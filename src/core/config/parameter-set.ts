/**
 * Which parameters there are: the built-in ones, those that services of master.cf bring along, and those that the
 * configuration itself makes up by setting a name and referring to it (`$name`, smtpd_restriction_classes, the name of a
 * database table). Also what the files set in vain, and what they refer to in vain.
 */
import {databaseNames} from './database-names.ts';
import {ExpansionFault} from '../base/errors.ts';
import {expand, referencedNames} from './expand.ts';
import {splitList} from './load-config.ts';
import {overridesOf, type ServiceEntry} from './master-cf.ts';
import type {Parameter} from './parameter.ts';
import {parameters} from './parameters.ts';
import {later} from './parameters/later.ts';
import {serviceParameters} from './service-parameters.ts';

export type ParameterClass = 'builtin' | 'service' | 'user' | 'posthorn';

export interface Setting {
  readonly value: string;
  readonly file: string;
  readonly line: number;
}

/** Names that older releases had; they are defaults of newer ones, and so they are known when they are set. */
const LEGACY: ReadonlySet<string> = new Set([
  'virtual_maps',
  'fallback_relay',
  'authorized_verp_clients',
  'smtpd_client_connection_limit_exceptions',
  'postscreen_dnsbl_ttl',
  'postscreen_blacklist_action',
  'postscreen_dnsbl_whitelist_threshold',
  'postscreen_whitelist_interfaces',
  'lmtp_per_record_deadline',
  'smtp_per_record_deadline',
  'smtpd_per_record_deadline',
  'tlsproxy_client_level',
  'tlsproxy_client_policy',
]);

export const READ_ONLY: ReadonlySet<string> = new Set(['process_id', 'process_name', 'service_name']);

type Warn = (text: string) => void;

/** The settings of one file or master.cf entry, and the names they refer to. */
interface Scope {
  readonly settings: ReadonlyMap<string, string>;
  readonly references: ReadonlySet<string>;
  /** Names that exist because a value mentions a database table. */
  readonly ofDatabases: ReadonlySet<string>;
}

export class ParameterSet {
  readonly #main: ReadonlyMap<string, Setting>;
  readonly #services: readonly ServiceEntry[];
  readonly #derived: ReadonlyMap<string, string>;
  readonly #mainScope: Scope;
  readonly #serviceScopes: readonly Scope[];
  readonly #user: ReadonlySet<string>;
  readonly #directory: string;

  /** `warn` gets what the original says of references that can't be followed. */
  constructor(directory: string, main: ReadonlyMap<string, Setting>, services: readonly ServiceEntry[], warn: Warn) {
    this.#directory = directory;
    this.#main = main;
    this.#services = services;
    this.#derived = serviceParameters(services);
    const settings = new Map([...main].map(([name, {value}]) => [name, value]));
    this.#mainScope = this.#scope(settings, warn);
    this.#serviceScopes = services.map(service => this.#scope(overridesOf(service.args), warn));
    this.#user = new Set([...main.keys()].filter(name => this.classOf(name) === undefined && this.#isReferred(name)));
  }

  classOf(name: string): ParameterClass | undefined {
    if ((name.startsWith('posthorn_') && rowOf(name) !== undefined) || Object.hasOwn(later, name)) return 'posthorn';
    if (this.#derived.has(name)) return 'service';
    if (rowOf(name) !== undefined) return 'builtin';
    return this.#user?.has(name) ? 'user' : undefined;
  }

  /** The default of a name that derives from a service. */
  serviceDefault(name: string): string | undefined {
    return rowOf(name) === undefined ? this.#derived.get(name) : undefined;
  }

  isRaw(name: string): boolean {
    return isRaw(name);
  }

  /** All names, sorted. */
  names(): readonly string[] {
    return [...new Set([...Object.keys(parameters), ...this.#derived.keys(), ...this.#user])].sort();
  }

  /** What main.cf sets and nothing uses. */
  unusedInMain(): readonly (Setting & {readonly name: string})[] {
    return [...this.#main].filter(([name]) => this.classOf(name) === undefined).map(([name, set]) => ({name, ...set}));
  }

  /** What `-o` sets and nothing uses. */
  unusedInMaster(): readonly (Setting & {readonly name: string})[] {
    return this.#services.flatMap(({file, line}, i) =>
      [...(this.#serviceScopes[i]?.settings ?? [])]
        .filter(([name]) => this.classOf(name) === undefined && !this.#isReferredFrom(name, this.#serviceScopes[i]))
        .map(([name, value]) => ({name, value, file, line})),
    );
  }

  /** Names that are referred to and neither known nor set, each file's once. */
  undefinedNames(): readonly {readonly name: string; readonly file: string}[] {
    const inMain = [...this.#mainScope.references].filter(name => !this.#isDefined(name, undefined));
    const inMaster = this.#serviceScopes.flatMap(scope =>
      [...scope.references].filter(name => !this.#isDefined(name, scope)),
    );
    return [
      ...inMain.map(name => ({name, file: `${this.#directory}/main.cf`})),
      ...[...new Set(inMaster)].map(name => ({name, file: `${this.#directory}/master.cf`})),
    ];
  }

  #scope(settings: ReadonlyMap<string, string>, warn: Warn): Scope {
    const references = new Set<string>();
    const ofDatabases = new Set<string>();
    for (const [name, value] of settings) {
      if (isRaw(name)) continue;
      for (const inner of referencedNames(value, fault => warn(fault.message))) references.add(inner);
      for (const inner of databaseNames(this.#expanded(value, settings))) ofDatabases.add(inner);
    }
    const classes = settings.get('smtpd_restriction_classes');
    for (const name of splitList(this.#expanded(classes ?? '', settings))) references.add(name);
    return {settings, references, ofDatabases};
  }

  #expanded(text: string, settings: ReadonlyMap<string, string>): string {
    try {
      return expand(text, name => settings.get(name) ?? this.#main.get(name)?.value ?? rowOf(name)?.defaultValue);
    } catch (fault) {
      if (fault instanceof ExpansionFault) return ''; // warned about where its names are collected
      throw fault;
    }
  }

  #isReferred(name: string): boolean {
    return LEGACY.has(name) || [this.#mainScope, ...this.#serviceScopes].some(scope => mentions(scope, name));
  }

  #isReferredFrom(name: string, scope: Scope | undefined): boolean {
    return LEGACY.has(name) || [this.#mainScope, scope].some(from => from !== undefined && mentions(from, name));
  }

  #isDefined(name: string, scope: Scope | undefined): boolean {
    if (this.classOf(name) !== undefined || LEGACY.has(name) || this.#main.has(name)) return true;
    if (scope !== undefined) return scope.settings.has(name);
    return this.#serviceScopes.some(({settings}) => settings.has(name));
  }
}

function mentions({references, ofDatabases}: Scope, name: string): boolean {
  return references.has(name) || ofDatabases.has(name);
}

function rowOf(name: string): Parameter | undefined {
  return Object.hasOwn(parameters, name) ? parameters[name as keyof typeof parameters] : undefined; // just looked
}

function isRaw(name: string): boolean {
  const row = rowOf(name);
  return row?.kind === 'text' && row.isRaw === true;
}
