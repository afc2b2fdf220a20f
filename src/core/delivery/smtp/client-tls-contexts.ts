/**
 * The contexts of node:tls that smtp's handshakes are done with: one for each set of versions, ciphers and trust anchors
 * that policies ask for. Certificates and authorities are read again when they change.
 */
import {getHashes} from 'node:crypto';
import {accessSync, constants} from 'node:fs';
import {createSecureContext, type SecureContext, type SecureContextOptions} from 'node:tls';
import {toPath} from '../../base/bytes.ts';
import {describe} from '../../base/errors.ts';
import type {Config} from '../../config/config.ts';
import type {Log} from '../../log/log.ts';
import {FollowedFiles} from '../../net/followed-files.ts';
import {chainFilesOf, loadChains} from '../../net/tls-chains.ts';
import {cipherList, opensslCiphers} from '../../net/tls-ciphers.ts';
import {curvesOf, opensslOptions} from '../../net/tls-options.ts';
import {parseTlsProtocols} from '../../net/tls-protocols.ts';
import {loadTrusted} from '../../net/tls-trust.ts';
import {TlsUnavailable} from '../../net/tls-unavailable.ts';
import type {ClientTlsSettings} from './client-tls-settings.ts';
import type {TlsPolicy} from './tls-policy.ts';

export interface PolicyContext {
  readonly context: SecureContext;
  /** As the original has them, for the log. */
  readonly ciphers: string;
}

/** More sets than this are not kept. */
const MAX_CONTEXTS = 100;

export class ClientTlsContexts {
  readonly #config: Config;
  readonly #settings: ClientTlsSettings;
  readonly #base: FollowedFiles<SecureContextOptions>;
  readonly #contexts = new Map<string, PolicyContext>();
  #madeFrom: SecureContextOptions | undefined;

  constructor(config: Config, settings: ClientTlsSettings, log: Log, now: () => number) {
    this.#config = config;
    this.#settings = settings;
    const {caFile, caPath, chains} = settings;
    this.#base = new FollowedFiles({
      files: [...chainFilesOf(chains), caFile, caPath].filter(file => file !== ''),
      make: () => this.#makeBase(log),
      complain: fault => {
        fault.tell(log);
        log.warning('the last good TLS certificates are used');
      },
      now,
    });
  }

  /** What is the matter with our own certificates or authorities; undefined: nothing. */
  get fault(): TlsUnavailable | undefined {
    const base = this.#base.current;
    return base instanceof TlsUnavailable ? base : undefined;
  }

  /** Throws `TlsUnavailable` with a warning that goes behind the peer's name. `anchors`: PEM. */
  for(policy: TlsPolicy, anchors: readonly string[]): PolicyContext {
    const base = this.#base.current;
    if (base instanceof TlsUnavailable) throw base;
    if (base !== this.#madeFrom) this.#contexts.clear();
    this.#madeFrom = base;
    const key = [
      policy.protocols,
      policy.ciphers,
      policy.exclusions.join(' '),
      String(policy.trustsPublic),
      ...anchors,
    ].join('\n');
    const known = this.#contexts.get(key);
    if (known !== undefined) return known;
    const made = this.#make(base, policy, anchors);
    if (this.#contexts.size >= MAX_CONTEXTS) this.#contexts.clear();
    this.#contexts.set(key, made);
    return made;
  }

  #make(base: SecureContextOptions, policy: TlsPolicy, anchors: readonly string[]): PolicyContext {
    const protocols = parseTlsProtocols(policy.protocols);
    if (protocols === undefined)
      throw new TlsUnavailable([`Invalid TLS protocol list "${policy.protocols}": aborting TLS session`]);
    const list = cipherList(this.#config, policy.ciphers, policy.exclusions);
    if ('fault' in list) throw new TlsUnavailable([list.fault]);
    const options = {
      ...base,
      minVersion: protocols.minVersion,
      maxVersion: protocols.maxVersion,
      secureOptions: (protocols.secureOptions | (base.secureOptions ?? 0)) >>> 0,
      ciphers: opensslCiphers(list.ciphers),
      ...(policy.trustsPublic === true ? {ca: this.#trusted(true)} : {}),
      ...(anchors.length === 0 ? {} : {ca: [...anchors], allowPartialTrustChain: true}),
    };
    try {
      return {context: createSecureContext(options), ciphers: list.ciphers};
    } catch (fault) {
      throw new TlsUnavailable([`TLS library problem: ${describe(fault)}`], {cause: fault});
    }
  }

  #trusted(wantsSystem: boolean): ReturnType<typeof loadTrusted> {
    const {caFile, caPath} = this.#settings;
    return loadTrusted({caFile, caPath, wantsSystem});
  }

  #makeBase(log: Log): SecureContextOptions {
    const {chains, digest} = this.#settings;
    const warn = (text: string): void => log.warning(text);
    if (!getHashes().some(name => name.toLowerCase() === digest.toLowerCase()))
      throw new TlsUnavailable([`Digest algorithm "${digest}" not found`, 'disabling TLS support']);
    for (const file of chainFilesOf(chains)) expectReadable(file);
    const keys = loadChains(chains, warn);
    return {
      ca: this.#trusted(this.#config.get('tls_append_default_CA')),
      key: keys.map(({key}) => key),
      cert: keys.map(({chain}) => chain),
      ecdhCurve: curvesOf(this.#config, warn),
      secureOptions: opensslOptions(this.#config, warn),
    };
  }
}

/** Seen: the client looks for all its files first, and has these words for one that is not there. */
function expectReadable(file: string): void {
  try {
    accessSync(toPath(file), constants.R_OK);
  } catch (fault) {
    throw new TlsUnavailable([`error opening chain file: ${file}: ${describe(fault)}`], {cause: fault});
  }
}
