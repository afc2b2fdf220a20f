/**
 * A policy server (SMTPD_POLICY_README): connections that are kept and used again, a request that is tried a few times.
 * Answers the action, or undefined when there is none to be had; the reason is in the log by then.
 */
import {isUtf8} from 'node:buffer';
import {isIP} from 'node:net';
import {join} from 'node:path';
import {isAscii} from '../../base/bytes.ts';
import type {Clock} from '../../base/clock.ts';
import {ConfigError, describe, systemCode} from '../../base/errors.ts';
import type {Config} from '../../config/config.ts';
import type {Log} from '../../log/log.ts';
import type {Dns} from '../../net/dns.ts';
import {PolicyConnection, type PolicyEndpoint, PolicyFault} from './policy-connection.ts';
import {policyOptions, type PolicyOptions} from './policy-options.ts';

export interface PolicySupplies {
  readonly config: Config;
  readonly log: Log;
  readonly dns: Dns;
  readonly clock: Clock;
  readonly families: readonly (4 | 6)[];
  pause(seconds: number): Promise<void>;
}

export class PolicyService {
  readonly options: PolicyOptions;
  /** As lists name it, settings and all. */
  readonly #title: string;
  readonly #supplies: PolicySupplies;
  /** As the log names it: without the transport. */
  readonly #name: string;
  readonly #target: Target;
  readonly #idle: PolicyConnection[] = [];

  constructor(title: string, supplies: PolicySupplies) {
    const options = policyOptions(title, supplies.config);
    this.#title = title;
    this.options = options;
    this.#supplies = supplies;
    this.#name = options.server.slice(options.server.indexOf(':') + 1);
    this.#target = parseTarget(options.server, supplies.config);
  }

  async ask(request: string): Promise<string | undefined> {
    for (let count = 1; ; count++) {
      const answer = await this.#try(request, count >= this.options.tryLimit);
      if (answer !== undefined) return this.#checked(answer);
      if (count >= this.options.tryLimit) return undefined;
      await this.#supplies.pause(this.options.retryDelaySeconds);
    }
  }

  close(): void {
    for (const connection of this.#idle.splice(0)) connection.close();
  }

  async #try(request: string, isLast: boolean): Promise<string | undefined> {
    try {
      const connection = this.#takeIdle() ?? (await this.#open());
      const answer = actionOf(await connection.ask(request), this.#name, this.#supplies.log);
      if (answer === undefined) connection.close();
      else this.#keep(connection);
      if (answer === undefined) throw new PolicyFault('garbage');
      return answer;
    } catch (fault) {
      this.#tell(fault, isLast);
      return undefined;
    }
  }

  /** A first failure is mostly an idle connection that the server has closed: not worth a line. */
  #tell(fault: unknown, isLast: boolean): void {
    const code = systemCode(fault instanceof ConnectFault ? fault.cause : fault);
    const {log} = this.#supplies;
    const isExpected = code === undefined || code === 'EPIPE' || code === 'ENOENT' || code === 'ECONNRESET';
    if (fault instanceof ConnectFault) log.warning(`connect to ${this.#name}: ${fault.message}`);
    if (fault instanceof PolicyFault && fault.message === 'timeout')
      log.warning(`timeout on ${this.#name} while reading input attribute name`);
    if (isLast || !isExpected) log.warning(`problem talking to server ${this.#name}: ${reasonOf(fault)}`);
  }

  #takeIdle(): PolicyConnection | undefined {
    const now = this.#supplies.clock.now();
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      const isOld =
        now - connection.openedAt > this.options.maxTtlSeconds * 1000 ||
        now - connection.idleSince > this.options.maxIdleSeconds * 1000;
      if (connection.isOpen && !isOld) return connection;
      connection.close();
    }
    return undefined;
  }

  #keep(connection: PolicyConnection): void {
    const limit = this.options.requestLimit;
    connection.idleSince = this.#supplies.clock.now();
    if (limit > 0 && connection.requestCount >= limit) connection.close();
    else this.#idle.push(connection);
  }

  async #open(): Promise<PolicyConnection> {
    const {timeoutSeconds} = this.options;
    try {
      const endpoint = await this.#endpoint();
      return await PolicyConnection.open(endpoint, timeoutSeconds * 1000, this.#supplies.clock.now());
    } catch (fault) {
      throw new ConnectFault(reasonOf(fault), {cause: fault});
    }
  }

  async #endpoint(): Promise<PolicyEndpoint> {
    const target = this.#target;
    if ('path' in target || isIP(target.host) !== 0) return target;
    const found = await this.#supplies.dns.hostAddresses(target.host, this.#supplies.families);
    const [host] = found.kind === 'found' ? found.addresses : [];
    if (host === undefined) throw new PolicyFault(found.kind === 'found' ? 'no address' : found.text);
    return {host, port: target.port};
  }

  #checked(action: string): string | undefined {
    const {config, log} = this.#supplies;
    if (!config.get('smtputf8_enable') || isAscii(action) || isUtf8(Buffer.from(action, 'latin1'))) return action;
    log.warning(`malformed UTF-8 in policy server ${this.#title} response: "${action}"`);
    return undefined;
  }
}

type Target = {readonly path: string} | {readonly host: string; readonly port: number};

class ConnectFault extends Error {
  override readonly name = 'ConnectFault';
}

function reasonOf(fault: unknown): string {
  if (fault instanceof ConnectFault) return fault.message;
  if (!(fault instanceof PolicyFault)) return describe(fault);
  return fault.message === 'timeout' ? 'Connection timed out' : 'Application error';
}

function parseTarget(server: string, config: Config): Target {
  const colon = server.indexOf(':');
  if (colon < 0) throw new ConfigError(`need service transport:endpoint instead of "${server}"`);
  const [transport, endpoint] = [server.slice(0, colon), server.slice(colon + 1)];
  if (transport === 'inet') return parseInet(endpoint);
  if (transport !== 'unix' && transport !== 'local')
    throw new ConfigError(`invalid transport name: ${transport} in service: ${server}`);
  if (endpoint.startsWith('/')) return {path: endpoint};
  return {path: join(config.get('queue_directory'), endpoint)};
}

/** `host:port`, `[address]:port`, or a port of this host. */
function parseInet(endpoint: string): Target {
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]*)\]:|([^:]*):)?([^:]*)$/.exec(endpoint) ?? [];
  const host = bracketed?.replace(/^ipv6:/i, '') ?? plain ?? '';
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) throw new ConfigError(`bad network service: ${endpoint}`);
  return {host: host === '' ? 'localhost' : host, port: Number(port)};
}

/** The value of `action`; nothing else means anything to us. */
function actionOf(answer: string, server: string, log: Log): string | undefined {
  for (const line of answer.split('\n'))
    if (line.startsWith('action=')) return line.slice('action='.length).replace(/\r$/, '');
  log.warning(`missing attribute action in input from ${server}`);
  return undefined;
}
