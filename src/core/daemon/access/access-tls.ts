/**
 * TLS for mail clients (doveconf(1) ssl_*): contexts from the settings that count for a connection, kept as long as those
 * say the same. Certificates by name (local_name) are chosen by what the client asks for.
 *
 * Settings that no context can be made of throw when a client asks for TLS; the fault is the log's.
 */
import {constants} from 'node:crypto';
import type {Socket} from 'node:net';
import {createSecureContext, type SecureContext, type TLSSocketOptions} from 'node:tls';
import {opensslCiphers} from '../../net/tls-ciphers.ts';
import {readHelloName} from '../../net/client-hello.ts';

/** PEM texts, and words of dovecot.conf. */
export interface AccessTlsSettings {
  readonly certificate: string;
  readonly key: string;
  readonly keyPassword: string;
  readonly authorities: string;
  readonly asksCertificate: boolean;
  readonly minProtocol: string;
  readonly ciphers: string;
  readonly curves: string;
  readonly prefersServerCiphers: boolean;
  readonly alternativeCertificate: string;
  readonly alternativeKey: string;
}

/** Contexts that are kept: names are foreign, certificates are not. */
const MAX_CONTEXTS = 100;
const HELLO_MILLISECONDS = 30_000;

export class AccessTls {
  readonly #contexts = new Map<string, SecureContext>();

  /** `settingsFor` a server name, '' where the client names none; `hasNames`: any name has settings of its own. */
  async optionsFor(
    socket: Socket,
    hasNames: boolean,
    settingsFor: (name: string) => AccessTlsSettings,
  ): Promise<TLSSocketOptions> {
    const name = hasNames ? ((await readHelloName(socket, HELLO_MILLISECONDS)) ?? '') : '';
    const settings = settingsFor(name);
    return {
      isServer: true,
      secureContext: this.#contextOf(settings),
      requestCert: settings.asksCertificate,
      rejectUnauthorized: false, // whether a certificate is asked for is the login's business
    };
  }

  #contextOf(settings: AccessTlsSettings): SecureContext {
    const key = JSON.stringify(settings);
    const known = this.#contexts.get(key);
    if (known !== undefined) return known;
    if (this.#contexts.size >= MAX_CONTEXTS) this.#contexts.clear();
    const made = makeContext(settings);
    this.#contexts.set(key, made);
    return made;
  }
}

function makeContext(settings: AccessTlsSettings): SecureContext {
  const has = (text: string): boolean => text !== '';
  const {keyPassword, authorities} = settings;
  const keys = [settings.key, settings.alternativeKey].filter(has);
  return createSecureContext({
    cert: [settings.certificate, settings.alternativeCertificate].filter(has),
    key: keys.map(pem => ({pem, ...(has(keyPassword) ? {passphrase: keyPassword} : {})})),
    ...(has(authorities) ? {ca: authorities} : {}),
    minVersion: minVersion(settings.minProtocol),
    ...(has(settings.ciphers) ? {ciphers: opensslCiphers(settings.ciphers)} : {}),
    ...(has(settings.curves) ? {ecdhCurve: settings.curves} : {}),
    secureOptions: settings.prefersServerCiphers ? constants.SSL_OP_CIPHER_SERVER_PREFERENCE : 0,
  });
}

type Version = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** `ANY` and `SSLv3` mean the oldest that there is. */
function minVersion(word: string): Version {
  return word === 'TLSv1.1' || word === 'TLSv1.2' || word === 'TLSv1.3' ? word : 'TLSv1';
}
