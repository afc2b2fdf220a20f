/**
 * The library: a whole mail system in a test or a program. `Posthorn.start()` makes an instance in a temporary folder,
 * `submit` hands mail in, `waitFor` awaits what arrives, `stop` ends it and takes the folder away.
 *
 * ```ts
 * const mail = await Posthorn.start({users: ['alice']});
 * await mail.submit({from: 'bob@example.com', to: ['alice'], message: 'Subject: hello\n\nHi!\n'});
 * const message = await mail.waitFor({to: 'alice', subject: 'hello'});
 * await mail.stop();
 * ```
 */
import {appendFileSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {ensureAliasDatabase} from './commands/first-aliases.ts';
import {toByteString, toText} from './core/base/bytes.ts';
import {systemClock} from './core/base/clock.ts';
import type {Config} from './core/config/config.ts';
import {ensureInstance} from './core/config/instance.ts';
import {loadConfig} from './core/config/load-config.ts';
import {daemonSinkFor, type OpenSink} from './core/config/log-sink.ts';
import {Engine} from './core/daemon/engine.ts';
import {engineLink} from './core/daemon/engine-link.ts';
import {acquireInstanceLock, isLock, type InstanceLock} from './core/daemon/instance-lock.ts';
import {Log, type LogRecord, type LogSink} from './core/log/log.ts';
import {unquoteAddress} from './core/message/address-syntax.ts';
import type {ServiceEntry} from './core/config/master-cf.ts';
import type {SmtpdRole} from './core/daemon/smtpd-role.ts';
import type {Agent, DeliveryRequest, Report} from './core/queue/agent.ts';

export interface PosthornOptions {
  /** Root of the instance; default: a temporary folder, removed by `stop`. */
  readonly home?: string;
  /** Accounts to make, besides the caller's. */
  readonly users?: readonly string[];
  /** main.cf settings on top of a new instance's own. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Serves SMTP on a free port of the loopback address: `smtpPort`. */
  readonly smtp?: boolean;
  /** Told of each log record; the log itself is var/log/mail.log below the home. */
  readonly onLog?: (record: LogRecord) => void;
  /** How many delivered messages `waitFor` can look back on; 0 keeps none and costs nothing. Default 1000. */
  readonly keep?: number;
}

export interface OutgoingMessage {
  /** Envelope sender; '' is the null sender. */
  readonly from: string;
  readonly to: readonly string[];
  /** Header, empty line, body; LF or CRLF. */
  readonly message: string | Uint8Array;
}

export interface ArrivedMessage {
  readonly queueId: string;
  readonly from: string;
  /** The recipient it was delivered for. */
  readonly to: string;
  readonly subject: string;
  /** Transport that delivered it: `local`, `virtual`, `discard`. */
  readonly transport: string;
  /** The message as it was queued, LF line ends. */
  readonly raw: Buffer;
}

export interface Wanted {
  readonly to?: string;
  readonly from?: string;
  readonly subject?: string;
}

interface Waiter {
  readonly wanted: Wanted;
  readonly resolve: (message: ArrivedMessage) => void;
}

const DEFAULT_KEEP = 1000;
const DEFAULT_TIMEOUT_MILLISECONDS = 10_000;
const HEADER_SEARCH_BYTES = 1 << 16;

export class Posthorn {
  /** Root of the instance. */
  readonly home: string;
  readonly #engine: Engine;
  #server: SmtpdRole | undefined;
  readonly #sink: OpenSink;
  readonly #tap: LogSink;
  readonly #lock: InstanceLock;
  readonly #isTemporary: boolean;
  readonly #keep: number;
  readonly #arrived: ArrivedMessage[] = [];
  readonly #waiters = new Set<Waiter>();

  private constructor(home: string, config: Config, lock: InstanceLock, options: PosthornOptions) {
    this.home = home;
    this.#lock = lock;
    this.#isTemporary = options.home === undefined;
    this.#keep = options.keep ?? DEFAULT_KEEP;
    const sink = daemonSinkFor(config);
    this.#sink = sink;
    const {onLog} = options;
    const tap = onLog === undefined ? sink : {write: (record: LogRecord) => (sink.write(record), onLog(record))};
    const wrapAgent = this.#keep === 0 ? undefined : (agent: Agent) => this.#watch(agent);
    this.#tap = tap;
    this.#engine = new Engine({config, log: new Log('qmgr', tap), wrapAgent});
  }

  /** Makes what the home misses and starts the engine in this process. Throws when another one works on it. */
  static async start(options: PosthornOptions = {}): Promise<Posthorn> {
    const home = options.home ?? mkdtempSync(join(tmpdir(), 'posthorn-'));
    const directory = join(home, 'etc/postfix');
    ensureInstance({root: home, configDirectory: directory, isNamed: false});
    for (const user of options.users ?? [])
      appendFileSync(join(home, 'etc/dovecot/users'), `${toByteString(user)}:::::::\n`, 'latin1');
    const overrides = new Map(
      Object.entries(options.settings ?? {}).map(([name, value]) => [name, toByteString(value)]),
    );
    const config = loadConfig(directory, {root: home, overrides});
    await ensureAliasDatabase(config, process);
    const lock = await acquireInstanceLock(config.get('queue_directory'), 'queue');
    if (!isLock(lock)) throw new Error(`process ${lock.pid} works on ${home}`);
    const posthorn = new Posthorn(home, config, lock, options);
    await posthorn.#engine.start();
    if (options.smtp === true) await posthorn.#serve(config);
    return posthorn;
  }

  /** Where SMTP is served; undefined when it is not. */
  get smtpPort(): number | undefined {
    return this.#server?.ports[0];
  }

  /** Hands a message in; resolves with its queue id once it is safely on disk. */
  async submit({from, to, message}: OutgoingMessage): Promise<string> {
    const content = typeof message === 'string' ? Buffer.from(message, 'utf8') : Buffer.from(message);
    const {id} = await this.#engine.parts.submit({
      sender: unquoteAddress(toByteString(from)),
      recipients: to.map(address => ({address: unquoteAddress(toByteString(address))})),
      rewriteContext: 'local',
      content: content.includes('\r\n')
        ? Buffer.from(content.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')
        : content,
    });
    return id;
  }

  /** The first message, of those delivered so far or from now on, that fits. Each is answered once. */
  waitFor(wanted: Wanted, timeoutMilliseconds = DEFAULT_TIMEOUT_MILLISECONDS): Promise<ArrivedMessage> {
    const at = this.#arrived.findIndex(message => fits(message, wanted));
    const [found] = at < 0 ? [] : this.#arrived.splice(at, 1);
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        wanted,
        resolve: message => {
          clearTimeout(timer);
          resolve(message);
        },
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(new Error(`no message for ${JSON.stringify(wanted)} within ${timeoutMilliseconds} ms`));
      }, timeoutMilliseconds);
      this.#waiters.add(waiter);
    });
  }

  /** Resolves when nothing is being delivered. */
  whenIdle(): Promise<void> {
    return this.#engine.parts.manager.whenIdle();
  }

  /** Tries deferred mail now. */
  flush(): void {
    this.#engine.flush();
  }

  /** Finishes what is under way; a temporary home is removed. */
  async stop(): Promise<void> {
    await this.#server?.stop(true);
    await this.#engine.stop(true);
    this.#lock.release();
    await this.#sink.flush();
    this.#sink.end();
    if (this.#isTemporary) rmSync(this.home, {recursive: true, force: true});
  }

  /** Sets main.cf for the instance's next start or for its tools. */
  writeMainCf(text: string): void {
    writeFileSync(join(this.home, 'etc/postfix/main.cf'), toByteString(text), 'latin1');
  }

  async #serve(config: Config): Promise<void> {
    const {SmtpdRole} = await import('./core/daemon/smtpd-role.ts');
    const link = engineLink(() => this.#engine.linkTarget);
    const log = new Log('smtpd', this.#tap);
    this.#server = new SmtpdRole({config, log, clock: systemClock, link, services: [SMTP_SERVICE]});
    await this.#server.start();
  }

  #watch(agent: Agent): Agent {
    return {
      deliver: async (request, report) => {
        const sent: Report[] = [];
        await agent.deliver(request, one => {
          if (one.outcome.kind === 'sent' && one.unlogged !== true && !request.verifyOnly) sent.push(one);
          report(one);
        });
        if (sent.length > 0) await this.#keepArrived(request, sent);
      },
    };
  }

  async #keepArrived({envelope, content, transport}: DeliveryRequest, sent: readonly Report[]): Promise<void> {
    const parts: Buffer[] = [];
    for await (const chunk of content.chunks()) parts.push(Buffer.from(chunk));
    const raw = Buffer.concat(parts);
    for (const {recipient, address} of sent)
      this.#arrive({
        queueId: envelope.id,
        from: toText(envelope.sender),
        to: toText(address ?? recipient.address),
        subject: subjectOf(raw),
        transport,
        raw,
      });
  }

  #arrive(message: ArrivedMessage): void {
    for (const waiter of this.#waiters) {
      if (!fits(message, waiter.wanted)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(message);
      return;
    }
    this.#arrived.push(message);
    if (this.#arrived.length > this.#keep) this.#arrived.shift();
  }
}

const SMTP_SERVICE: ServiceEntry = {
  name: '127.0.0.1:0',
  type: 'inet',
  isPrivate: 'n',
  unprivileged: '-',
  chroot: 'n',
  wakeup: '-',
  processLimit: '-',
  command: 'smtpd',
  args: [],
  file: '',
  line: 0,
};

/** A bare `to` fits any domain. */
function fits(message: ArrivedMessage, {to, from, subject}: Wanted): boolean {
  if (to !== undefined && !sameAddress(message.to, to)) return false;
  if (from !== undefined && !sameAddress(message.from, from)) return false;
  return subject === undefined || message.subject === subject;
}

function sameAddress(address: string, wanted: string): boolean {
  const folded = address.toLowerCase();
  const target = wanted.toLowerCase();
  return folded === target || (!target.includes('@') && folded.startsWith(`${target}@`));
}

function subjectOf(raw: Buffer): string {
  const end = raw.indexOf('\n\n');
  const header = raw.toString('utf8', 0, end < 0 ? HEADER_SEARCH_BYTES : Math.min(end, HEADER_SEARCH_BYTES));
  const field = /^subject:[ \t]*(.*(?:\n[ \t].*)*)/im.exec(header);
  return (field?.[1] ?? '').replace(/\n[ \t]/g, ' ').trim();
}
