/**
 * What the SMTP client asks of TLS, server by server, and is answered: first what policy holds for a server, then the
 * handshake itself. `ClientTls` answers; who speaks SMTP does the rest:
 *
 * - `plan` before it connects; `failed` means that this server is not to be talked to;
 * - level `none`: no STARTTLS. With `isWrapped` the handshake comes before the greeting, else after EHLO and STARTTLS;
 * - `isAvailable`, `notOffered`, `refused`: whether STARTTLS can be done, and if not, what ends the session and how;
 * - a session `refuses` stays unused: mail does not go over it.
 */
import type {Socket} from 'node:net';
import type {TLSSocket} from 'node:tls';
import type {Later} from '../../address/address-rewriter.ts';
import type {TlsSession} from '../../net/tls-session.ts';

/** In order of strength. */
export type TlsLevel =
  'none' | 'may' | 'encrypt' | 'fingerprint' | 'half-dane' | 'dane' | 'dane-only' | 'verify' | 'secure';

/**
 * What a message asks of TLS (RFC 8689): nothing; that policies do not count (`TLS-Required: No`); or REQUIRETLS, which is
 * said where it can be (`wished`), over TLS at least (`encrypted`), or only to servers that are who they should be and
 * promise the same (`enforced`).
 */
export type TlsDemand = 'none' | 'waived' | 'wished' | 'encrypted' | 'enforced';

/** The server that is going to be tried, as far as policies and certificates are about it. */
export interface TlsTarget {
  /** The next hop as written: `[mx.example.net]:587`, `example.net`. */
  readonly nexthop: string;
  /** The same without brackets and port. */
  readonly domain: string;
  /** The server's name, where CNAMEs led from it, and whether the resolver vouches for its addresses. */
  readonly name: string;
  readonly canonicalName: string;
  readonly isSecure: boolean;
  /** 0: a unix-domain socket. */
  readonly port: number;
  /** It was found by MX records, which the resolver vouches for or not; undefined: it was not. */
  readonly isMxSecure: boolean | undefined;
  /** Its domain's MTA-STS policy is enforced (RFC 8461). */
  readonly isStsEnforced?: boolean | undefined;
  /** undefined: none. */
  readonly demand?: TlsDemand | undefined;
}

export interface TlsFailure {
  /** `4.7.5`. */
  readonly status: string;
  readonly text: string;
  /** It is the message that asks for so much: another server may do. */
  readonly isUnmetDemand?: boolean | undefined;
}

export interface TlsPlan {
  readonly level: TlsLevel;
  readonly demand: TlsDemand;
  readonly isWrapped: boolean;
  /** Sessions with the same may be used for one another (postconf(5) smtp_connection_cache_destinations). */
  readonly identity: string;
  /** Such a session may be kept for more mail (postconf(5) smtp_tls_connection_reuse); without TLS always. */
  readonly mayReuse: boolean;
}
export type TlsPlanning =
  {readonly kind: 'plan'; readonly plan: TlsPlan} | {readonly kind: 'failed'; readonly failure: TlsFailure};

export type TlsStart =
  | {
      readonly kind: 'on';
      readonly socket: TLSSocket;
      readonly session: TlsSession;
      /** The certificate is not what the level wants: no mail may go over the connection. */
      readonly refusal: TlsFailure | undefined;
    }
  /** The connection is of no use any more, and closed. */
  | {readonly kind: 'failed'; readonly failure: TlsFailure};

export interface TlsStep {
  plan(target: TlsTarget): Later<TlsPlanning>;
  /** What becomes of the mail when TLS can't be had on our side; undefined: go on without. */
  unavailable(plan: TlsPlan): TlsFailure | undefined;
  /** TLS can be had on our side. */
  readonly isAvailable: boolean;
  /** The server does not offer STARTTLS; undefined: go on without. `host`: `host[address]`. */
  notOffered(plan: TlsPlan, host: string): TlsFailure | undefined;
  /** The server refused STARTTLS with this reply, whose status counts; undefined: go on without. */
  refused(plan: TlsPlan, host: string, reply: string): string | undefined;
  /** STARTTLS is offered, and not used: it may be noted (postconf(5) smtp_tls_note_starttls_offer). */
  noteOffer(name: string): void;
  /** `peer`: `host[address]:port`. The socket is ours alone from now on. Never rejects. */
  start(socket: Socket, plan: TlsPlan, peer: string): Promise<TlsStart>;
  /**
   * After a handshake that failed at level `may`: the same server may be tried again without TLS. Mail that has just
   * come waits for another attempt first, and a login is not sent in the clear.
   */
  mayGoPlain(plan: TlsPlan, waitedSeconds: number, hasLogin: boolean): boolean;
}
