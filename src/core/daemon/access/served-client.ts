/** A client on its way into a protocol: what every protocol's server needs of it, and of the access behind. */
import {loginLine, makeSessionId} from '../../account/login-log.ts';
import type {AcceptedLogin, SaslConnection, UserRecord} from '../../account/sasl/sasl.ts';
import {Refusal} from '../../base/errors.ts';
import {hostNetwork} from '../../config/dovecot/network.ts';
import type {DovecotSettings} from '../../config/dovecot/dovecot-settings.ts';
import type {Log} from '../../log/log.ts';
import type {MailStore} from '../../mailbox/mail-store.ts';
import type {AccessTls} from './access-tls.ts';
import type {ClientSocket} from './client-socket.ts';
import type {Connection, Connections} from './connections.ts';
import type {MailAccess} from './mail-access.ts';
import {hasTls, tlsSettings} from './tls-settings.ts';

export interface AccessParts {
  readonly access: MailAccess;
  readonly tls: AccessTls;
  readonly connections: Connections;
  readonly log: Log;
}

const HANDSHAKE_MILLISECONDS = 30_000;

export class ServedClient {
  readonly parts: AccessParts;
  readonly client: ClientSocket;
  readonly protocol: string;
  readonly settings: DovecotSettings;
  readonly session: string;
  readonly loginLog: Log;
  /** How the session can be ended from outside. */
  end: (text: string) => void = () => undefined;
  #connection: Connection | undefined;
  #mechanism = '';
  #record: UserRecord | undefined;

  constructor(parts: AccessParts, client: ClientSocket, protocol: string) {
    this.parts = parts;
    this.client = client;
    this.session = makeSessionId(Date.now(), client.remotePort, addressBytes(client.remoteAddress));
    this.protocol = protocol;
    this.settings = parts.access.config.settings({
      protocol,
      localAddress: client.localAddress,
      remoteAddress: client.remoteAddress,
    });
    this.loginLog = parts.log.as(`${protocol === 'sieve' ? 'managesieve' : protocol}-login`);
  }

  /** Whether TLS can be had. */
  get hasTls(): boolean {
    return hasTls(this.settings, this.parts.access.root);
  }

  async startTls(): Promise<void> {
    const {access, tls} = this.parts;
    const {client, protocol} = this;
    const options = await tls.optionsFor(client.stream, access.config.hasNames, localName => {
      const {localAddress, remoteAddress} = client;
      const asked = {protocol, localName, localAddress, remoteAddress};
      return tlsSettings(access.config.settings(asked), access.root, access.hostName);
    });
    await client.startTls(options, HANDSHAKE_MILLISECONDS);
  }

  saslConnection(): SaslConnection {
    const {client, protocol} = this;
    return {
      service: protocol,
      clientAddress: client.remoteAddress,
      serverAddress: client.localAddress,
      clientPort: client.remotePort,
      serverPort: client.localPort,
      isEncrypted: client.tls !== undefined,
      session: this.session,
      certificateName: client.tls?.authorized === true ? certificateName(client) : undefined,
    };
  }

  /** Encrypted, or of this machine. */
  get isSecured(): boolean {
    return this.client.isSecured;
  }

  /** Of who is in; counts him, and refuses him beyond his limit. Throws `Refusal`. */
  async openStore(username: string, login?: AcceptedLogin): Promise<MailStore> {
    const {access, connections} = this.parts;
    const address = this.client.remoteAddress;
    const place = {protocol: this.protocol, username, address};
    const limit = this.settings.get('mail_max_userip_connections');
    if (limit > 0 && address !== '' && connections.count(place) >= limit) {
      this.loginLog.info(
        this.line(
          `Maximum number of connections from user+IP exceeded (mail_max_userip_connections=${limit})`,
          username,
        ),
      );
      const text = `Maximum number of connections from user+IP exceeded (mail_max_userip_connections=${limit})`;
      throw new Refusal('LIMIT', text);
    }
    const found = await (login === undefined ? access.lookupUser(username, this.saslConnection()) : login.user());
    if (found.kind !== 'found') throw new Error(`user ${username} can't be looked up in the userdb`);
    this.#record = found.user;
    const store = await access.openStoreOf(found.user, this.protocol);
    this.#connection = {...place, pid: process.pid, end: () => this.end('Server shutting down.')};
    connections.add(this.#connection);
    return store;
  }

  /** Of who is in, once his store is open. */
  get record(): UserRecord | undefined {
    return this.#record;
  }

  loggedIn(username: string, mechanism: string): void {
    this.#mechanism = mechanism;
    this.loginLog.info(this.line('Login', username));
  }

  loginEnded(text: string): void {
    this.loginLog.info(this.line(text, ''));
  }

  line(text: string, username: string): string {
    const {settings} = this;
    const facts = {
      connection: this.saslConnection(),
      user: username,
      method: this.#mechanism,
      processId: this.#mechanism === '' ? undefined : process.pid,
      isSecured: this.isSecured,
      tls: this.client.tls?.getProtocol() ?? undefined,
    };
    const format = settings.get('login_log_format');
    return loginLine(text, facts, {format, elements: settings.get('login_log_format_elements')});
  }

  /** `imap(user)<pid><session>` (mail_log_prefix). */
  sessionLog(username: string): Log {
    const name = this.protocol === 'sieve' ? 'managesieve' : this.protocol;
    return this.parts.log.as(`${name}(${username})<${process.pid}><${this.session}>`);
  }

  /** The session is over. */
  gone(): void {
    if (this.#connection !== undefined) this.parts.connections.remove(this.#connection);
    this.#connection = undefined;
  }
}

function certificateName({tls}: ClientSocket): string | undefined {
  const name: unknown = tls?.getPeerCertificate().subject?.CN;
  return typeof name === 'string' ? name : undefined;
}

function addressBytes(address: string): Buffer {
  const network = address === '' ? undefined : hostNetwork(address);
  return Buffer.from(network?.bytes ?? []);
}
