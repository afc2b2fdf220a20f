/**
 * The engine: pickup, cleanup, the queue manager and the delivery agents, made from one configuration and joined. A
 * reload makes the parts anew and lets the old ones finish what they have begun.
 */
import {hostname} from 'node:os';
import {Accounts} from '../account/accounts.ts';
import type {AddressSupplies} from '../address/address-maps.ts';
import {openSupplies} from '../address/open-supplies.ts';
import {Resolver} from '../address/resolve.ts';
import {rewriteAddress} from '../address/rewrite.ts';
import {systemClock} from '../base/clock.ts';
import {FolderFlusher} from '../base/flusher.ts';
import type {Config} from '../config/config.ts';
import {readMasterCf, type ServiceEntry} from '../config/master-cf.ts';
import {makeAgent} from '../delivery/agents.ts';
import {Bounce} from '../delivery/bounce.ts';
import type {DeliveryContext} from '../delivery/context.ts';
import {OwnFilesPool, type UserFilesPool} from '../delivery/user-files.ts';
import {UserWorkers} from '../delivery/user-workers.ts';
import type {Log} from '../log/log.ts';
import type {Agent, Submission, Submitter} from '../queue/agent.ts';
import {Cleanup} from '../queue/cleanup.ts';
import {openCleanupTables} from '../queue/cleanup-tables.ts';
import {createQueueFile} from '../queue/disk-queue-file.ts';
import type {FlushAnswer} from '../queue/flush-logs.ts';
import {Pickup} from '../queue/pickup.ts';
import {QueueManager} from '../queue/queue-manager.ts';
import {QueueStore} from '../queue/queue-store.ts';
import type {LinkTarget} from './queue-link-server.ts';
import {probeRoutes} from '../queue/probe-routes.ts';
import {Verifier} from '../queue/verifier.ts';
import type {QueueRole} from './queue-role.ts';

export interface EngineOptions {
  readonly config: Config;
  readonly log: Log;
  /** Wraps each agent: the library watches deliveries with it. */
  readonly wrapAgent?: ((agent: Agent) => Agent) | undefined;
  readonly services?: readonly ServiceEntry[] | undefined;
}

/** The parts of one configuration. */
export class EngineParts implements Submitter {
  readonly config: Config;
  readonly store: QueueStore;
  readonly supplies: AddressSupplies;
  readonly resolver: Resolver;
  /** Is an address deliverable (verify(8)). */
  readonly verifier: Verifier;
  readonly cleanup: Cleanup;
  readonly manager: QueueManager;
  readonly pickup: Pickup;
  readonly #options: EngineOptions;
  readonly #flusher = new FolderFlusher();
  readonly #files: UserFilesPool;
  readonly #services: ReadonlyMap<string, ServiceEntry>;
  readonly #agents = new Map<string, Agent | undefined>();
  readonly #context: DeliveryContext;

  constructor(options: EngineOptions) {
    const {config, log} = options;
    const clock = systemClock;
    this.#options = options;
    this.config = config;
    this.store = new QueueStore(config, this.#flusher);
    this.supplies = openSupplies(config, log);
    this.resolver = new Resolver(this.supplies);
    this.verifier = new Verifier({config, log, clock, submitter: this});
    const services = options.services ?? readMasterCf(config.directory);
    this.#services = new Map(services.filter(({type}) => type !== 'inet').map(service => [service.name, service]));
    this.#files =
      process.getuid?.() === 0
        ? new UserWorkers(this.#flusher, config.get('max_idle'))
        : new OwnFilesPool(this.#flusher);
    this.manager = new QueueManager({
      config,
      log,
      store: this.store,
      clock,
      resolver: this.resolver,
      agent: transport => this.agent(transport),
      processLimit: transport => processLimit(this.#services.get(transport)),
      bounce: new Bounce({config, log, clock, submitter: this}),
      isOld: this.#services.get('qmgr')?.command === 'oqmgr',
      probeResolver: this.#probeResolver(),
      verifier: this.verifier,
    });
    this.cleanup = new Cleanup({
      config,
      log,
      clock,
      ...openCleanupTables(this.supplies),
      createFile: () =>
        createQueueFile(
          this.store,
          () => clock.now(),
          () => this.manager.admits(),
        ),
      onQueued: (envelope, records) => this.manager.enqueue(envelope, records),
      onExpanded: (envelope, aliases) => this.manager.expanded(envelope, aliases),
      returnRefused: (envelope, fault) => this.#returnRefused(envelope, fault),
    });
    this.pickup = new Pickup({
      config,
      log,
      clock,
      submitter: this,
      ownerUid: this.store.ownerUid ?? process.getuid?.() ?? 0,
    });
    this.#context = {
      config,
      log,
      clock,
      hostName: hostname(),
      accounts: new Accounts({root: config.root}),
      submitter: this,
      flusher: this.#flusher,
      files: this.#files,
      openTables: list => this.supplies.openTables(list),
      rewrite: address => rewriteAddress(address, 'local', config),
      resolver: this.resolver,
      agent: transport => this.agent(transport),
    };
  }

  submit(submission: Submission): Promise<{readonly id: string}> {
    return this.cleanup.submit(submission);
  }

  agent(transport: string): Agent | undefined {
    if (this.#agents.has(transport)) return this.#agents.get(transport);
    const service = this.#services.get(transport);
    const made = service === undefined ? undefined : makeAgent(this.#context, service);
    const agent = made === undefined ? undefined : (this.#options.wrapAgent?.(made) ?? made);
    this.#agents.set(transport, agent);
    return agent;
  }

  async close(): Promise<void> {
    await this.verifier.close();
    await this.#files.close();
  }

  /** Probes may go other ways than mail does; most often they don't. */
  #probeResolver(): Resolver | undefined {
    const {config, log} = this.#options;
    const routes = probeRoutes(config);
    if (routes === undefined) return undefined;
    return new Resolver(openSupplies(config.withOverrides(routes), log));
  }

  /** Mail that cleanup refuses for good, of a submitter that has gone: its sender gets it back. */
  async #returnRefused(
    envelope: Parameters<NonNullable<ConstructorParameters<typeof Cleanup>[0]['returnRefused']>>[0],
    fault: {readonly status: string; readonly text: string},
  ): Promise<boolean> {
    const {config, log} = this.#options;
    const {contentOf, readQueueFile} = await import('../queue/queue-file-reader.ts');
    const bounce = new Bounce({config, log, clock: systemClock, submitter: this});
    const isWhole = (envelope.recipientCount ?? 0) <= envelope.recipients.length;
    const whole = isWhole ? envelope : (await readQueueFile(envelope.path, 'incoming', envelope.id)).envelope;
    const entries = whole.recipients.map(({address, original, offset, dsnOriginal, notify}) => ({
      recipient: address,
      original,
      offset,
      dsnOriginal,
      notify,
      status: fault.status,
      action: 'failed',
      reason: fault.text,
    }));
    try {
      await bounce.notify(
        'failed',
        envelope,
        entries,
        contentOf(envelope, () => envelope.path),
      );
      return true;
    } catch {
      return false; // cleanup says so in the log, and the submitter keeps the message
    }
  }
}

export class Engine implements QueueRole {
  readonly #options: EngineOptions;
  #parts: EngineParts;
  #wake: NodeJS.Timeout | undefined;
  #hasBegun = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#parts = new EngineParts(options);
  }

  get parts(): EngineParts {
    return this.#parts;
  }

  /** What SMTP servers reach of it. */
  get linkTarget(): LinkTarget {
    const {manager, verifier} = this.#parts;
    return {
      queued(envelope, records, expanded) {
        if (expanded.length > 0) manager.expanded(envelope, expanded);
        manager.takeOver(envelope, records);
      },
      scanIncoming: () => manager.scanIncoming(),
      linked: areAny => manager.expectHandOffs(areAny),
      flushSite: site => this.flushSite(site),
      verify: address => Promise.resolve(verifier.verify(address)),
    };
  }

  async start(): Promise<void> {
    await this.#parts.store.prepare();
    await this.#parts.store.purgeTemporary();
    this.#begin();
  }

  async stop(drain: boolean): Promise<void> {
    clearInterval(this.#wake);
    if (!drain) return;
    await this.#parts.pickup.scan();
    await this.#parts.manager.stop();
    await this.#parts.store.spares?.clear();
    await this.#parts.close();
  }

  /** What the old parts have begun they finish; new mail is the new ones'. */
  async reload(config: Config): Promise<void> {
    const old = this.#parts;
    const parts = new EngineParts({...this.#options, config, services: undefined}); // throws when it can't be
    clearInterval(this.#wake);
    this.#parts = parts;
    await old.manager.stop();
    await old.close();
    this.#begin();
  }

  /** Before the start is through nothing may be picked up: it clears away what was half-made, and looks for itself then. */
  wakePickup(): void {
    if (this.#hasBegun) void this.#parts.pickup.scan();
  }

  flush(): void {
    this.wakePickup();
    this.#parts.manager.flush();
  }

  flushMessage(id: string): Promise<boolean> {
    return this.#parts.manager.flushMessage(id);
  }

  flushSite(site: string): Promise<FlushAnswer> {
    return this.#parts.manager.flushSite(site);
  }

  /** One round over everything there is: resolves when all of it was tried. */
  async runOnce(): Promise<void> {
    await this.#parts.store.prepare();
    await this.#parts.pickup.scan();
    await this.#parts.manager.whenIdle();
  }

  #begin(): void {
    const {manager, pickup, store} = this.#parts;
    this.#hasBegun = true;
    if (store.spares !== undefined) store.spares.isKeeping = true;
    manager.start();
    void pickup.scan();
    // The wake-up call may get lost with the process that meant to give it (master.cf: pickup's wake-up time, 60 s).
    this.#wake = setInterval(() => void this.#parts.pickup.scan(), PICKUP_WAKEUP_MILLISECONDS);
    this.#wake.unref();
  }
}

const PICKUP_WAKEUP_MILLISECONDS = 60_000;

function processLimit(service: ServiceEntry | undefined): number | undefined {
  if (service === undefined || service.processLimit === '-') return undefined;
  const limit = Number(service.processLimit);
  return limit === 0 ? Infinity : limit;
}
