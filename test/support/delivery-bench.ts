/** Delivery agents in a temporary instance of the test's own, with reports, log lines and forwarded mail kept for the test. */
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir, userInfo} from 'node:os';
import {dirname, join} from 'node:path';
import {Accounts} from '../../src/core/account/accounts.ts';
import {Resolver} from '../../src/core/address/resolve.ts';
import {rewriteAddress} from '../../src/core/address/rewrite.ts';
import {FolderFlusher} from '../../src/core/base/flusher.ts';
import {makeAgent} from '../../src/core/delivery/agents.ts';
import type {DeliveryContext} from '../../src/core/delivery/context.ts';
import {OwnFilesPool} from '../../src/core/delivery/user-files.ts';
import {UserWorkers} from '../../src/core/delivery/user-workers.ts';
import type {Recorder} from '../../src/core/log/decisions.ts';
import {Log} from '../../src/core/log/log.ts';
import type {
  Agent,
  ContentSource,
  DeliveryRequest,
  Envelope,
  Recipient,
  Report,
  Submission,
} from '../../src/core/queue/agent.ts';
import {quoteAddress} from '../../src/core/message/address-syntax.ts';
import {addressSupplies} from './address-supplies.ts';

export const MESSAGE = 'Subject: x\n\nhello\nFrom me\n.\n';
/** Tue Nov 24 05:17:06 2026 UTC. */
const NOW = 1795497426_123.456;

export interface DeliveryOptions {
  readonly sender?: string;
  readonly content?: string | ContentSource;
  readonly notify?: number;
  readonly verifyOnly?: boolean;
  readonly recorder?: Recorder;
  readonly nexthop?: string;
  readonly original?: string;
  /** One that serves several deliveries; else each has its own. */
  readonly agent?: Agent | undefined;
}

export class DeliveryBench {
  readonly root = mkdtempSync(join(tmpdir(), 'posthorn-delivery-'));
  readonly warnings: string[] = [];
  readonly submitted: {submission: Submission; content: string}[] = [];
  readonly context: DeliveryContext;
  /** Thrown by the next submission. */
  submitFault: Error | undefined;
  readonly #services: ReadonlyMap<string, readonly string[]>;

  /**
   * `services`: further entries of master.cf, `name: [command, ...args]`. `isSystems`: as root delivers to the system's own
   * users, with their rights.
   */
  constructor(
    set: Readonly<Record<string, string>> = {},
    services: Readonly<Record<string, readonly string[]>> = {},
    isSystems = false,
  ) {
    this.#services = new Map(
      Object.entries({
        local: ['local'],
        virtual: ['virtual'],
        error: ['error'],
        retry: ['error'],
        discard: ['discard'],
        ...services,
      }),
    );
    const supplies = addressSupplies({
      mydestination: 'example.com',
      myorigin: 'example.com',
      alias_maps: '',
      local_transport: 'local',
      default_transport: 'error:5.4.4 not here',
      mail_spool_directory: join(this.root, 'var/mail'),
      queue_directory: this.root,
      mailbox_size_limit: '51200000',
      ...Object.fromEntries(Object.entries(set).map(([name, value]) => [name, value.replaceAll('ROOT', this.root)])),
    });
    const config = {...supplies.config, root: isSystems ? '/' : this.root};
    this.write('etc/dovecot/users', 'alice:x::::::\nbob:x::::::\n');
    for (const name of ['alice', 'bob']) mkdirSync(this.path(`home/${name}`), {recursive: true});
    const flusher = new FolderFlusher();
    this.context = {
      config,
      log: new Log('test', {write: ({severity, text}) => void this.warnings.push(`${severity}: ${text}`)}),
      clock: {now: () => NOW},
      hostName: 'mail',
      accounts: new Accounts({root: config.root}),
      submitter: {submit: async submission => await this.#submit(submission)},
      flusher,
      files: isSystems ? new UserWorkers(flusher, 100) : new OwnFilesPool(flusher),
      openTables: list => supplies.openTables(list),
      rewrite: address => rewriteAddress(address, 'local', config),
      resolver: new Resolver({...supplies, config}),
      agent: name => this.agent(name),
    };
  }

  path(below: string): string {
    return join(this.root, below);
  }

  write(below: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(this.path(below)), {recursive: true});
    writeFileSync(this.path(below), text, {encoding: 'latin1', mode});
  }

  read(below: string): string {
    return readFileSync(this.path(below), 'latin1');
  }

  /** The messages in a Maildir's new/, in order of their text. */
  maildir(below: string): string[] {
    const folder = this.path(`${below}/new`);
    return readdirSync(folder)
      .map(name => readFileSync(join(folder, name), 'latin1'))
      .sort();
  }

  agent(name: string): ReturnType<typeof makeAgent> {
    const [command, ...args] = this.#services.get(name) ?? [];
    if (command === undefined) return undefined;
    return makeAgent(this.context, {name, command, args: args.map(arg => arg.replaceAll('ROOT', this.root))});
  }

  /** Answers the reports as lines: `[(owner)] to dsn kind (text)`, with `+` before partial ones and `-` before unlogged. */
  async deliver(transport: string, to: string | readonly string[], options: DeliveryOptions = {}): Promise<string[]> {
    const recipients = (typeof to === 'string' ? [to] : to).map(address => recipientOf(address, options));
    const lines: string[] = [];
    const request = requestOf(transport, recipients, options);
    await (options.agent ?? this.agent(transport))?.deliver(request, report => void lines.push(reportLine(report)));
    return lines;
  }

  async dispose(): Promise<void> {
    await this.context.files.close();
    rmSync(this.root, {recursive: true, force: true});
  }

  async #submit(submission: Submission): Promise<{id: string}> {
    const parts: Buffer[] = [];
    if (Buffer.isBuffer(submission.content)) parts.push(submission.content);
    else for await (const chunk of submission.content) parts.push(Buffer.from(chunk));
    if (this.submitFault !== undefined) throw this.submitFault;
    const id = `NEW${this.submitted.length + 1}`;
    this.submitted.push({submission, content: Buffer.concat(parts).toString('latin1')});
    return {id};
  }
}

export function textContent(text: string, chunkBytes = 0): ContentSource {
  const bytes = Buffer.from(text, 'latin1');
  return {
    lines: () => Promise.reject(new Error('not used by agents')),
    async *chunks() {
      for (let at = 0; at < bytes.length; at += chunkBytes || bytes.length)
        yield bytes.subarray(at, at + (chunkBytes || bytes.length));
    },
    // With a chunk size it counts as too large to be held.
    wholeIfSmall: () => Promise.resolve(chunkBytes > 0 ? undefined : bytes),
  };
}

export const callerName = userInfo().username;

function recipientOf(address: string, {notify = 0, original}: DeliveryOptions): Recipient {
  return {address, original: original ?? address, dsnOriginal: '', notify, offset: 100};
}

function requestOf(transport: string, recipients: readonly Recipient[], options: DeliveryOptions): DeliveryRequest {
  const {sender = 'sender@else.example', content = MESSAGE, verifyOnly = false, recorder, nexthop = ''} = options;
  const envelope: Envelope = {
    id: 'QUEUEID',
    queue: 'active',
    path: '',
    arrivalSeconds: Math.floor(NOW / 1000),
    arrivalMicroseconds: 0,
    sizeBytes: 300,
    dataOffset: 0,
    sender,
    fullName: '',
    attributes: new Map(),
    recipients,
  };
  const source = typeof content === 'string' ? textContent(content) : content;
  return {envelope, content: source, transport, nexthop, recipients, verifyOnly, trace: false, recorder};
}

function reportLine(report: Report): string {
  const {outcome, partial, unlogged, address, recipient, returnTo} = report;
  const marks = (partial === true ? '+' : '') + (unlogged === true ? '-' : '');
  const owner = returnTo === undefined ? '' : `(${returnTo}) `;
  return `${marks}${owner}${quoteAddress(address ?? recipient.address)} ${outcome.status} ${outcome.kind} (${outcome.text})`;
}
