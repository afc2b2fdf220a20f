/**
 * TLS as smtpd offers it (postconf(5) smtpd_tls_*): whether, how, with which certificates, and what is logged of it. One
 * for each service of master.cf; the handshakes themselves are node:tls's.
 *
 * A setting that TLS can't be had with is warned of at once; the service goes on without, and answers STARTTLS with
 * `noTlsReply`. A level that does not exist throws `ConfigError`.
 */
import type {Socket} from 'node:net';
import type {SecureContext, TLSSocket, TLSSocketOptions} from 'node:tls';
import type {Later} from '../address/address-rewriter.ts';
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';
import {readHelloName} from '../net/client-hello.ts';
import {handshakeEnd, libraryProblem} from '../net/tls-fault.ts';
import {slashedName} from '../net/tls-names.ts';
import {isTooDeep, type VerifyFault, verifyFault, verifyFaultText} from '../net/tls-peer-trust.ts';
import {peerCertificate} from '../net/tls-peer-chain.ts';
import {describeTls, type TlsSession} from '../net/tls-session.ts';
import {summarizeTls} from '../net/tls-summary.ts';
import {TlsUnavailable} from '../net/tls-unavailable.ts';
import {SmtpdTlsContexts} from './smtpd-tls-contexts.ts';
import {readSmtpdTlsSettings, type SmtpdTlsSettings} from './smtpd-tls-settings.ts';

export interface SmtpdTlsSupplies {
  /** With the overrides of the service. */
  readonly config: Config;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** Random bytes that the processes of an instance share, so that each can take up a session that another began. */
  readonly ticketSecret?: Buffer | undefined;
}

/** Foreign names that are remembered. */
const MAX_NAMES = 1000;

export const noTlsReply = '454 4.7.0 TLS not available due to local problem';

export class SmtpdTls {
  readonly #config: Config;
  readonly #log: Log;
  readonly #settings: SmtpdTlsSettings;
  readonly #contexts: SmtpdTlsContexts | undefined;
  /** Whether the names that clients asked for have certificates of their own, as it was found last. */
  readonly #names = new Map<string, boolean>();

  constructor({config, log, now, ticketSecret}: SmtpdTlsSupplies) {
    this.#config = config;
    this.#log = log;
    this.#settings = readSmtpdTlsSettings(config, log);
    if (!this.isOffered && !this.isWrapped) return;
    if (this.#settings.logLevel.verbose) log.info('initializing the server-side TLS engine');
    this.#contexts = new SmtpdTlsContexts({config, log, now: now ?? Date.now, ticketSecret}, this.#settings);
    const context = this.#contexts.current;
    if (context instanceof TlsUnavailable) context.tell(log);
  }

  /** STARTTLS is a command, and announced until TLS is on. */
  get isOffered(): boolean {
    return this.#settings.level !== 'none';
  }
  /** Before TLS, commands are answered with 530 5.7.0 Must issue a STARTTLS command first. */
  get isRequired(): boolean {
    return this.#settings.isRequired;
  }
  /** TLS begins with the connection. */
  get isWrapped(): boolean {
    return this.#settings.isWrapped;
  }
  /** AUTH is neither announced nor taken outside TLS. */
  get isAuthOnly(): boolean {
    return this.#config.get('smtpd_tls_auth_only') || this.#settings.isRequired;
  }
  /** How long the handshake may be silent. */
  get handshakeTimeoutSeconds(): number {
    return this.#config.get('smtpd_starttls_timeout');
  }

  /** TLS can be had now: else STARTTLS is answered with `noTlsReply`, and a wrapped connection dropped. */
  get isAvailable(): boolean {
    const context = this.#contexts?.current;
    return context !== undefined && !(context instanceof TlsUnavailable);
  }

  /**
   * For `new TLSSocket(socket, options)`, each time anew; `client`: `H[A]`. At once, unless certificates go by name: then
   * the client's first bytes are waited for, so that nobody else may read the socket meanwhile. undefined: there is
   * nothing to be had; it is logged, and the connection has to be closed.
   */
  begin(socket: Socket, client: string): Later<TLSSocketOptions | undefined> {
    const contexts = this.#contexts;
    const context = contexts?.current;
    if (contexts === undefined || context === undefined || context instanceof TlsUnavailable) return undefined;
    const {ciphers} = contexts;
    if (this.#settings.logLevel.verbose) this.#log.info(`setting up TLS connection from ${client}`);
    if ('fault' in ciphers) return void this.#log.warning(`${client}: ${ciphers.fault}`);
    if (this.#settings.logLevel.verbose) this.#log.info(`${client}: TLS cipher list "${ciphers.ciphers}"`);
    return contexts.hasNames ? this.#beginNamed(socket, client, contexts, context) : this.#optionsFor(context);
  }

  /** What a connection that should begin with TLS and can't is dropped with. */
  dropWrapped(client: string, service: string): void {
    this.#log.warning(
      `Wrapper-mode request dropped from ${client} for service ${service}. TLS context initialization failed. ` +
        'For details see earlier warnings in your logs.',
    );
  }

  /** The handshake is through. */
  established(socket: TLSSocket, client: string): TlsSession {
    const {logLevel} = this.#settings;
    const fault = this.#verifyFault(socket);
    const session = summarizeTls(socket, {
      isServer: true,
      digest: this.#config.get('smtpd_tls_fingerprint_digest'),
      hasLegacyKeyFingerprints: this.#config.get('tls_legacy_public_key_fingerprints'),
      isTrusted: fault === undefined,
      isMatched: false,
      wantsDetails: logLevel.summary || this.#config.get('smtpd_tls_received_header'),
    });
    if (fault !== undefined && session.peerHasCertificate && (logLevel.untrusted || this.#settings.requiresCertificate))
      this.#log.info(verifyFaultText(fault, socket, client, 'client'));
    if (logLevel.peerCertificate && session.peerHasCertificate) this.#tellPeer(socket, session, client);
    if (logLevel.summary) this.#log.info(this.#summary(socket, session, client));
    return session;
  }

  #verifyFault(socket: TLSSocket): VerifyFault | undefined {
    const fault = verifyFault(socket);
    if (fault !== undefined || !this.#settings.asksCertificate) return fault;
    const limit = this.#config.get('smtpd_tls_ccert_verifydepth');
    return isTooDeep(socket, limit)
      ? {code: 'CERT_CHAIN_TOO_LONG', message: `certificate chain longer than limit(${limit})`}
      : undefined;
  }

  /** The handshake failed: with a fault of the socket, or without when the connection was closed. */
  failed(fault: unknown, client: string): void {
    this.#log.info(`SSL_accept error from ${client}: ${handshakeEnd(fault)}`);
    const problem = libraryProblem(fault);
    if (problem !== undefined) this.#log.warning(`TLS library problem: ${problem}`);
  }

  /** The reply that ends a session whose client certificate is not what is required; logged, and counted as an error. */
  refusal(session: TlsSession, client: string): string | undefined {
    if (!this.#settings.requiresCertificate || session.peerIsTrusted) return undefined;
    const why = session.peerHasCertificate ? 'Client certificate not trusted' : 'No client certificate presented';
    this.#log.info(`NOQUEUE: abort: TLS from ${client}: ${why}`);
    return `421 4.7.1 ${this.#config.get('myhostname')} Error: ${why}`;
  }

  /** Lines of the Received: header, between `from` and `by`; none without smtpd_tls_received_header. */
  receivedLines(session: TlsSession): readonly string[] {
    if (!this.#config.get('smtpd_tls_received_header')) return [];
    const {protocol, cipher, cipherBits, algorithmBits, details} = session;
    const lines = [`\t(using ${protocol} with cipher ${cipher} (${cipherBits}/${algorithmBits} bits)`];
    const [server, client] = details.split(' client-signature');
    if (server !== undefined && server !== '') lines.push(`\t ${server}`);
    if (client !== undefined) lines.push(`\t client-signature${client}`);
    lines[lines.length - 1] += ')';
    return [...lines, `\t(${this.#certificateComment(session)})`];
  }

  #certificateComment(session: TlsSession): string {
    if (session.peerHasCertificate) {
      const verdict = session.peerIsTrusted ? 'verified OK' : 'not verified';
      return `Client CN "${comment(session.peerSubject)}", Issuer "${comment(session.peerIssuer)}" (${verdict})`;
    }
    return this.#settings.asksCertificate ? 'Client did not present a certificate' : 'No client certificate requested';
  }

  #optionsFor(secureContext: SecureContext): TLSSocketOptions {
    return {
      isServer: true,
      secureContext,
      requestCert: this.#settings.asksCertificate,
      rejectUnauthorized: false, // refused in words, once the handshake is through
    };
  }

  async #beginNamed(
    socket: Socket,
    client: string,
    contexts: SmtpdTlsContexts,
    common: SecureContext,
  ): Promise<TLSSocketOptions | undefined> {
    const name = await readHelloName(socket, this.handshakeTimeoutSeconds * 1000);
    if (name === undefined) return this.#optionsFor(common);
    try {
      const context = await contexts.named(name);
      if (context === undefined)
        this.#log.info(`TLS SNI ${shown(name)} from ${client} not matched, using default chain`);
      this.#remember(name, context !== undefined);
      return this.#optionsFor(context ?? common);
    } catch (fault) {
      if (!(fault instanceof TlsUnavailable)) throw fault;
      fault.tell(this.#log);
      this.failed(new Error('error:0A0000EA:SSL routines::callback failed:'), client);
      return undefined;
    }
  }

  #remember(name: string, isServed: boolean): void {
    if (this.#names.size >= MAX_NAMES) this.#names.clear();
    this.#names.set(name, isServed);
  }

  #summary(socket: TLSSocket, session: TlsSession, client: string): string {
    const trust = session.peerIsTrusted ? 'Trusted' : session.peerHasCertificate ? 'Untrusted' : 'Anonymous';
    const {servername} = socket as TLSSocket & {readonly servername?: unknown}; // not in the types of Node 20
    const to = typeof servername === 'string' && this.#names.get(servername) === true ? ` to ${servername}` : '';
    return `${trust} TLS connection established from ${client}${to}: ${describeTls(session)}`;
  }

  #tellPeer(socket: TLSSocket, session: TlsSession, client: string): void {
    const certificate = peerCertificate(socket);
    if (certificate === undefined) return;
    if (this.#settings.logLevel.verbose) {
      this.#log.info(`subject=${slashedName(certificate.subject)}`);
      this.#log.info(`issuer=${slashedName(certificate.issuer)}`);
    }
    this.#log.info(
      `${client}: subject_CN=${session.peerSubject}, issuer=${session.peerIssuer}, ` +
        `fingerprint=${session.peerFingerprint}, pkey_fingerprint=${session.peerKeyFingerprint}`,
    );
  }
}

function shown(name: string): string {
  return name.replace(/[^!-~]/g, '?');
}

/** Foreign text inside a header's comment: printable, with its parentheses paired (RFC 5322 section 3.2.2). */
function comment(text: string): string {
  let result = '';
  let depth = 0;
  for (const char of text) {
    if (char === '(') depth++;
    else if (char === ')' && --depth < 0) break;
    result += char >= ' ' && char <= '~' && char !== '\\' && char !== '"' ? char : '?';
  }
  return result + ')'.repeat(Math.max(depth, 0));
}
