/**
 * The SMTP server of a mail system, in a process of its own or in the master's: listeners for the smtpd services of
 * master.cf. A reload changes what new sessions get; addresses that stay are listened on without a break.
 */
import {openDns} from '../address/open-dns.ts';
import type {Clock} from '../base/clock.ts';
import {describe} from '../base/errors.ts';
import type {Config} from '../config/config.ts';
import type {ServiceEntry} from '../config/master-cf.ts';
import type {Log} from '../log/log.ts';
import type {ListenAddress} from '../net/listen-addresses.ts';
import {ClientLimits} from '../smtpd/client-limits.ts';
import {SmtpdListener} from '../smtpd/listener.ts';
import type {SmtpdService} from '../smtpd/smtpd-service.ts';
import type {QueueLink} from './queue-link.ts';
import {openSmtpdServices} from './smtpd-services.ts';

export interface SmtpdRoleOptions {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly link: QueueLink;
  readonly services?: readonly ServiceEntry[] | undefined;
}

/** How long sessions may go on after an orderly stop was asked for. */
const DRAIN_MILLISECONDS = 3000;

export class SmtpdRole {
  readonly #options: SmtpdRoleOptions;
  readonly #limits: ClientLimits;
  readonly #listeners = new Map<string, SmtpdListener>();
  readonly ports: number[] = [];
  /** `host:port` of what is served, with the service's name. */
  listening: string[] = [];

  constructor(options: SmtpdRoleOptions) {
    const {config, clock, log} = options;
    this.#options = options;
    this.#limits = new ClientLimits({
      clock,
      log: log.as('anvil'),
      rateSeconds: config.get('anvil_rate_time_unit'),
      reportSeconds: config.get('anvil_status_update_time'),
    });
  }

  /** Resolves when all services are served. An address that can't be listened on is told in the log, and the rest goes on. */
  async start(): Promise<void> {
    await this.reload(this.#options.config, this.#options.services);
  }

  async reload(config: Config, services?: readonly ServiceEntry[]): Promise<void> {
    const {log, clock, link} = this.#options;
    const dns = openDns(config, text => log.warning(text));
    const wanted = openSmtpdServices({config, log, clock, link, limits: this.#limits, dns, services});
    const kept = new Set<string>();
    this.listening = [];
    for (const {service, addresses} of wanted)
      for (const address of addresses) {
        const key = `${address.host ?? '*'}:${address.port}`;
        kept.add(key);
        await this.#serve(key, address, service);
      }
    for (const [key, listener] of this.#listeners)
      if (!kept.has(key)) {
        this.#listeners.delete(key);
        void listener.drain(DRAIN_MILLISECONDS);
      }
  }

  async stop(drain: boolean): Promise<void> {
    const listeners = [...this.#listeners.values()];
    this.#listeners.clear();
    await Promise.all(listeners.map(listener => listener.drain(drain ? DRAIN_MILLISECONDS : 0)));
    this.#limits.close();
    this.#options.link.close();
  }

  async #serve(key: string, {host, port}: ListenAddress, service: SmtpdService): Promise<void> {
    const known = port === 0 ? undefined : this.#listeners.get(key);
    if (known !== undefined) {
      known.become(service);
      this.listening.push(`${service.name} ${host ?? '*'}:${port}`);
      return;
    }
    const listener = new SmtpdListener(service);
    try {
      const bound = await listener.listenOn(port, host);
      this.#listeners.set(port === 0 ? `${host ?? '*'}:${bound}` : key, listener);
      this.listening.push(`${service.name} ${host ?? '*'}:${bound}`);
      this.ports.push(bound);
    } catch (fault) {
      this.#options.log.as('master').error(`bind ${host ?? '*'} port ${port}: ${describe(fault)}`);
    }
  }
}
