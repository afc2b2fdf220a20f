/** A conversation with one server, which may carry several messages, one after the other. */
import type {TlsSession} from '../../net/tls-session.ts';
import type {MailHost} from './host-search.ts';
import type {Reply} from './reply-parser.ts';
import type {ServerConnection} from './server-connection.ts';
import type {ServerFeatures} from './server-features.ts';

/** Where it goes to, in the forms that logs have. */
export interface Peer {
  /** Host name: Remote-MTA of reports. */
  readonly name: string;
  /** `host[address]`. */
  readonly nameAddress: string;
  /** `host[address]:port`, relay= of the log; of a socket `host[path]`. */
  readonly relay: string;
  /** What a kept connection is found by. */
  readonly endpoint: string;
  /** undefined: a unix-domain socket. */
  readonly host: MailHost | undefined;
}

export interface Session {
  readonly peer: Peer;
  readonly connection: ServerConnection;
  features: ServerFeatures;
  readonly tls: TlsSession | undefined;
  /** Milliseconds since 1970. */
  readonly openedAt: number;
  /** Deliveries so far, this one included. */
  uses: number;
  /** The next command on it is preceded by RSET, which also tells whether it is still good. */
  isReused: boolean;
  /** Not to be used for another message. */
  isSpent: boolean;
  /** The firewall before the server needs a pause before the final dot (postconf(5) smtp_pix_workarounds). */
  readonly delaysDot: boolean;
  /** False: its TLS is not to be used for more than one message (postconf(5) smtp_tls_connection_reuse). */
  readonly isKeepable: boolean;
  /** Which TLS policy it was made with, and whose login: it serves only who would make the same. */
  readonly tlsIdentity: string;
  readonly login: string;
}

/** Why mail is not through: what the log and the reports say. */
export interface Failure {
  readonly status: string;
  readonly text: string;
  readonly remote?: {readonly host: string; readonly reply: string} | undefined;
  /** The server as a whole is of no use now: others need not try. */
  readonly isOfServer: boolean;
  /** The message asks for more than the server can (RFC 8689 section 4.2.1): another one is tried, however final it is. */
  readonly isUnmetDemand?: boolean | undefined;
}

export function oneLine(text: string): string {
  return text.includes('\n') ? text.replaceAll('\n', ' ') : text;
}

/** A reply that says no. A yes that should not have come at all is an error in protocol. */
export function refusal(peer: Peer, reply: Reply, text: string, isOfServer: boolean): Failure {
  const remote = {host: peer.name, reply: oneLine(reply.text)};
  if (!reply.status.startsWith('2')) return {status: reply.status, text, remote, isOfServer};
  return {status: '5.5.0', text: `Protocol error: ${text}`, remote, isOfServer};
}

export function peerOf(host: MailHost): Peer {
  const nameAddress = `${host.name}[${host.address}]`;
  return {
    name: host.name,
    nameAddress,
    relay: `${nameAddress}:${host.port}`,
    endpoint: `${host.address}:${host.port}`,
    host,
  };
}

export function unixPeer(path: string, myHostName: string): Peer {
  const nameAddress = `${myHostName}[${path}]`;
  return {name: myHostName, nameAddress, relay: nameAddress, endpoint: path, host: undefined};
}
