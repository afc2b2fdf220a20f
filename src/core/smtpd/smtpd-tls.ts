/** TLS of an smtpd service, as its sessions ask for it. */
import type {TLSSocket, TLSSocketOptions} from 'node:tls';
import type {TlsSession} from '../net/tls-session.ts';
import type {SmtpdClient} from './smtpd-state.ts';

export interface SmtpdTls {
  /** STARTTLS is announced and obeyed. */
  readonly isOffered: boolean;
  /** Nothing but EHLO, NOOP, QUIT and STARTTLS before it. */
  readonly isRequired: boolean;
  /** TLS from the first byte (smtpd_tls_wrappermode). */
  readonly isImplicit: boolean;
  /** AUTH only below TLS. */
  readonly authNeedsTls: boolean;
  readonly asksForCertificate: boolean;
  readonly showsInReceived: boolean;
  readonly handshakeSeconds: number;
  /** For one more handshake: contexts are read again when their files have changed. */
  socketOptions(): TLSSocketOptions;
  /** Logs it too, as smtpd_tls_loglevel says. */
  established(socket: TLSSocket, client: SmtpdClient): TlsSession;
  failed(fault: Error, client: SmtpdClient): void;
}
