/**
 * One address on which SMTP clients are served: smtp-server's listener with our sessions. A reload gives it another
 * service; sessions that have begun keep theirs.
 */
import type {Socket} from 'node:net';
import {createSecureContext, type TLSSocketOptions} from 'node:tls';
import {SMTPServer} from 'smtp-server';
import type {SMTPConnectionOptions} from 'smtp-server/lib/smtp-connection.js';
import {SmtpdSession} from './session.ts';
import type {SmtpdService} from './smtpd-service.ts';

export class SmtpdListener extends SMTPServer {
  service: SmtpdService;
  /** It takes no more connections, and its sessions are to end. */
  isDraining = false;
  #onIdle: (() => void) | undefined;

  constructor(service: SmtpdService) {
    super({
      logger: false,
      secure: false,
      hideSTARTTLS: true,
      disableReverseLookup: true,
      allowHalfOpen: true,
    } as object);
    this.service = service;
    this.options.socketTimeout = service.settings.timeoutSeconds * 1000;
    this.on('error', () => undefined); // of a single connection; `listenOn` hears of its own
  }

  /** Resolves when the address is served; rejects when it can't be. Answers the port. */
  listenOn(port: number, host: string | undefined): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({port, backlog: BACKLOG, ...(host === undefined ? {} : {host})}, () => {
        this.server.off('error', reject);
        const address = this.server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  /** Serves new connections as another configuration says. */
  become(service: SmtpdService): void {
    this.service = service;
    this.options.socketTimeout = service.settings.timeoutSeconds * 1000;
  }

  override connect(socket: Socket, options?: SMTPConnectionOptions): void {
    const session = new SmtpdSession(this, socket, options ?? null);
    this.connections.add(session);
    session.init();
  }

  /** The context and options for the handshake that begins now. */
  prepareHandshake({secureContext, requestCert, rejectUnauthorized}: TLSSocketOptions): void {
    this.secureContext.set('*', secureContext ?? createSecureContext());
    const {options} = this;
    options.requestCert = requestCert === true;
    options.rejectUnauthorized = rejectUnauthorized === true;
  }

  /** No new connection, and none that waits for its next message; resolves when the sessions have ended, or after the time given, whichever is first. */
  async drain(milliseconds: number): Promise<void> {
    this.isDraining = true;
    this.server.close();
    for (const session of this.connections) if (session instanceof SmtpdSession) session.leave();
    if (this.connections.size === 0) return;
    const idle = new Promise<void>(resolve => (this.#onIdle = resolve));
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([idle, new Promise(resolve => (timer = setTimeout(resolve, milliseconds)))]);
    clearTimeout(timer);
    for (const session of this.connections) session.close();
  }

  sessionClosed(): void {
    if (this.connections.size === 0) this.#onIdle?.();
  }
}

/** somaxconn is the system's own bound. */
const BACKLOG = 1024;
