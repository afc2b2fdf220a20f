/** TLS of smtp(8) and lmtp(8): policies, handshakes, certificates, and what is logged of them (postconf(5) smtp_tls_*). */
import {createPublicKey, type X509Certificate} from 'node:crypto';
import {readFileSync} from 'node:fs';
import type {Socket} from 'node:net';
import {connect, type ConnectionOptions, type TLSSocket} from 'node:tls';
import type {Later} from '../../address/address-rewriter.ts';
import {isValidHostname} from '../../address/host-syntax.ts';
import {ask, run, type Steps} from '../../address/steps.ts';
import {toPath} from '../../base/bytes.ts';
import {describe} from '../../base/errors.ts';
import type {Config} from '../../config/config.ts';
import type {Log} from '../../log/log.ts';
import type {Dns} from '../../net/dns.ts';
import {isCertificate, type PemBlock, pemBlocks} from '../../net/pem.ts';
import {handshakeEnd, libraryProblem} from '../../net/tls-fault.ts';
import {peerCertificate} from '../../net/tls-peer-chain.ts';
import {describeTls, type TlsSession} from '../../net/tls-session.ts';
import {summarizeTls} from '../../net/tls-summary.ts';
import {TlsUnavailable} from '../../net/tls-unavailable.ts';
import type {Table} from '../../table/table.ts';
import {ClientTlsContexts} from './client-tls-contexts.ts';
import {type ClientTlsSettings, isAtLeast, isDane, readClientTlsSettings} from './client-tls-settings.ts';
import {applyDane, type DaneWanted} from './tls-dane.ts';
import {
  brokenPolicy,
  completePolicy,
  demandedPolicy,
  ENCRYPTION_NEEDED,
  findPolicy,
  type PolicySearch,
  type PolicySupplies,
  stsPolicy,
  type TlsPolicy,
  waivedPolicy,
} from './tls-policy.ts';
import {TlsSessions} from './tls-sessions.ts';
import type {TlsFailure, TlsLevel, TlsPlan, TlsPlanning, TlsStart, TlsStep, TlsTarget} from './tls-step.ts';
import {judge, type Verdict} from './tls-verdict.ts';

export interface ClientTlsSupplies {
  /** With the overrides of the service. */
  readonly config: Config;
  readonly protocol: 'smtp' | 'lmtp';
  readonly log: Log;
  readonly dns: Dns;
  openTables(list: string): readonly Table[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

type Configured =
  | {
      readonly kind: 'policy';
      readonly policy: TlsPolicy;
      readonly dane: DaneWanted | undefined;
      readonly serverName: string;
    }
  | {readonly kind: 'failed'; readonly failure: TlsFailure};

function policyFor(policy: TlsPolicy, dane: DaneWanted | undefined, serverName: string): Configured {
  return {kind: 'policy', policy, dane, serverName};
}

/** What stands behind a plan. */
interface Details {
  readonly policy: TlsPolicy;
  readonly dane: DaneWanted | undefined;
  readonly serverName: string;
  readonly anchors: Anchors;
}

const NO_HANDSHAKE: TlsFailure = {status: '4.7.5', text: 'Cannot start TLS: handshake failure'};

function notVerified({demand}: TlsPlan): TlsFailure {
  const text = 'Server certificate not verified';
  return demand === 'enforced' ? {status: ENCRYPTION_NEEDED, text, isUnmetDemand: true} : {status: '4.7.5', text};
}

export class ClientTls implements TlsStep {
  readonly settings: ClientTlsSettings;
  readonly #config: Config;
  readonly #log: Log;
  readonly #dns: Dns;
  readonly #now: () => number;
  readonly #policies: PolicySupplies;
  readonly #sessions: TlsSessions;
  readonly #details = new WeakMap<TlsPlan, Details>();
  #contexts: ClientTlsContexts | undefined;

  /** Throws `ConfigError` on a level that does not exist. */
  constructor({config, protocol, log, dns, openTables, now}: ClientTlsSupplies) {
    this.settings = readClientTlsSettings(config, protocol, text => log.warning(text));
    this.#config = config;
    this.#log = log;
    this.#dns = dns;
    this.#now = now;
    const {policyMaps, perSite, sessionSeconds, keepsSessions} = this.settings;
    this.#policies = {
      settings: this.settings,
      log,
      policyTables: policyMaps === '' ? [] : openTables(policyMaps),
      siteTables: perSite === '' ? [] : openTables(perSite),
    };
    this.#sessions = new TlsSessions(keepsSessions ? sessionSeconds * 1000 : 0, now);
  }

  plan(target: TlsTarget): Later<TlsPlanning> {
    return run(this.#plan(target));
  }

  *#plan(target: TlsTarget): Steps<TlsPlanning> {
    const found = yield* findPolicy(target, this.#policies);
    if (found.kind === 'failed') return found;
    const {isWrapped} = this.settings;
    if (isWrapped && !isAtLeast(found.policy.level, 'encrypt')) return this.#badWrapping();
    if (target.demand === 'waived') {
      const policy = waivedPolicy(found.policy, found.entry, target, this.settings);
      return this.#planned(policy, undefined, policy.serverName, target);
    }
    const fitting = yield* this.#configured(found, target);
    if (fitting.kind === 'failed') return fitting;
    const policy = demandedPolicy(fitting.policy, found.entry, target, this.settings);
    if ('status' in policy) return {kind: 'failed', failure: policy};
    if (policy === fitting.policy) return this.#planned(policy, fitting.dane, fitting.serverName, target);
    return this.#planned(policy, undefined, policy.serverName, target);
  }

  /** As the configuration, DANE and MTA-STS have it. */
  *#configured(found: PolicySearch & {kind: 'policy'}, target: TlsTarget): Steps<Configured> {
    const {settings} = this;
    const overSts = (level: TlsLevel): TlsPolicy | undefined =>
      found.isFromTable ? undefined : stsPolicy(level, found.entry, target, settings);
    const plain = overSts(found.policy.level) ?? found.policy;
    if (!isDane(plain.level)) return policyFor(plain, undefined, plain.serverName);
    const supplies = {settings, log: this.#log, dns: this.#dns, digests: this.#config.list('tls_dane_digests')};
    const result = yield* ask(applyDane(found.policy, target, supplies));
    if (result.kind === 'failed')
      return {kind: 'failed', failure: brokenPolicy(target, undefined, this.#log, result.failure)};
    if (result.kind === 'bad') return {kind: 'failed', failure: brokenPolicy(target, result.warning, this.#log)};
    const raised = overSts(result.level); // where DANE does not vouch for the server
    if (raised !== undefined) return policyFor(raised, undefined, raised.serverName);
    const policy = completePolicy({...found.entry, level: result.level}, target, settings);
    return policyFor(policy, result.dane, result.serverName);
  }

  #badWrapping(): TlsPlanning {
    const {protocol} = this.settings;
    this.#log.warning(`${protocol}_tls_wrappermode requires "${protocol}_tls_security_level = encrypt" (or stronger)`);
    return {kind: 'failed', failure: {status: '4.3.0', text: 'server unavailable or unable to receive mail'}};
  }

  #planned(policy: TlsPolicy, dane: DaneWanted | undefined, serverName: string, target: TlsTarget): TlsPlanning {
    const certificates: string[] = [];
    const keys: Buffer[] = [];
    for (const file of policy.trustAnchorFiles) {
      const read = readAnchors(file);
      if ('warning' in read) return {kind: 'failed', failure: brokenPolicy(target, read.warning, this.#log)};
      certificates.push(...read.certificates);
      keys.push(...read.keys);
    }
    const {demand = 'none'} = target;
    const identity = JSON.stringify([
      policy,
      certificates,
      dane?.records.map(({bytes}) => bytes.toString('hex')),
      dane?.names,
      demand,
    ]);
    const {level, reusesConnections} = policy;
    const mayReuse = reusesConnections || level === 'none';
    const plan: TlsPlan = {level, demand, isWrapped: this.settings.isWrapped, identity, mayReuse};
    this.#details.set(plan, {policy, dane, serverName, anchors: {certificates, keys}});
    return {kind: 'plan', plan};
  }

  get isAvailable(): boolean {
    return this.#engine().fault === undefined;
  }

  unavailable({level}: TlsPlan): TlsFailure | undefined {
    if (!isAtLeast(level, 'encrypt')) return undefined;
    return {status: '4.7.5', text: 'TLS is required, but our TLS engine is unavailable'};
  }

  notOffered({level, demand}: TlsPlan, host: string): TlsFailure | undefined {
    if (!isAtLeast(level, 'encrypt')) return undefined;
    const text = `TLS is required, but was not offered by host ${host}`;
    if (demand !== 'encrypted' && demand !== 'enforced') return {status: '4.7.4', text};
    return {status: ENCRYPTION_NEEDED, text, isUnmetDemand: true};
  }

  refused({level}: TlsPlan, host: string, reply: string): string | undefined {
    if (!isAtLeast(level, 'encrypt')) return undefined;
    return `TLS is required, but host ${host} refused to start TLS: ${reply}`;
  }

  noteOffer(name: string): void {
    if (this.settings.notesOffer) this.#log.info(`Host offered STARTTLS: [${name}]`);
  }

  mayGoPlain({level}: TlsPlan, waitedSeconds: number, hasLogin: boolean): boolean {
    return level === 'may' && !hasLogin && waitedSeconds >= this.settings.minimalBackoffSeconds;
  }

  async start(socket: Socket, plan: TlsPlan, peer: string): Promise<TlsStart> {
    const details = this.#details.get(plan);
    const prepared = details === undefined ? undefined : this.#prepare(socket, details, plan, peer);
    if (details === undefined || prepared === undefined) {
      socket.destroy();
      return {kind: 'failed', failure: NO_HANDSHAKE};
    }
    const secure = connect(prepared);
    const key = sessionKey(plan, peer);
    let isGood = true;
    secure.on('session', session => {
      if (isGood) this.#sessions.keep(key, session);
    });
    const fault = await handshake(secure, this.settings.timeoutSeconds);
    if (fault === undefined) {
      const result = this.#established(secure, details, plan, peer);
      isGood = result.refusal === undefined;
      if (!isGood) this.#sessions.forget(key);
      return result;
    }
    this.#log.info(`SSL_connect error to ${peer}: ${handshakeEnd(fault.cause)}`);
    const problem = libraryProblem(fault.cause);
    if (problem !== undefined) this.#log.warning(`TLS library problem: ${problem}`);
    this.#sessions.forget(key);
    secure.on('error', () => undefined).destroy();
    socket.destroy();
    return {kind: 'failed', failure: NO_HANDSHAKE};
  }

  #prepare(
    socket: Socket,
    {policy, serverName, anchors}: Details,
    plan: TlsPlan,
    peer: string,
  ): ConnectionOptions | undefined {
    const {logLevel} = this.settings;
    try {
      if (logLevel.verbose) this.#log.info(`setting up TLS connection to ${peer}`);
      const {context, ciphers} = this.#engine().for(policy, anchors.certificates);
      if (logLevel.verbose) this.#log.info(`${peer}: TLS cipher list "${ciphers}"`);
      const session = this.#sessions.find(sessionKey(plan, peer));
      return {
        socket,
        secureContext: context,
        rejectUnauthorized: false, // judged below, by the policy
        checkServerIdentity: () => undefined,
        ...(isValidHostname(serverName) ? {servername: serverName} : {}),
        ...(session === undefined ? {} : {session}),
      };
    } catch (fault) {
      if (!(fault instanceof TlsUnavailable)) throw fault;
      for (const warning of fault.warnings) this.#log.warning(`${peer}: ${warning}`);
      return undefined;
    }
  }

  #established(socket: TLSSocket, details: Details, plan: TlsPlan, peer: string): TlsStart & {kind: 'on'} {
    const key = sessionKey(plan, peer);
    const known = socket.isSessionReused() ? this.#sessions.verdict(key) : undefined;
    const verdict = known?.verdict ?? this.#judge(socket, details, peer);
    const certificate = known?.certificate ?? peerCertificate(socket);
    this.#sessions.remember(key, {verdict, certificate});
    const session = this.#summary(socket, verdict, certificate);
    this.#tell(session, verdict, plan, peer);
    const isBad = isAtLeast(plan.level, 'fingerprint') && !verdict.isMatched;
    return {kind: 'on', socket, session, refusal: isBad ? notVerified(plan) : undefined};
  }

  #judge(socket: TLSSocket, {policy, dane, anchors}: Details, peer: string): Verdict {
    return judge(socket, {
      policy,
      dane,
      anchorKeys: anchors.keys,
      peer,
      digest: this.settings.digest,
      verifyDepth: this.settings.verifyDepth,
      matchesManyLabels: this.#config.get('tls_wildcard_matches_multiple_labels'),
      now: new Date(this.#now()),
    });
  }

  #summary(socket: TLSSocket, verdict: Verdict, certificate: X509Certificate | undefined): TlsSession {
    return summarizeTls(socket, {
      isServer: false,
      digest: this.settings.digest,
      hasLegacyKeyFingerprints: this.#config.get('tls_legacy_public_key_fingerprints'),
      isTrusted: verdict.isTrusted,
      isMatched: verdict.isMatched,
      wantsDetails: this.settings.logLevel.summary,
      peer: certificate,
    });
  }

  #tell(session: TlsSession, verdict: Verdict, {level}: TlsPlan, peer: string): void {
    const {logLevel} = this.settings;
    const isWanted = isAtLeast(level, 'fingerprint');
    if (verdict.fault !== undefined && (isWanted || (logLevel.untrusted && session.peerHasCertificate)))
      this.#log.info(verdict.fault);
    if (verdict.matchedName !== undefined && logLevel.match)
      this.#log.info(`${peer}: matched peername: ${verdict.matchedName}`);
    if (logLevel.peerCertificate && session.peerHasCertificate)
      this.#log.info(
        `${peer}: subject_CN=${session.peerSubject}, issuer_CN=${session.peerIssuer}, ` +
          `fingerprint=${session.peerFingerprint}, pkey_fingerprint=${session.peerKeyFingerprint}`,
      );
    if (!logLevel.summary) return;
    this.#log.info(`${trustWord(session, level)} TLS connection established to ${peer}: ${describeTls(session)}`);
  }

  #engine(): ClientTlsContexts {
    if (this.#contexts !== undefined) return this.#contexts;
    if (this.settings.logLevel.verbose) this.#log.info('initializing the client-side TLS engine');
    this.#contexts = new ClientTlsContexts(this.#config, this.settings, this.#log, this.#now);
    this.#contexts.fault?.tell(this.#log);
    return this.#contexts;
  }
}

/** With `half-dane` nobody vouches for the way to the server: it is no more than trusted. */
function trustWord(session: TlsSession, level: TlsPlan['level']): string {
  if (!session.peerHasCertificate) return 'Anonymous';
  if (session.peerIsMatched && level !== 'half-dane') return 'Verified';
  return session.peerIsTrusted ? 'Trusted' : 'Untrusted';
}

function sessionKey({identity}: TlsPlan, peer: string): string {
  return `${peer}\n${identity}`;
}

/** Answers what went wrong; `cause` undefined: the connection was closed. */
function handshake(socket: TLSSocket, timeoutSeconds: number): Promise<{readonly cause: unknown} | undefined> {
  return new Promise(resolve => {
    const settle = (result: {readonly cause: unknown} | undefined): void => {
      clearTimeout(timer);
      socket.off('secureConnect', done).off('error', fail).off('close', closed);
      resolve(result);
    };
    const done = (): void => settle(undefined);
    const fail = (cause: unknown): void => settle({cause});
    const closed = (): void => settle({cause: undefined});
    const timer = setTimeout(
      () => fail(Object.assign(new Error('timeout'), {code: 'ETIMEDOUT'})),
      timeoutSeconds * 1000,
    );
    socket.on('secureConnect', done).on('error', fail).on('close', closed);
  });
}

interface Anchors {
  /** PEM. */
  readonly certificates: readonly string[];
  /** SubjectPublicKeyInfo, DER. */
  readonly keys: readonly Buffer[];
}

function readAnchors(file: string): Anchors | {readonly warning: string | undefined} {
  let blocks: readonly PemBlock[];
  try {
    blocks = pemBlocks(readFileSync(toPath(file), 'latin1'));
  } catch (fault) {
    return {warning: `error opening trust anchor file: ${file}: ${describe(fault)}`};
  }
  const certificates = blocks.filter(isCertificate).map(({text}) => text);
  const keys = blocks.filter(({label}) => label === 'PUBLIC KEY').flatMap(({text}) => publicKey(text));
  return certificates.length + keys.length === 0 ? {warning: undefined} : {certificates, keys};
}

function publicKey(pem: string): Buffer[] {
  try {
    return [createPublicKey(pem).export({type: 'spki', format: 'der'})];
  } catch {
    return []; // what is no key is no anchor
  }
}
