/**
 * Serves mail clients: listeners for the services of dovecot.conf whose protocols are on, a session for each client. A
 * reload changes what new sessions get; addresses that stay are listened on without a break.
 */
import {chmodSync, rmSync} from 'node:fs';
import {createServer, type Server, type Socket} from 'node:net';
import {toPath} from '../../base/bytes.ts';
import {describe} from '../../base/errors.ts';
import type {Log} from '../../log/log.ts';
import {restMailboxes} from '../../mailbox/mailbox-registry.ts';
import {type AccessReply, type AccessRequest, answerAccess} from './access-control.ts';
import {type AccessAddress, accessAddresses, addressName} from './access-addresses.ts';
import {AccessTls} from './access-tls.ts';
import {ClientSocket} from './client-socket.ts';
import {Connections} from './connections.ts';
import type {MailAccess} from './mail-access.ts';
import {protocols} from './protocols.ts';
import {type AccessParts, ServedClient} from './served-client.ts';

/** How long sessions may take to end after an orderly stop was asked for. */
const DRAIN_MILLISECONDS = 3000;
const PROXY_SECONDS = 3;
/** How often the configuration's files are looked at while somebody connects. */
const LOOK_MILLISECONDS = 1000;
const BACKLOG = 1024;

interface OpenListener {
  readonly server: Server;
  address: AccessAddress;
}

export class AccessRole {
  readonly #parts: AccessParts;
  readonly #log: Log;
  readonly #listeners = new Map<string, OpenListener>();
  readonly #clients = new Set<ServedClient>();
  #control: Server | undefined;
  #lookedAt = 0;
  listening: string[] = [];

  constructor(access: MailAccess, log: Log) {
    this.#log = log;
    access.logTo(log);
    this.#parts = {access, tls: new AccessTls(), connections: new Connections(), log};
  }

  /** Resolves when all services are served; what can't be listened on is told in the log. */
  async start(): Promise<void> {
    await this.#listen();
    const base = this.#parts.access.settings.get('base_dir');
    this.#control = await answerAccess(base, request => Promise.resolve(this.#answer(request)));
  }

  /** Throws `ConfigError`, and nothing has changed. */
  async reload(): Promise<void> {
    this.#parts.access.reload();
    await this.#listen();
  }

  async stop(drain: boolean): Promise<void> {
    this.#control?.close();
    for (const {server} of this.#listeners.values()) server.close();
    this.#listeners.clear();
    for (const client of this.#clients) client.end('Server shutting down.');
    const limit = performance.now() + (drain ? DRAIN_MILLISECONDS : 0);
    while (this.#clients.size > 0 && performance.now() < limit) await new Promise(resolve => setTimeout(resolve, 10));
    for (const {client} of this.#clients) client.destroy();
    this.#parts.access.accounts.close();
    await restMailboxes();
  }

  async #listen(): Promise<void> {
    const wanted = accessAddresses(this.#parts.access);
    const kept = new Set<string>();
    this.listening = [];
    for (const address of wanted) {
      const name = addressName(address);
      kept.add(name);
      await this.#serve(name, address);
    }
    for (const [name, {server}] of this.#listeners)
      if (!kept.has(name)) {
        this.#listeners.delete(name);
        server.close();
      }
  }

  async #serve(name: string, address: AccessAddress): Promise<void> {
    const known = this.#listeners.get(name);
    if (known !== undefined) known.address = address;
    else {
      try {
        await this.#open(name, address);
      } catch (fault) {
        this.#log.as('master').error(`service(${address.service}): listen(${name}) failed: ${describe(fault)}`);
        return;
      }
    }
    this.listening.push(`${address.service} ${name}`);
  }

  #open(name: string, address: AccessAddress): Promise<void> {
    const server = createServer({allowHalfOpen: true, noDelay: true}, socket => this.#accept(name, socket));
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      const ready = (): void => {
        server.off('error', reject);
        server.on('error', fault => this.#log.error(`${name}: ${describe(fault)}`));
        if (address.kind === 'unix') chmodSync(toPath(address.path), address.mode);
        this.#listeners.set(name, {server, address});
        resolve();
      };
      if (address.kind === 'unix') {
        rmSync(toPath(address.path), {force: true});
        server.listen({path: toPath(address.path), backlog: BACKLOG}, ready);
      } else
        server.listen(
          {port: address.port, backlog: BACKLOG, ...(address.host === undefined ? {} : {host: address.host})},
          ready,
        );
    });
  }

  #accept(name: string, socket: Socket): void {
    const listener = this.#listeners.get(name);
    if (listener === undefined) return void socket.destroy();
    this.#lookAtConfig();
    const served = new ServedClient(this.#parts, new ClientSocket(socket), listener.address.protocol);
    this.#clients.add(served);
    this.#converse(served, listener.address)
      .catch((fault: unknown) => this.#log.error(`${listener.address.service}: ${describe(fault)}`))
      .finally(() => {
        served.gone();
        served.client.destroy();
        this.#clients.delete(served);
      });
  }

  async #converse(served: ServedClient, address: AccessAddress): Promise<void> {
    const {client} = served;
    if (address.hasProxyHeader && !(await client.takeProxy(PROXY_SECONDS, text => served.loginLog.error(text)))) return;
    if (address.isTls) {
      try {
        await served.startTls();
      } catch (fault) {
        served.loginEnded(`Disconnected: TLS handshaking: ${describe(fault)} (no auth attempts in 0 secs)`);
        return;
      }
    }
    await protocols.get(address.protocol)?.(served);
  }

  /** A change of dovecot.conf or of a certificate counts for the next client. */
  #lookAtConfig(): void {
    const now = performance.now();
    if (now - this.#lookedAt < LOOK_MILLISECONDS) return;
    this.#lookedAt = now;
    if (!this.#parts.access.hasChanged()) return;
    try {
      this.#parts.access.reload();
    } catch (fault) {
      this.#log.error(`reload: ${describe(fault)}`);
    }
  }

  #answer(request: AccessRequest): AccessReply {
    const {connections, access} = this.#parts;
    switch (request.op) {
      case 'who':
        return {sessions: connections.list()};
      case 'kick':
        return {kicked: connections.kick(request.sessions)};
      case 'penalty':
        return {
          penalties: [...access.accounts.penalties()].map(({address, penalty, last}) => {
            const seconds = Math.floor(last / 1000);
            return {address, penalty, lastPenalty: seconds, lastUpdate: seconds};
          }),
        };
      case 'flush-auth-cache':
        return {flushed: access.accounts.flushCache(request.users)};
      case 'status':
        return {services: this.#figures()};
    }
  }

  #figures(): NonNullable<AccessReply['services']> {
    const names = [...new Set([...this.#listeners.values()].map(({address}) => address.service))];
    const lastUpdate = Math.floor(Date.now() / 1000);
    return names.map(name => {
      const clients = [...this.#clients].filter(({protocol}) => name.startsWith(protocol)).length;
      return {name, pid: process.pid, clients, limit: 1000, lastUpdate};
    });
  }
}
