/** STARTTLS of smtp-sink --rules: a certificate of its own, made at the start; loaded only where a rule asks for it. */
import type {Socket} from 'node:net';
import {createSecureContext, TLSSocket, type SecureContext} from 'node:tls';
import {makeSelfSigned} from '../core/net/self-signed.ts';

export function makeContext(hostname: string): SecureContext {
  const {key, certificate} = makeSelfSigned(hostname, new Date());
  return createSecureContext({key, cert: certificate});
}

/** What is read before the handshake has been thrown away by the caller (RFC 3207 section 4.2). */
export function encrypt(socket: Socket, context: SecureContext): TLSSocket {
  return new TLSSocket(socket, {isServer: true, secureContext: context});
}
