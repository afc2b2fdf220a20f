/** What the local agent goes by, evaluated once per configuration: parameters, tables, and the parts it works with. */
import {stat} from 'node:fs/promises';
import type {Account, Accounts} from '../account/accounts.ts';
import {extensionRules, type ExtensionRules} from '../address/extension.ts';
import type {Later} from '../address/address-rewriter.ts';
import type {AddressResolver} from '../address/resolve.ts';
import {toPath} from '../base/bytes.ts';
import type {Config} from '../config/config.ts';
import type {ParameterName} from '../config/parameters.ts';
import type {Log} from '../log/log.ts';
import type {LockPatience} from '../mailbox/dot-lock.ts';
import type {Found, Table} from '../table/table.ts';
import type {AgentService, DeliveryContext} from './context.ts';
import type {ListKind} from './local-attempt.ts';
import {lockPatience} from './lock-patience.ts';
import type {UserFilesPool} from './user-files.ts';

export interface TableHit extends Found {
  readonly table: Table;
}

type MapsParameter = 'mailbox_transport_maps' | 'mailbox_command_maps' | 'fallback_transport_maps';

/** Types whose database is a file of another name than the table. */
const DATABASE_SUFFIXES: ReadonlyMap<string, string> = new Map([
  ['hash', '.db'],
  ['btree', '.db'],
  ['lmdb', '.lmdb'],
  ['cdb', '.cdb'],
]);
/** Types that are no file, or say what they are in main.cf: as trustworthy as that. */
const FILE_TYPES = new Set(['hash', 'btree', 'lmdb', 'cdb', 'texthash', 'regexp', 'pcre', 'cidr']);

export class LocalSettings {
  readonly config: Config;
  readonly log: Log;
  readonly accounts: Accounts;
  readonly files: UserFilesPool;
  readonly resolver: AddressResolver;
  /** The transport's name: mail that resolves to it stays here. */
  readonly service: string;
  readonly extension: ExtensionRules;
  readonly lineLimit: number;
  readonly duplicateLimit: number;
  readonly forwardPath: readonly string[];
  readonly forwardFilter: string;
  readonly luserRelay: string;
  readonly requiresHome: boolean;
  readonly resetsOwner: boolean;
  readonly freezesDelivered: boolean;
  readonly patience: LockPatience;
  /** Root acts with others' rights; any other user's instance has only its own. */
  readonly switchesUsers: boolean;
  readonly #context: DeliveryContext;
  readonly #aliases: readonly Table[];
  readonly #maps: ReadonlyMap<MapsParameter, readonly Table[]>;
  readonly #commandLists: ReadonlySet<string>;
  readonly #fileLists: ReadonlySet<string>;
  readonly #propagating: ReadonlySet<string>;
  readonly #marked: ReadonlySet<string>;
  readonly #mailboxCommand: string;

  constructor(context: DeliveryContext, service: AgentService) {
    const {config} = context;
    this.#context = context;
    this.config = config;
    this.log = context.log.as(service.command);
    this.accounts = context.accounts;
    this.files = context.files;
    this.resolver = context.resolver;
    this.service = service.name;
    this.extension = extensionRules(config);
    this.lineLimit = config.get('line_length_limit');
    this.duplicateLimit = config.get('duplicate_filter_limit');
    // The parameter holds `$home` and the like for this agent to expand: it is taken as it stands.
    this.forwardPath = words(unexpanded(config, 'forward_path'));
    this.forwardFilter = config.get('forward_expansion_filter');
    this.luserRelay = unexpanded(config, 'luser_relay');
    this.requiresHome = config.get('require_home_directory');
    this.resetsOwner = config.get('reset_owner_alias');
    this.freezesDelivered = config.get('frozen_delivered_to');
    this.patience = lockPatience(config);
    this.switchesUsers = config.root === '/' && process.getuid?.() === 0;
    this.#aliases = openTables(context, 'alias_maps');
    const maps = ['mailbox_transport_maps', 'mailbox_command_maps', 'fallback_transport_maps'] as const;
    this.#maps = new Map(maps.map(name => [name, openTables(context, name)]));
    this.#commandLists = new Set(config.list('allow_mail_to_commands'));
    this.#fileLists = new Set(config.list('allow_mail_to_files'));
    this.#marked = new Set(config.list('prepend_delivered_header'));
    // $HOME and the like in it are the shell's.
    this.#mailboxCommand = unexpanded(config, 'mailbox_command');
    this.#propagating = new Set(config.list('propagate_unmatched_extensions'));
  }

  allowsCommand(list: ListKind | undefined): boolean {
    return list === undefined || this.#commandLists.has(list);
  }

  allowsFile(list: ListKind | undefined): boolean {
    return list === undefined || this.#fileLists.has(list);
  }

  propagates(list: ListKind): boolean {
    return this.#propagating.has(list);
  }

  text(name: 'mailbox_transport' | 'mailbox_command' | 'fallback_transport'): string {
    return name === 'mailbox_command' ? this.#mailboxCommand : this.config.get(name);
  }

  /** postconf(5) prepend_delivered_header. */
  marks(destination: 'command' | 'file'): boolean {
    return this.#marked.has(destination);
  }

  origin(name: ParameterName): {readonly file: string; readonly line: number} | undefined {
    return this.config.origin(name);
  }

  rewrite(address: string): Later<string> {
    return this.#context.rewrite(address);
  }

  /** Throws `TableError`. */
  async findAlias(name: string): Promise<TableHit | undefined> {
    return await find(this.#aliases, name);
  }

  /** Throws `TableError`. */
  async findMapped(maps: MapsParameter, user: string): Promise<TableHit | undefined> {
    const tables = this.#maps.get(maps) ?? [];
    return tables.length === 0 ? undefined : await find(tables, user);
  }

  /** The envelope sender for mail to a list that has an owner: `owner-NAME`, or what that is an alias for. */
  async ownerOf(alias: string): Promise<string | undefined> {
    if (!this.extension.ownerRequestSpecial) return undefined;
    const name = `owner-${alias}`;
    const hit = await find(
      this.#aliases.filter(table => !table.isPattern),
      name,
    );
    if (hit === undefined) return undefined;
    return await this.rewrite(this.config.get('expand_owner_alias') ? hit.value : name);
  }

  /** Whose rights an alias's commands and files have: its database's owner; undefined for root's (default_privs). */
  async rightsOf(table: Table): Promise<Account | undefined | 'unknown'> {
    const file = databaseFile(table.name);
    if (file === undefined) return undefined;
    const owner = await stat(toPath(file)).catch(() => undefined);
    if (owner === undefined) {
      this.log.warning(`no owner UID for alias database ${table.name}`);
      return 'unknown';
    }
    if (this.isTrusted(owner.uid)) return undefined;
    const account = this.accounts.byUid(owner.uid);
    if (account !== undefined) return account;
    this.log.warning(`cannot find alias database owner for ${table.name}`);
    return 'unknown';
  }

  /** Root, or the user whose instance this is. */
  isTrusted(uid: number): boolean {
    return uid === 0 || uid === process.getuid?.();
  }
}

async function find(tables: readonly Table[], key: string): Promise<TableHit | undefined> {
  for (const table of tables) {
    const answer = table.lookup(key);
    const found = answer instanceof Promise ? await answer : answer;
    if (found !== undefined) return {...found, table};
  }
  return undefined;
}

function openTables(context: DeliveryContext, name: ParameterName): readonly Table[] {
  const list = context.config.lookup(name) ?? '';
  return list.trim() === '' ? [] : context.openTables(list);
}

function databaseFile(name: string): string | undefined {
  const colon = name.indexOf(':');
  const type = name.slice(0, colon);
  if (!FILE_TYPES.has(type)) return undefined;
  return name.slice(colon + 1) + (DATABASE_SUFFIXES.get(type) ?? '');
}

/** A parameter whose `$name` is for this agent to expand. */
export function unexpanded(config: Config, name: ParameterName): string {
  return (config.raw?.(name) ?? config.lookup(name) ?? '').trim();
}

function words(list: string): string[] {
  return list.split(/[\s,]+/).filter(word => word !== '');
}
