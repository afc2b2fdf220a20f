/**
 * From an address to a server that is ready for mail: connection, greeting, TLS, login. Answers the session, or why there
 * is none; throws `TableError` when a table could not be asked.
 *
 *   connect -> [TLS] -> greeting -> EHLO -> [STARTTLS -> TLS -> EHLO] -> [AUTH] -> ready
 */
import type {Socket} from 'node:net';
import type {DeliveryRequest} from '../../queue/agent.ts';
import type {TlsSession} from '../../net/tls-session.ts';
import type {Client} from './client.ts';
import {connectSocket, type SocketTarget} from './connect-socket.ts';
import type {Destination} from './host-search.ts';
import {type HelloContext, type HelloResult, type Progress, sayHello} from './hello.ts';
import {ReplyParser} from './reply-parser.ts';
import {ConnectionFault, ServerConnection} from './server-connection.ts';
import type {ServerFeatures} from './server-features.ts';
import {type Failure, oneLine, type Peer, refusal, type Session} from './session.ts';
import type {Login} from './sasl-login.ts';
import type {TlsFailure, TlsPlan} from './tls-step.ts';

export type OpenResult =
  | {readonly kind: 'open'; readonly session: Session}
  /** There was no connection. */
  | {readonly kind: 'unreachable'; readonly failure: Failure}
  /** `mayGoPlain`: TLS broke down, and the same server may be tried without. */
  | {readonly kind: 'failed'; readonly failure: Failure; readonly mayGoPlain: boolean};

export interface OpenOrder {
  readonly peer: Peer;
  readonly request: DeliveryRequest;
  readonly destination: Destination;
  readonly plan: TlsPlan;
  /** We are the best mail exchanger's equal, or it has none better. */
  readonly isBestMx: boolean;
}

export async function openSession(client: Client, order: OpenOrder): Promise<OpenResult> {
  const opened = await connectFrom(order.peer, client);
  if ('failure' in opened) return {kind: 'unreachable', failure: opened.failure};
  return new SessionOpening(client, order, opened.socket).run();
}

/** What ends the opening early. */
class OpeningFault extends Error {
  override readonly name = 'OpeningFault';
  readonly failure: Failure;
  /** The server is taken leave of with QUIT. */
  readonly isPolite: boolean;
  readonly mayGoPlain: boolean;

  constructor(failure: Failure, isPolite: boolean, mayGoPlain = false) {
    super(failure.text);
    this.failure = failure;
    this.isPolite = isPolite;
    this.mayGoPlain = mayGoPlain;
  }
}

class SessionOpening {
  readonly #client: Client;
  readonly #order: OpenOrder;
  readonly #connection: ServerConnection;
  readonly #progress: Progress = {where: ''};
  #features: ServerFeatures | undefined;
  #delaysDot = false;
  #tls: TlsSession | undefined;

  constructor(client: Client, order: OpenOrder, socket: Socket) {
    this.#client = client;
    this.#order = order;
    const {peer, request} = order;
    const parser = new ReplyParser({
      lineLimit: client.settings.replyLineLimit,
      filter: client.tables.replyFilter(peer.relay),
      complain: (line, what) =>
        client.complain(request.envelope.id, peer, this.#features?.hasPipelining === true, line, what),
    });
    this.#connection = new ServerConnection(socket, parser);
  }

  async run(): Promise<OpenResult> {
    try {
      return {kind: 'open', session: await this.#open()};
    } catch (fault) {
      if (fault instanceof OpeningFault) {
        if (fault.isPolite) this.#connection.add('QUIT\r\n');
        this.#connection.hangUp(fault.isPolite ? this.#client.goodbyeSeconds : 0);
        return {kind: 'failed', failure: fault.failure, mayGoPlain: fault.mayGoPlain};
      }
      this.#connection.destroy();
      if (!(fault instanceof ConnectionFault)) throw fault;
      return {kind: 'failed', failure: brokenOff(this.#order.peer, fault, this.#progress), mayGoPlain: false};
    }
  }

  async #open(): Promise<Session> {
    const {peer, plan, request, destination} = this.#order;
    const isWrapped = plan.isWrapped && plan.level !== 'none';
    const login = await this.#client.login.find(
      request.envelope.sender,
      peer.name,
      destination.kind === 'inet' ? destination.text : peer.endpoint,
    );
    if (isWrapped) await this.#startTls(login);
    let features = this.#take(await this.#hello(true));
    if (!isWrapped && (await this.#negotiateTls(features, login))) features = this.#take(await this.#hello(false));
    const session: Session = {
      peer,
      connection: this.#connection,
      features,
      tls: this.#tls,
      openedAt: this.#client.now(),
      uses: 0,
      isReused: false,
      isSpent: false,
      isKeepable: plan.mayReuse || this.#tls === undefined,
      delaysDot: this.#delaysDot,
      tlsIdentity: plan.identity,
      login: this.#client.loginIdentity(request),
    };
    if (features.hasAuth && login !== undefined) await this.#logIn(session, login);
    return session;
  }

  #take(result: HelloResult): ServerFeatures {
    if (result.kind === 'failed') throw new OpeningFault(result.failure, true);
    this.#features = result.features;
    this.#delaysDot ||= result.delaysDot;
    return result.features;
  }

  #hello(hasGreeting: boolean): Promise<HelloResult> {
    return sayHello(this.#connection, this.#order.peer, this.#helloContext(), this.#progress, hasGreeting);
  }

  #helloContext(): HelloContext {
    const {peer, request, isBestMx} = this.#order;
    const {settings, log, tables} = this.#client;
    const {id, arrivalSeconds} = request.envelope;
    return {
      settings,
      log,
      id,
      discarded: () => tables.discarded(peer.host?.address ?? peer.endpoint),
      workarounds: () => tables.workarounds(id, peer, this.#client.now() / 1000 - arrivalSeconds),
      loop: peer.host?.port === SMTP_PORT ? {nexthop: request.nexthop, isBestMx} : undefined,
    };
  }

  /** Answers whether the conversation goes on inside TLS. */
  async #negotiateTls(features: ServerFeatures, login: Login | undefined): Promise<boolean> {
    const {plan, peer} = this.#order;
    const {tls} = this.#client;
    if (plan.level === 'none') {
      if (features.hasStartTls) tls.noteOffer(peer.name);
      return false;
    }
    if (!features.hasStartTls) this.#failIf(tls.notOffered(plan, peer.nameAddress));
    else if (!tls.isAvailable) this.#failIf(tls.unavailable(plan));
    else if (await this.#askForTls()) {
      await this.#startTls(login);
      return true;
    }
    return false;
  }

  #failIf(failure: TlsFailure | undefined): void {
    if (failure !== undefined) throw new OpeningFault({...failure, isOfServer: true}, true);
  }

  async #askForTls(): Promise<boolean> {
    const {plan, peer} = this.#order;
    const {timeouts, hasDeadlines} = this.#client.settings;
    this.#progress.where = 'receiving the STARTTLS response';
    this.#connection.add('STARTTLS\r\n');
    const reply = await this.#connection.reply({seconds: timeouts.startTls, isDeadline: hasDeadlines});
    if (reply.code >= 200 && reply.code < 300) return true;
    const text = this.#client.tls.refused(plan, peer.nameAddress, oneLine(reply.text));
    const isUnmetDemand = plan.demand === 'encrypted' || plan.demand === 'enforced';
    if (text !== undefined) throw new OpeningFault({...refusal(peer, reply, text, true), isUnmetDemand}, true);
    return false;
  }

  async #startTls(login: Login | undefined): Promise<void> {
    const {plan, peer, request} = this.#order;
    const {tls} = this.#client;
    const started = await tls.start(this.#connection.release(), plan, peer.relay);
    if (started.kind === 'failed') {
      const waited = this.#client.now() / 1000 - request.envelope.arrivalSeconds;
      const mayGoPlain = tls.mayGoPlain(plan, waited, login !== undefined);
      throw new OpeningFault({...started.failure, isOfServer: plan.level !== 'may'}, false, mayGoPlain);
    }
    this.#connection.continueOver(started.socket);
    this.#tls = started.session;
    if (started.refusal !== undefined) throw new OpeningFault({...started.refusal, isOfServer: true}, true);
  }

  async #logIn(session: Session, login: Login): Promise<void> {
    const {timeouts, hasDeadlines} = this.#client.settings;
    const failure = await this.#client.login.logIn(session, login, {seconds: timeouts.hello, isDeadline: hasDeadlines});
    if (failure !== undefined) throw new OpeningFault(failure, true);
  }
}

/** An own address that can't be used is done without, unless it must be (smtp_bind_address_enforce). */
async function connectFrom(peer: Peer, client: Client): Promise<{socket: Socket} | {failure: Failure}> {
  const {timeouts, mustBind} = client.settings;
  const target = targetOf(peer, client);
  let result = await connectSocket(target, timeouts.connect);
  if (result.kind === 'failed' && result.isBind && target.kind === 'inet') {
    client.log.warning(`smtp_connect_addr: bind ${target.localAddress ?? ''}: ${result.text}`);
    if (mustBind) return {failure: {status: '4.4.0', text: 'server configuration error', isOfServer: true}};
    result = await connectSocket({...target, localAddress: undefined}, timeouts.connect);
  }
  if (result.kind === 'open') return {socket: result.socket};
  return {failure: {status: '4.4.1', text: `connect to ${peer.relay}: ${result.text}`, isOfServer: true}};
}

function targetOf({host, endpoint}: Peer, client: Client): SocketTarget {
  if (host === undefined) return {kind: 'unix', path: client.socketPath(endpoint)};
  const {bindAddress, bindAddress6} = client.settings;
  const local = host.family === 4 ? bindAddress : bindAddress6;
  return {kind: 'inet', address: host.address, port: host.port, localAddress: local === '' ? undefined : local};
}

export function brokenOff({nameAddress}: Peer, {kind}: ConnectionFault, {where}: Progress): Failure {
  switch (kind) {
    case 'lost':
      return {status: '4.4.2', text: `lost connection with ${nameAddress} while ${where}`, isOfServer: true};
    case 'timed out':
      return {status: '4.4.2', text: `conversation with ${nameAddress} timed out while ${where}`, isOfServer: true};
    case 'local':
      return {status: '4.3.0', text: `local data error while talking to ${nameAddress}`, isOfServer: false};
  }
}

const SMTP_PORT = 25;
