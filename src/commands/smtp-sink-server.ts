/**
 * smtp-sink as a program: listens, starts a session for each connection, counts, and ends when the counts say so. Beyond
 * the limit of sessions (-m) a connection waits without a greeting, as one that the original leaves in the system's queue.
 */
import {existsSync, readFileSync, statSync} from 'node:fs';
import {createServer, type Server, type Socket} from 'node:net';
import {dirname} from 'node:path';
import {FatalError, describe, systemCode} from '../core/base/errors.ts';
import type {Stdio} from '../core/base/tool.ts';
import {toPath} from '../core/base/bytes.ts';
import {addressesOf, type Endpoint} from './smtp-endpoint.ts';
import {Dumps} from './smtp-sink-dump.ts';
import {Faults} from './smtp-sink-faults.ts';
import {parseRules} from './smtp-sink-rules.ts';
import type {SinkOptions, Stage, StagePlan} from './smtp-sink-options.ts';
import {takePrivileges} from './smtp-sink-privileges.ts';
import {SinkSession, type SinkHost} from './smtp-sink-session.ts';
import {openCommandLog} from './smtp-sink-syslog.ts';
import {setWindowSize} from './tcp-window.ts';

export class SinkServer implements SinkHost {
  readonly options: SinkOptions;
  readonly plans: ReadonlyMap<Stage, StagePlan>;
  readonly dumps: Dumps;
  readonly ehloReply: string;
  readonly faults: Faults | undefined;
  encrypt: ((socket: Socket) => Socket) | undefined;
  readonly #stdio: Stdio;
  readonly #sessions = new Set<SinkSession>();
  readonly #waiting: Socket[] = [];
  readonly #logCommand: (text: string) => void;
  #server: Server | undefined;
  #end: ((fault: Error | undefined) => void) | undefined;
  #sessionCount = 0;
  #quitCount = 0;
  #messageCount = 0;

  constructor(options: SinkOptions, stdio: Stdio) {
    this.options = options;
    this.#stdio = stdio;
    this.plans = new Map([...options.plans].filter(([, plan]) => isTouched(plan)));
    this.dumps = new Dumps(options.singleTemplate, options.sharedTemplate);
    this.ehloReply = ehloReply(options);
    this.faults = options.rulesFile === undefined ? undefined : readFaults(options.rulesFile);
    this.#logCommand = [...this.plans.values()].some(({isLogged}) => isLogged)
      ? openCommandLog(text => stdio.stderr.write(text))
      : () => undefined;
  }

  /** Serves until a count is reached; throws what ends the program otherwise. */
  async run(): Promise<void> {
    if (this.faults?.offersTls === true) await this.#prepareTls();
    this.#server = await this.#listen();
    try {
      takePrivileges(this.options);
      const fault = await new Promise<Error | undefined>(resolve => (this.#end = resolve));
      if (fault !== undefined) throw fault;
    } finally {
      this.#stop();
    }
  }

  async #prepareTls(): Promise<void> {
    const {makeContext, encrypt} = await import('./smtp-sink-starttls.ts');
    const context = makeContext(this.options.hostname);
    this.encrypt = socket => encrypt(socket, context);
  }

  logCommand(text: string): void {
    this.#logCommand(text);
  }

  verbose(text: string): void {
    if (this.options.isVerbose) this.#stdio.stderr.write(`smtp-sink: ${text}\n`);
  }

  warn(text: string): void {
    this.#stdio.stderr.write(`smtp-sink: warning: ${text}\n`);
  }

  fail(fault: unknown): void {
    this.#end?.(fault instanceof Error ? fault : new Error(String(fault)));
  }

  messageReceived(): boolean {
    this.#messageCount++;
    this.#showCounters();
    const {maxMessages} = this.options;
    if (maxMessages === 0 || this.#messageCount < maxMessages) return true;
    this.finish();
    return false;
  }

  sessionEnded(session: SinkSession, hasQuit: boolean): void {
    this.#sessions.delete(session);
    this.#sessionCount++;
    if (hasQuit) this.#quitCount++;
    this.#showCounters();
    const {quitAfterSessions} = this.options;
    if (quitAfterSessions > 0 && this.#sessionCount >= quitAfterSessions) return this.finish();
    const next = this.#waiting.shift();
    if (next !== undefined) this.#serve(next);
  }

  /** At once: sessions that go on are cut off. */
  finish(): void {
    this.#end?.(undefined);
    this.#stop();
  }

  #stop(): void {
    this.#server?.close();
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#waiting) socket.destroy();
  }

  #showCounters(): void {
    if (!this.options.showsCounters) return;
    const [sessions, quits, messages] = [this.#sessionCount, this.#quitCount, this.#messageCount];
    this.#stdio.stdout.write(`sess=${sessions} quit=${quits} mesg=${messages}\r`);
  }

  #accept(socket: Socket): void {
    if (this.#sessions.size < this.options.maxSessions) return this.#serve(socket);
    socket.once('close', () => {
      const at = this.#waiting.indexOf(socket);
      if (at >= 0) this.#waiting.splice(at, 1);
    });
    socket.on('error', () => undefined); // a client that gives up before its turn
    this.#waiting.push(socket);
  }

  #serve(socket: Socket): void {
    const session = new SinkSession(socket, this);
    this.#sessions.add(session);
    session.start();
  }

  async #listen(): Promise<Server> {
    const {endpoint, backlog} = this.options;
    if (endpoint.kind === 'unix') {
      const path = toPath(endpoint.path).toString();
      const what = `bind: ${endpoint.path}`;
      // libuv says EACCES for a folder that is missing.
      if (!existsSync(dirname(path))) throw new FatalError(`${what}: No such file or directory`);
      return await this.#bind({path, backlog}, what);
    }
    if (endpoint.host === '') return await this.#listenAnywhere(endpoint);
    const [host = ''] = await addressesOf(endpoint, this.options.family);
    this.verbose(`trying... [${host}]:${endpoint.port}`);
    return await this.#bind({host, port: endpoint.port, backlog}, `bind ${host} port ${endpoint.port}`);
  }

  async #listenAnywhere({port}: Endpoint & {kind: 'inet'}): Promise<Server> {
    const {family, backlog} = this.options;
    const host = family === 4 ? '0.0.0.0' : '::';
    return await this.#bind({host, port, backlog, ipv6Only: family === 6}, `bind ${host} port ${port}`);
  }

  async #bind(where: Parameters<Server['listen']>[0] & object, what: string): Promise<Server> {
    const server = createServer({noDelay: true, allowHalfOpen: false}, socket => this.#accept(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', fault => reject(new FatalError(`${what}: ${describe(fault)}`)));
      server.listen(where, resolve);
    });
    server.on('error', fault => this.warn(`accept connection: ${describe(fault)}`));
    if (this.options.windowSize > 0) setWindowSize(server, this.options.windowSize, text => this.warn(text));
    return server;
  }
}

function readFaults(file: string): Faults {
  try {
    if (statSync(toPath(file)).size > MAX_RULES_BYTES)
      throw new FatalError(`${file}: larger than ${MAX_RULES_BYTES} bytes`);
    return new Faults(parseRules(readFileSync(toPath(file), 'latin1'), file), () => performance.now());
  } catch (fault) {
    if (systemCode(fault) === undefined) throw fault;
    throw new FatalError(`open ${file}: ${describe(fault)}`);
  }
}

const MAX_RULES_BYTES = 0x10_0000;

function isTouched({refusal, disconnect, isLogged, delaySeconds}: StagePlan): boolean {
  return refusal !== '' || disconnect !== '' || isLogged || delaySeconds > 0;
}

function ehloReply(options: SinkOptions): string {
  const {hostname, hasPipelining, has8bit, hasAuth, hasXclient, hasXforward, hasEnhancedCodes, hasDsn} = options;
  const offers = [
    hostname,
    hasPipelining && 'PIPELINING',
    has8bit && '8BITMIME',
    hasAuth && 'AUTH PLAIN LOGIN',
    hasXclient && 'XCLIENT NAME HELO',
    hasXforward && 'XFORWARD NAME ADDR PROTO HELO',
    hasEnhancedCodes && 'ENHANCEDSTATUSCODES',
    hasDsn && 'DSN',
  ];
  const lines = offers.filter(offer => offer !== false).map(offer => `250-${offer}\r\n`);
  return `${lines.join('')}250 \r\n`;
}
