/**
 * The contexts of node:tls that smtpd's handshakes are done with: one for the service, one for each server name of
 * tls_server_sni_maps. They are made anew when a file of theirs has changed; clients' tickets stay good.
 */
import {getHashes, hkdfSync, randomBytes} from 'node:crypto';
import {createSecureContext, type SecureContext, type SecureContextOptions} from 'node:tls';
import {ask, run, type Steps} from '../address/steps.ts';
import type {Later} from '../address/address-rewriter.ts';
import {describe} from '../base/errors.ts';
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';
import {FollowedFiles} from '../net/followed-files.ts';
import {chainFilesOf, type KeyChain, loadChains, readChains} from '../net/tls-chains.ts';
import {type CipherList, cipherList, opensslCiphers} from '../net/tls-ciphers.ts';
import {curvesOf, dhParameters, opensslOptions} from '../net/tls-options.ts';
import {parseTlsProtocols} from '../net/tls-protocols.ts';
import {loadTrusted} from '../net/tls-trust.ts';
import {TlsUnavailable} from '../net/tls-unavailable.ts';
import {openTables} from '../table/open-table.ts';
import {type Table, TableError} from '../table/table.ts';
import {decodeFiles} from '../table/value-files.ts';
import type {SmtpdTlsSettings} from './smtpd-tls-settings.ts';

export interface ContextSupplies {
  readonly config: Config;
  readonly log: Log;
  readonly now: () => number;
  /** Random bytes that the keys of tickets are made from, the same in each process that serves the same clients. */
  readonly ticketSecret?: Buffer | undefined;
}

/** What is made of the files. */
interface Base {
  options: SecureContextOptions;
  readonly chains: readonly KeyChain[];
  context: SecureContext;
  period: number;
}

/** SSL_OP_NO_TICKET, SSL_OP_NO_RENEGOTIATION: a client has no reason to do the handshake again. */
const NO_TICKET = 0x4000;
const NO_RENEGOTIATION = 0x40000000;
/** Server names asked for that have a context of their own; beyond, all are made anew. */
const MAX_NAMED = 1000;

export class SmtpdTlsContexts {
  readonly #supplies: ContextSupplies;
  readonly #settings: SmtpdTlsSettings;
  /** As the original has them, for the log. A fault in them ends each session by itself, once it begins. */
  readonly ciphers: CipherList;
  readonly #ticketSecret: Buffer;
  readonly #base: FollowedFiles<Base>;
  readonly #sniTables: readonly Table[];
  /** By content, so that a changed entry is a new one. */
  readonly #named = new Map<string, SecureContext>();
  #options: SecureContextOptions = {};

  constructor(supplies: ContextSupplies, settings: SmtpdTlsSettings) {
    this.#supplies = supplies;
    this.#settings = settings;
    this.ciphers = this.#readCiphers();
    this.#ticketSecret = supplies.ticketSecret ?? randomBytes(48);
    const {config, log} = supplies;
    const sniMaps = config.get('tls_server_sni_maps');
    this.#sniTables = sniMaps === '' ? [] : openTables(sniMaps, {config, log, opensLater: true, valuesAreFiles: true});
    this.#base = new FollowedFiles({
      files: this.#files(),
      make: () => this.#make(),
      complain: fault => {
        fault.tell(log);
        log.warning('the last good TLS certificates are used');
      },
      now: supplies.now,
    });
  }

  get current(): SecureContext | TlsUnavailable {
    const base = this.#base.current;
    if (base instanceof TlsUnavailable) return base;
    if (base.period !== this.#period) this.#renewTicketKeys(base);
    return base.context;
  }

  /** Which span of time the keys of tickets are for: each has its own, so that an old one opens little. */
  get #period(): number {
    const lifetime = this.#supplies.config.get('smtpd_tls_session_cache_timeout');
    return lifetime > 0 ? Math.floor(this.#supplies.now() / (lifetime * 1000)) : 0;
  }

  #ticketKeys(period: number): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#ticketSecret, '', `TLS tickets ${period}`, 48));
  }

  #renewTicketKeys(base: Base): void {
    base.period = this.#period;
    base.options = {...base.options, ticketKeys: this.#ticketKeys(base.period)};
    base.context = makeContext({...base.options, ...keysOf(base.chains)});
    this.#options = base.options;
    this.#named.clear();
  }

  get hasNames(): boolean {
    return this.#sniTables.length > 0;
  }

  /** The context for the name a client asks for; undefined: it has none of its own. Throws `TlsUnavailable`. */
  named(name: string): Later<SecureContext | undefined> {
    return run(this.#findNamed(name));
  }

  *#findNamed(name: string): Steps<SecureContext | undefined> {
    for (const key of parentsOf(name.toLowerCase()))
      for (const table of this.#sniTables) {
        const base64 = yield* this.#ask(table, key, name);
        if (base64 !== undefined) return this.#contextFor(base64, name, table.name, key);
      }
    return undefined;
  }

  *#ask(table: Table, key: string, name: string): Steps<string | undefined> {
    try {
      return (yield* ask(table.lookup(key)))?.value;
    } catch (fault) {
      if (!(fault instanceof TableError)) throw fault;
      this.#supplies.log.warning(`${table.name} lookup error for "${key}"`);
      throw new TlsUnavailable([`tls_server_sni_maps: ${name} map lookup problem`], {cause: fault});
    }
  }

  #contextFor(base64: string, name: string, table: string, key: string): SecureContext {
    const known = this.#named.get(base64);
    if (known !== undefined) return known;
    const pem = decodeFiles(base64);
    if (pem === undefined)
      throw new TlsUnavailable([
        `table ${table}: key ${key}: malformed BASE64 value: ${base64.slice(0, 100)}`,
        `tls_server_sni_maps: ${name} map lookup problem`,
      ]);
    const context = this.#contextOf(pem, `SNI data for ${name}`);
    if (this.#named.size >= MAX_NAMED) this.#named.clear();
    this.#named.set(base64, context);
    return context;
  }

  #contextOf(pem: string, source: string): SecureContext {
    const closing = `error loading private keys and certificates from: ${source}: aborting TLS handshake`;
    try {
      const chains = readChains(pem, source, text => this.#supplies.log.warning(text));
      return makeContext({...this.#options, ...keysOf(chains)});
    } catch (fault) {
      if (!(fault instanceof TlsUnavailable)) throw fault;
      throw new TlsUnavailable([...fault.warnings, closing], {cause: fault});
    }
  }

  #files(): string[] {
    const {config} = this.#supplies;
    const others = [config.get('smtpd_tls_CAfile'), config.get('smtpd_tls_CApath')];
    others.push(config.get('smtpd_tls_dh1024_param_file'));
    return [...chainFilesOf(this.#settings.chains), ...others].filter(file => file !== '' && file !== 'auto');
  }

  #make(): Base {
    const {chains, isAnonymous} = this.#settings;
    if (chainFilesOf(chains).length === 0 && !isAnonymous)
      throw new TlsUnavailable(["No server certs available. TLS won't be enabled"]);
    const options = {...this.#commonOptions(), ...this.#trustOptions()};
    const warn = (text: string): void => this.#supplies.log.warning(text);
    const loaded = loadChains(chains, warn);
    const context = makeContext({...options, ...keysOf(loaded)});
    this.#options = options;
    this.#named.clear();
    return {options, chains: loaded, context, period: this.#period};
  }

  #commonOptions(): SecureContextOptions {
    const {config, log} = this.#supplies;
    const warn = (text: string): void => log.warning(text);
    checkDigest(config.get('smtpd_tls_fingerprint_digest'));
    const {minVersion, maxVersion, secureOptions} = this.#protocols();
    const lifetime = config.get('smtpd_tls_session_cache_timeout');
    const options = secureOptions | opensslOptions(config, warn) | NO_RENEGOTIATION | (lifetime > 0 ? 0 : NO_TICKET);
    return {
      minVersion,
      maxVersion,
      secureOptions: options >>> 0,
      ...('fault' in this.ciphers ? {} : {ciphers: opensslCiphers(this.ciphers.ciphers)}),
      ecdhCurve: curvesOf(config, warn),
      dhparam: dhParameters(config.get('smtpd_tls_dh1024_param_file'), warn),
      honorCipherOrder: config.get('tls_preempt_cipherlist'),
      sessionIdContext: 'smtpd',
      ticketKeys: this.#ticketKeys(this.#period),
      ...(lifetime > 0 ? {sessionTimeout: lifetime} : {}),
    };
  }

  #protocols(): NonNullable<ReturnType<typeof parseTlsProtocols>> {
    const {config} = this.#supplies;
    const list = config.get(this.#settings.isRequired ? 'smtpd_tls_mandatory_protocols' : 'smtpd_tls_protocols');
    const protocols = parseTlsProtocols(list);
    if (protocols !== undefined) return protocols;
    throw new TlsUnavailable([`Invalid TLS protocol list "${list}": disabling TLS support`]);
  }

  #readCiphers(): CipherList {
    const {config} = this.#supplies;
    const {isRequired, asksCertificate} = this.#settings;
    const grade = config.get(isRequired ? 'smtpd_tls_mandatory_ciphers' : 'smtpd_tls_ciphers');
    const exclusions = [config.get('smtpd_tls_exclude_ciphers')];
    if (isRequired) exclusions.push(config.get('smtpd_tls_mandatory_exclude_ciphers'));
    if (asksCertificate) exclusions.push('aNULL'); // who sends no certificate gets none
    return cipherList(config, grade, exclusions);
  }

  #trustOptions(): SecureContextOptions {
    const {config} = this.#supplies;
    if (!this.#settings.asksCertificate) return {ca: []};
    return {
      ca: loadTrusted({
        caFile: config.get('smtpd_tls_CAfile'),
        caPath: config.get('smtpd_tls_CApath'),
        wantsSystem: config.get('tls_append_default_CA'),
      }),
    };
  }
}

/** `a.b.c`, `.b.c`, `.c`. */
function parentsOf(name: string): string[] {
  const keys = [name];
  for (let dot = name.indexOf('.', 1); dot >= 0; dot = name.indexOf('.', dot + 1)) keys.push(name.slice(dot));
  return keys;
}

function keysOf(chains: readonly KeyChain[]): SecureContextOptions {
  return {key: chains.map(({key}) => key), cert: chains.map(({chain}) => chain)};
}

function makeContext(options: SecureContextOptions): SecureContext {
  try {
    return createSecureContext(options);
  } catch (fault) {
    throw new TlsUnavailable([`TLS library problem: ${describe(fault)}: disabling TLS support`], {cause: fault});
  }
}

function checkDigest(digest: string): void {
  if (getHashes().some(name => name.toLowerCase() === digest.toLowerCase())) return;
  throw new TlsUnavailable([`Digest algorithm "${digest}" not found`, 'disabling TLS support']);
}
