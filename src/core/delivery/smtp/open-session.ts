/** From an address to a server that is ready for mail: connection, greeting, TLS, login. */
import type {Socket} from 'node:net';
import type {DeliveryRequest} from '../../queue/agent.ts';
import type {Client} from './client.ts';
import {connectSocket, type SocketTarget} from './connect-socket.ts';
import type {Destination, MailHost} from './host-search.ts';
import {type HelloContext, type Progress, sayHello} from './hello.ts';
import {ReplyParser} from './reply-parser.ts';
import {ConnectionFault, ServerConnection} from './server-connection.ts';
import type {Failure, Peer, Session} from './session.ts';

export type OpenResult =
  | {readonly kind: 'open'; readonly session: Session}
  /** There was no connection. */
  | {readonly kind: 'unreachable'; readonly failure: Failure}
  | {readonly kind: 'failed'; readonly failure: Failure};

export function peerOf(host: MailHost): Peer {
  const nameAddress = `${host.name}[${host.address}]`;
  const relay = `${nameAddress}:${host.port}`;
  return {name: host.name, nameAddress, relay, endpoint: `${host.address}:${host.port}`, host};
}

export function unixPeer(path: string, myHostName: string): Peer {
  const nameAddress = `${myHostName}[${path}]`;
  return {name: myHostName, nameAddress, relay: nameAddress, endpoint: path, host: undefined};
}

export async function openSession(
  peer: Peer,
  client: Client,
  request: DeliveryRequest,
  destination: Destination,
): Promise<OpenResult> {
  const {settings} = client;
  const opened = await connectFrom(peer, client);
  if ('failure' in opened) return {kind: 'unreachable', failure: opened.failure};
  let hasPipelining = false;
  const parser = new ReplyParser({
    lineLimit: settings.replyLineLimit,
    filter: client.tables.replyFilter(peer.relay),
    complain: (line, what) => client.complain(request.envelope.id, peer, hasPipelining, line, what),
  });
  const connection = new ServerConnection(opened.socket, parser);
  const progress: Progress = {where: ''};
  try {
    const hello = await sayHello(connection, peer, helloContext(peer, client, request), progress, true);
    if (hello.kind === 'failed') {
      connection.add('QUIT\r\n');
      connection.hangUp();
      return hello;
    }
    hasPipelining = hello.features.hasPipelining;
    const session: Session = {
      peer,
      connection,
      features: hello.features,
      tls: undefined,
      openedAt: client.now(),
      uses: 0,
      isReused: false,
      isSpent: false,
      delaysDot: hello.delaysDot,
      identity: client.identityFor(request),
    };
    void destination;
    return {kind: 'open', session};
  } catch (fault) {
    connection.destroy();
    if (!(fault instanceof ConnectionFault)) throw fault;
    return {kind: 'failed', failure: brokenOff(peer, fault, progress)};
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

function targetOf(peer: Peer, client: Client): SocketTarget {
  const {host} = peer;
  if (host === undefined) return {kind: 'unix', path: client.socketPath(peer.endpoint)};
  const {bindAddress, bindAddress6} = client.settings;
  const local = host.family === 4 ? bindAddress : bindAddress6;
  return {kind: 'inet', address: host.address, port: host.port, localAddress: local === '' ? undefined : local};
}

function helloContext(peer: Peer, client: Client, request: DeliveryRequest): HelloContext {
  const {host} = peer;
  const {settings, log} = client;
  return {
    settings,
    log,
    id: request.envelope.id,
    discarded: () => client.tables.discarded(host?.address ?? peer.endpoint),
    workarounds: () => client.tables.workarounds(request.envelope.id, peer, ageOf(request, client)),
    loop: host?.port === SMTP_PORT ? {nexthop: request.nexthop, isBestMx: false} : undefined,
  };
}

/** Seconds since the message arrived. */
function ageOf({envelope}: DeliveryRequest, client: Client): number {
  return client.now() / 1000 - envelope.arrivalSeconds;
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
