/**
 * One connection of an SMTP client: smtp-server's connection (socket, STARTTLS, life cycle), with our own parser and
 * machine. None of its command handlers is used; what is overridden is covered by a test of its own, since those method
 * names are not its public interface.
 *
 *   init -> (handshake of an implicit TLS service) -> names looked up -> greeting -> commands -> closed
 */
import type {Socket} from 'node:net';
import type {TLSSocket} from 'node:tls';
import {SMTPConnection, type SMTPConnectionOptions} from 'smtp-server/lib/smtp-connection.js';
import type {SMTPStream} from 'smtp-server/lib/smtp-stream.js';
import type {TlsSession} from '../net/tls-session.ts';
import {describe} from '../base/errors.ts';
import {ClientParser} from '../smtp/client-parser.ts';
import {lookUpClient} from './client-names.ts';
import type {SmtpdListener} from './listener.ts';
import {takeProxyHeader, type ProxyAnswer} from '../net/take-proxy-header.ts';
import {RequestDeadline} from './request-deadline.ts';
import {SmtpdMachine, type SmtpdWire} from './machine.ts';
import type {SmtpdService} from './smtpd-service.ts';
import type {SmtpdClient} from './smtpd-state.ts';

export class SmtpdSession extends SMTPConnection {
  readonly #service: SmtpdService;
  readonly #listener: SmtpdListener;
  #machine: SmtpdMachine | undefined;
  #out = '';
  #isEnded = false;
  /** While the client does not read its replies. */
  #draining: Promise<void> | undefined;
  #deadline: RequestDeadline | undefined;
  /** The handshake under way. */
  #onSecured: ((session: TlsSession | undefined) => void) | undefined;

  constructor(listener: SmtpdListener, socket: Socket, options?: SMTPConnectionOptions | null) {
    super(listener, socket, options);
    this.#listener = listener;
    this.#service = listener.service;
  }

  override init(): void {
    this._socket.on('close', () => this._onClose());
    this._socket.on('error', fault => this._onError(fault));
    this._armTimeout();
    const {proxyProtocol} = this.#service.settings;
    if (proxyProtocol !== '') return void this.#askProxy(proxyProtocol);
    this.#open();
  }

  #open(): void {
    if (this.#service.tls?.isWrapped !== true) this._socket.pipe(this.#stream);
    void this.#begin();
  }

  /** A proxy's connection counts as its client's. */
  async #askProxy(protocol: string): Promise<void> {
    const {log, settings, families} = this.#service;
    const answer: ProxyAnswer =
      protocol === 'haproxy'
        ? await takeProxyHeader(this._socket, families, settings.proxySeconds)
        : {kind: 'fault', text: `unknown proxy protocol: ${protocol}`};
    if (answer.kind === 'fault') {
      log.warning(answer.text);
      log.info(`connect from ${this.#peerText()}`);
      this.send(421, `4.3.0 ${settings.hostName} Server local error`);
      log.info(`disconnect from ${this.#peerText()} commands=0/0`);
      return this.close();
    }
    if (answer.connection !== undefined) {
      const {clientAddress, clientPort, serverAddress, serverPort} = answer.connection;
      this.remoteAddress = clientAddress;
      this.remotePort = clientPort;
      this.localAddress = serverAddress;
      this.localPort = serverPort;
    }
    this.#open();
  }

  /** Called by the base class's constructor too, and again for the TLS session. */
  override _createParser(): SMTPStream {
    const parser = new ClientParser({
      lineLimit: this._server === undefined ? 0 : longestLine((this._server as SmtpdListener).service), // as it was made
      command: (line, isBare) => {
        this.#deadline?.restart();
        return this.#machine?.command(line, isBare);
      },
      content: bytes => this.#deadline?.earn(bytes),
      drained: () => this.#drained(),
      finished: () => this.#lost(),
      failed: fault => this.#broken(fault),
    });
    return parser as unknown as SMTPStream; // the base class pipes into it and sets isClosed, which ours has
  }

  /** The service ends: a session between two messages does too, one with a message under way after that. */
  leave(): void {
    const machine = this.#machine;
    if (machine === undefined || machine.isOver || machine.transaction.isOpen || this._upgrading) return;
    this.#out += `421 4.3.2 ${this.#service.settings.hostName} Service shutting down\r\n`;
    machine.end();
  }

  #drained(): Promise<void> | undefined {
    if (this.#listener.isDraining) this.leave();
    return this.#flush();
  }

  /** The base class says `421 Server shutting down` through this. */
  override send(code: number, text?: string | string[] | null): void {
    this.#out += `${code} ${String(text)}\r\n`;
    void this.#flush();
  }

  override _onTimeout(): void {
    if (this._closing) return void this._socket.destroy();
    if (this.#parser?.isWorking === true) return this._armTimeout(); // the client waits for us
    this.#machine?.timedOut();
    if (this.#machine === undefined) this._socket.destroy();
  }

  override _onError(_fault: unknown): void {
    if (this.#onSecured !== undefined) this.#secured(undefined, _fault);
    this.close(); // its `close` event tells the rest
  }

  override _onClose(): void {
    this.#secured(undefined, undefined);
    this.#lost();
    super._onClose();
    this.#listener.sessionClosed();
  }

  /** The base class keeps a session object of its own, which nobody reads here. */
  override _resetSession(): void {
    return;
  }

  get #stream(): NodeJS.WritableStream {
    return this._parser as unknown as NodeJS.WritableStream; // see _createParser
  }

  get #parser(): ClientParser | undefined {
    return this._parser === false ? undefined : (this._parser as unknown as ClientParser); // see _createParser
  }

  async #begin(): Promise<void> {
    try {
      const client = await this.#client();
      const machine = new SmtpdMachine(this.#service, this.#wire(), client);
      this.#machine = machine;
      if (this._closed) return machine.ended('lost connection');
      await machine.start(this.#service.tls?.isWrapped === true ? () => this.#handshake() : undefined);
      this.#setDeadline(machine);
      this.#parser?.open();
      if (this.#listener.isDraining) this.leave();
    } catch (fault) {
      this.#broken(fault);
    }
  }

  #setDeadline(machine: SmtpdMachine): void {
    const {perRequestDeadline, timeoutSeconds, minDataRate} = this.#service.settings;
    if (!perRequestDeadline) return;
    this.#deadline = new RequestDeadline(timeoutSeconds, minDataRate, () => machine.timedOut());
  }

  async #client(): Promise<SmtpdClient> {
    const {dns, log, settings} = this.#service;
    const address = this.remoteAddress;
    const names = await lookUpClient(address, settings.looksUpNames ? dns : undefined, log);
    return {
      ...names,
      address,
      port: String(this.remotePort),
      serverAddress: this.localAddress,
      serverPort: String(this.localPort),
    };
  }

  #wire(): SmtpdWire {
    const parser = (): ClientParser => this.#parser ?? new ClientParser(CLOSED);
    return {
      get parser() {
        return parser();
      },
      write: text => void (this.#out += text),
      flush: () => void this.#flush(),
      startTls: () => this.#startTls(),
      end: () => this.#end(),
    };
  }

  async #startTls(): Promise<TlsSession | undefined> {
    void this.#flush();
    const session = await this.#handshake();
    // What comes next is obeyed when the machine has forgotten what was said before.
    setImmediate(() => this.#parser?.open());
    return session;
  }

  /** A promise: the client does not read. */
  #flush(): Promise<void> | undefined {
    if (this.#out !== '' && !this._upgrading && !this._socket.destroyed) {
      this._socket.write(this.#out, 'latin1');
      this.#out = '';
    }
    const socket = this._socket;
    if (!socket.writableNeedDrain || socket.destroyed) return undefined;
    this.#draining ??= new Promise(resolve => {
      const done = (): void => {
        socket.off('drain', done);
        socket.off('close', done);
        this.#draining = undefined;
        resolve();
      };
      socket.on('drain', done);
      socket.on('close', done);
    });
    return this.#draining;
  }

  #end(): void {
    void this.#flush();
    this.#logEnd(this.#machine?.lostKind);
    this.close();
  }

  #lost(): void {
    if (this.#machine === undefined || this.#machine.isOver) return;
    this.#logEnd('lost connection');
    this.close();
  }

  #logEnd(kind: Parameters<SmtpdMachine['ended']>[0]): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#deadline?.stop();
    this.#machine?.ended(kind);
  }

  /** A defect: the client hears that it is not its fault. */
  #broken(fault: unknown): void {
    this.#service.log.error(
      `${this.remoteAddress}: ${fault instanceof Error ? (fault.stack ?? fault.message).replaceAll('\n', ' ') : describe(fault)}`,
    );
    this.#out += `421 4.3.0 ${this.#service.settings.hostName} Error: internal error\r\n`;
    this.#machine?.record.trouble('software');
    this.#machine?.lose('lost connection');
    if (this.#machine === undefined) this.close();
  }

  /** smtp-server's `upgrade` retires the parser with all that was sent in plain text, and makes a new one. */
  async #handshake(): Promise<TlsSession | undefined> {
    const {tls, name} = this.#service;
    if (tls === undefined) return undefined;
    this._socket.unpipe(this.#stream); // the handshake's bytes are not commands
    const options = await tls.begin(this._socket, this.#peerText());
    if (options === undefined) {
      if (tls.isWrapped) tls.dropWrapped(this.#peerText(), name);
      return undefined;
    }
    this.#listener.prepareHandshake(options);
    return new Promise(resolve => {
      this.#onSecured = resolve;
      this.upgrade(
        () => undefined,
        () => {
          this.#secured(tls.established(this._socket as TLSSocket, this.#peerText()), undefined); // it is one by now
        },
      );
    });
  }

  #secured(session: TlsSession | undefined, fault: unknown): void {
    const resolve = this.#onSecured;
    this.#onSecured = undefined;
    if (resolve === undefined) return;
    if (session === undefined) {
      this.#service.tls?.failed(fault, this.#peerText());
    }
    resolve(session);
  }

  /** A wrapped connection has no name yet. */
  #peerText(): string {
    return this.#machine?.clientText ?? `unknown[${this.remoteAddress}]`;
  }
}

/** Answers in a SASL dialogue may be longer than commands. */
function longestLine({settings}: SmtpdService): number {
  return Math.max(settings.lineLimit, settings.saslResponseLimit + 1);
}

/** Stands for the parser of a connection that is gone. */
const CLOSED = {
  lineLimit: 1,
  command: () => undefined,
  drained: () => undefined,
  finished: () => undefined,
  failed: () => undefined,
};
