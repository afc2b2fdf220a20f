/**
 * A queue manager in a temporary instance, with agents that do what the test says, and a second cleanup that writes into
 * `incoming` and hands nothing over by itself, as another process would.
 */
import {appendFileSync, existsSync, mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {openSupplies} from '../../src/core/address/open-supplies.ts';
import {systemClock} from '../../src/core/base/clock.ts';
import {ensureInstance} from '../../src/core/config/instance.ts';
import {loadConfig} from '../../src/core/config/load-config.ts';
import {EngineParts} from '../../src/core/daemon/engine.ts';
import {Log, type LogRecord} from '../../src/core/log/log.ts';
import type {Agent, DeliveryRequest, Envelope, NewRecipient, Outcome, Submission} from '../../src/core/queue/agent.ts';
import {Cleanup} from '../../src/core/queue/cleanup.ts';
import {openCleanupTables} from '../../src/core/queue/cleanup-tables.ts';
import {createQueueFile} from '../../src/core/queue/disk-queue-file.ts';
import type {QueueManager} from '../../src/core/queue/queue-manager.ts';

const SENT: Outcome = {kind: 'sent', status: '2.0.0', text: 'done'};

export interface HandOff {
  readonly envelope: Envelope;
  readonly records: Buffer | undefined;
}

export class QueueBench {
  readonly root = mkdtempSync(join(tmpdir(), 'posthorn-queue-'));
  readonly spool = join(this.root, 'var/spool/postfix');
  readonly lines: string[] = [];
  readonly log: Log;
  readonly parts: EngineParts;
  /** `queue id recipient, recipient` of each delivery. */
  readonly deliveries: DeliveryRequest[] = [];
  keepsDeliveries = true;
  /** What becomes of a recipient. */
  decide: (address: string, request: DeliveryRequest) => Outcome | Promise<Outcome> = () => SENT;
  #handOff: HandOff | undefined;
  readonly #cleanup: Cleanup;

  constructor(main = '') {
    const directory = join(this.root, 'etc/postfix');
    ensureInstance({root: this.root, configDirectory: directory, isNamed: false});
    const own =
      'myhostname = mail.example.com\nmydestination = $myhostname\nmyorigin = example.com\nalias_maps =\n' +
      'local_recipient_maps =\nposthorn_sendmail_delivers = no\n';
    appendFileSync(join(directory, 'main.cf'), `${own}${main}`, 'latin1');
    const config = loadConfig(directory, {root: this.root});
    this.log = new Log('qmgr', {
      write: ({program, severity, text}: LogRecord) =>
        this.keepsDeliveries &&
        void this.lines.push(`${program}: ${severity === 'info' ? '' : `${severity}: `}${text}`),
    });
    const {log} = this;
    this.parts = new EngineParts({config, log, wrapAgent: agent => this.#scripted(agent)});
    this.#cleanup = new Cleanup({
      config,
      log,
      clock: systemClock,
      ...openCleanupTables(openSupplies(config, log)),
      createFile: () =>
        createQueueFile(
          this.parts.store,
          () => systemClock.now(),
          () => false,
        ),
      onQueued: (envelope, records) => void (this.#handOff = {envelope, records}),
    });
  }

  get manager(): QueueManager {
    return this.parts.manager;
  }

  /** A message in `incoming`, and what its writer would hand over. */
  async incoming(
    recipients: readonly (string | NewRecipient)[],
    more: Partial<Omit<Submission, 'recipients'>> = {},
  ): Promise<HandOff> {
    await this.#cleanup.submit(submissionOf(recipients, more));
    const handOff = this.#handOff;
    if (handOff === undefined) throw new Error('nothing was queued');
    return handOff;
  }

  /** A message through the manager's own cleanup. */
  async submit(
    recipients: readonly (string | NewRecipient)[],
    more: Partial<Omit<Submission, 'recipients'>> = {},
  ): Promise<string> {
    return (await this.parts.submit(submissionOf(recipients, more))).id;
  }

  /** The addresses that were delivered to, in order, those of one delivery joined by `+`. */
  get delivered(): string[] {
    return this.deliveries.map(({recipients}) => recipients.map(({address}) => address).join('+'));
  }

  ids(queue: string): string[] {
    return filesBelow(join(this.spool, queue));
  }

  async dispose(): Promise<void> {
    await this.manager.stop();
    await this.parts.close();
    rmSync(this.root, {recursive: true, force: true});
  }

  /** The retry and error services stay what they are. */
  #scripted(agent: Agent): Agent {
    return {
      deliver: async (request, report) => {
        if (request.transport === 'retry' || request.transport === 'error') return agent.deliver(request, report);
        if (this.keepsDeliveries) this.deliveries.push(request);
        const startedAt = systemClock.now();
        for (const recipient of request.recipients) {
          const outcome = await this.decide(recipient.address, request);
          const breakdown = outcome.status === '4.4.1' ? 'destination' : undefined;
          report({recipient, outcome, relay: 'there', program: 'smtp', startedAt, breakdown});
        }
      },
    };
  }
}

function submissionOf(
  recipients: readonly (string | NewRecipient)[],
  more: Partial<Omit<Submission, 'recipients'>>,
): Submission {
  return {
    sender: 'sender@example.com',
    rewriteContext: 'local',
    content: Buffer.from('Subject: x\n\nhello\n'),
    ...more,
    recipients: recipients.map(to => (typeof to === 'string' ? {address: to} : to)),
  };
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, {withFileTypes: true}).flatMap(entry =>
    entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [entry.name],
  );
}
