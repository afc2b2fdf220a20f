/**
 * The real smtp(8) and ours against the same scripted server, with the same queue file: what each said on the wire, and
 * what each logged. The original works all scenarios in one instance, each as a service of its own; ours runs when it is
 * asked for.
 */
import {spawnSync} from 'node:child_process';
import {copyFileSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {DeliveryContext} from '../../src/core/delivery/context.ts';
import {makeAgent} from '../../src/core/delivery/agents.ts';
import {quoteAddress} from '../../src/core/message/address-syntax.ts';
import type {Report} from '../../src/core/queue/agent.ts';
import {contentOf, readQueueFile} from '../../src/core/queue/queue-file-reader.ts';
import {openTables} from '../../src/core/table/open-table.ts';
import {DeliveryBench} from './delivery-bench.ts';
import {RealPostfix} from './real-postfix.ts';
import {type Rules, ScriptServer} from './smtp-script.ts';

export interface SmtpScenario {
  readonly title: string;
  readonly rules?: Rules;
  readonly set?: Readonly<Record<string, string>>;
  /** `flags=` of master.cf. */
  readonly flags?: string;
  /** Arguments of sendmail before the recipients. */
  readonly args?: readonly string[];
  /** Local parts, of a domain of the scenario's own; with `@` they are whole. */
  readonly to?: readonly string[];
  readonly message?: string;
  /** Comes in over SMTP, from 127.0.0.1, with this HELO name; `message` and `args` do not count then. */
  readonly helo?: string;
  readonly program?: 'smtp' | 'lmtp';
  /** `PORT` stands for the server's; without it, the server is the only one. */
  readonly nexthop?: string;
  /** The address the server listens on. */
  readonly host?: string;
  readonly port?: number;
}

export interface Conversation {
  /** Lines as the server got them, the connections' beginnings and ends among them. */
  readonly wire: readonly string[];
  readonly log: readonly string[];
}

interface Prepared {
  readonly scenario: SmtpScenario;
  readonly name: string;
  readonly server: ScriptServer;
  readonly nexthop: string;
  id: string;
  queueFile: string;
  theirs: Conversation | undefined;
}

export class SmtpBesideOriginal {
  readonly #prepared: Prepared[] = [];
  readonly #copies = mkdtempSync(join(tmpdir(), 'smtp-beside-'));
  #real: RealPostfix | undefined;
  #port = 0;

  /** Lets the original work all scenarios. */
  async start(scenarios: readonly SmtpScenario[]): Promise<void> {
    for (const [index, scenario] of scenarios.entries()) this.#prepared.push(await prepare(scenario, `s${index}`));
    this.#port = await freePort();
    const real = new RealPostfix(
      'transport_maps = regexp:$config_directory/transport\nheader_checks = regexp:$config_directory/checks\n' +
        'local_header_rewrite_clients =\n',
      `${this.#prepared.map(masterEntry).join('')}127.0.0.1:${this.#port} inet n - n - - smtpd\n`,
    );
    this.#real = real;
    const routes = this.#prepared.map(({name, nexthop}) => `/@${name}\\.test$/ ${name}:${nexthop}\n`);
    writeFileSync(join(real.config, 'transport'), routes.join(''));
    writeFileSync(join(real.config, 'checks'), '/^Subject:/ HOLD\n');
    real.start();
    for (const each of this.#prepared) this.#submit(real, each);
    await until(this.#prepared, (each, log) => this.#find(real, each, log), 20_000, real);
    for (const each of this.#prepared) this.#copy(real, each);
    real.run('postsuper', ['-H', 'ALL']);
    real.run('postqueue', ['-f']);
    await until(this.#prepared, (each, log) => isDone(log, each), 40_000, real);
    await until(this.#prepared, ({server}) => server.isIdle, 5_000).catch(() => undefined);
    for (const each of this.#prepared) each.theirs = {wire: wireOf(each), log: logOf(real.log(), each)};
  }

  theirs(scenario: SmtpScenario): Conversation {
    const found = this.#of(scenario).theirs;
    if (found === undefined) throw new Error('the original has not run');
    return found;
  }

  async ours(scenario: SmtpScenario): Promise<Conversation> {
    const each = this.#of(scenario);
    const {server, name, nexthop, id, queueFile} = each;
    server.reset();
    const program = scenario.program ?? 'smtp';
    const bench = new DeliveryBench({
      myhostname: 'mail.example.com',
      inet_interfaces: '127.0.0.1',
      inet_protocols: 'ipv4',
      smtp_tls_fingerprint_digest: 'sha256', // the test's configuration can't expand the default
      lmtp_tls_fingerprint_digest: 'sha256',
      ...scenario.set,
    });
    const log: string[] = [];
    try {
      const agent = makeAgent(realistic(bench.context), {name, command: program, args: flagsOf(scenario)});
      const {envelope} = await readQueueFile(queueFile, 'deferred', id);
      const {recipients} = envelope;
      const content = contentOf(envelope, () => queueFile);
      const verifyOnly = scenario.args?.includes('-bv') === true;
      const request = {envelope, content, transport: name, nexthop, recipients, verifyOnly, trace: false};
      const report = (each: Report): void => void bench.warnings.push(reportLine(id, each, verifyOnly));
      await agent?.deliver(request, report);
      log.push(...bench.warnings.map(line => line.replace(/^info: /, '')));
      await until([each], () => server.isIdle, 1000).catch(() => undefined);
    } finally {
      await bench.dispose();
    }
    return {wire: wireOf(each), log: log.map(line => plain(line, id))};
  }

  async stop(): Promise<void> {
    this.#real?.dispose();
    for (const {server} of this.#prepared) await server.close();
    rmSync(this.#copies, {recursive: true, force: true});
  }

  #of(scenario: SmtpScenario): Prepared {
    const found = this.#prepared.find(each => each.scenario === scenario);
    if (found === undefined) throw new Error('no such scenario');
    return found;
  }

  #submit(real: RealPostfix, {scenario, name}: Prepared): void {
    const to = (scenario.to ?? ['r']).map(local => (local.includes('@') ? local : `${local}@${name}.test`));
    const sender = `${name}@sender.test`;
    if (scenario.helo !== undefined) {
      const args = ['-f', sender, '-t', to[0] ?? '', '-S', 'x', '-M', scenario.helo, `inet:127.0.0.1:${this.#port}`];
      const sent = spawnSync('smtp-source', args, {encoding: 'latin1'});
      if (sent.status !== 0) throw new Error(sent.stderr);
      return;
    }
    const args = ['-f', sender, ...(scenario.args ?? []), '--', ...to];
    const done = real.run('sendmail', args, Buffer.from(scenario.message ?? 'Subject: x\n\nhello\n', 'latin1'));
    if (done.status !== 0) throw new Error(done.stderr);
  }

  /** By its sender, in the log. */
  #find(real: RealPostfix, each: Prepared, log: string): boolean {
    const at = log.indexOf(`; from=<${each.name}@sender.test>`);
    const [, id] = /: (\w+): hold: header /.exec(log.slice(log.lastIndexOf('\n', at), Math.max(at, 0))) ?? [];
    if (id === undefined) return false;
    each.id = id;
    return pathIn(real, id) !== undefined;
  }

  #copy(real: RealPostfix, each: Prepared): void {
    const path = pathIn(real, each.id);
    if (path === undefined) throw new Error(`${each.id} has gone`);
    each.queueFile = join(this.#copies, each.id);
    copyFileSync(path, each.queueFile);
  }
}

async function prepare(scenario: SmtpScenario, name: string): Promise<Prepared> {
  const server = new ScriptServer(scenario.rules);
  const {host = '127.0.0.1', port = 0} = scenario;
  const actual = await server.listen({host, port});
  const nexthop = (scenario.nexthop ?? `[${host}]:PORT`).replaceAll('PORT', String(actual));
  return {scenario, name, server, nexthop, id: '', queueFile: '', theirs: undefined};
}

function flagsOf({flags}: SmtpScenario): string[] {
  return flags === undefined ? [] : [`flags=${flags}`];
}

function masterEntry({name, scenario}: Prepared): string {
  const overrides = Object.entries(scenario.set ?? {}).map(([key, value]) => `-o {${key} = ${value}}`);
  return `${name} unix - - n - - ${[scenario.program ?? 'smtp', ...overrides, ...flagsOf(scenario)].join(' ')}\n`;
}

function pathIn(real: RealPostfix, id: string): string | undefined {
  const folder = join(real.spool, 'hold');
  for (const entry of readdirSync(folder, {recursive: true, encoding: 'utf8'}))
    if (entry.endsWith(id) && statSync(join(folder, entry)).isFile()) return join(folder, entry);
  return undefined;
}

/** Each recipient has its line from the client. */
function isDone(log: string, {id, scenario}: Prepared): boolean {
  const lines = clientLines(log, id).filter(line => line.includes(' status='));
  return lines.length >= (scenario.to?.length ?? 1);
}

function clientLines(log: string, id: string): string[] {
  const lines = log.split('\n');
  const pids = new Set(
    lines
      .filter(line => line.includes(`: ${id}: `))
      .map(line => /postfix\/(?:smtp|lmtp)\[(\d+)\]/.exec(line)?.[1])
      .filter(pid => pid !== undefined),
  );
  return lines.filter(line => pids.has(/postfix\/(?:smtp|lmtp)\[(\d+)\]/.exec(line)?.[1] ?? ''));
}

/** The client's lines about this message, without time, process and delays; with those before it that have no id. */
function logOf(log: string, {id}: Prepared): string[] {
  return clientLines(log, id)
    .map(line => line.replace(/^.*?postfix\/(?:smtp|lmtp)\[\d+\]: /, ''))
    .filter(line => !/^[0-9A-F]{10,}: /.test(line) || line.startsWith(`${id}: `))
    .map(line => plain(line, id));
}

function plain(line: string, id: string): string {
  return line
    .replaceAll(id, 'ID')
    .replaceAll('\n', '?')
    .replace(/delay=[\d.]+, delays=[\d./]+, /, '')
    .slice(0, MAX_LINE);
}

/** With the clock as it is, and tables of all types. */
function realistic(context: DeliveryContext): DeliveryContext {
  const {config, log} = context;
  return {...context, clock: {now: () => Date.now()}, openTables: list => openTables(list, {config, log})};
}

/** The original's log is cut at about 2000 bytes. */
const MAX_LINE = 1500;

/** When a connection ends has no order. */
function wireOf({server}: Prepared): string[] {
  const lines = server.lines.filter(line => line !== '(end)');
  return lines.map(line => line.replace(/[0-9A-F]{10,13}(?=$|;| )/, 'ID'));
}

function reportLine(
  id: string,
  {recipient, address, outcome, relay, connectionUse = 1}: Report,
  isProbe: boolean,
): string {
  const original =
    recipient.original.toLowerCase() === recipient.address.toLowerCase() ? '' : `orig_to=<${recipient.original}>, `;
  const use = connectionUse > 1 ? `conn_use=${connectionUse}, ` : '';
  const status = !isProbe ? outcome.kind : outcome.kind === 'sent' ? 'deliverable' : 'undeliverable';
  const to = quoteAddress(address ?? recipient.address);
  return `${id}: to=<${to}>, ${original}relay=${relay}, ${use}dsn=${outcome.status}, status=${status} (${outcome.text})`;
}

/** Until it is so of each. Rejects with the titles of those that it is not so of. */
async function until(
  all: readonly Prepared[],
  isSo: (each: Prepared, log: string) => boolean,
  milliseconds: number,
  real?: RealPostfix,
): Promise<void> {
  const start = Date.now();
  for (let left = all; ;) {
    const log = real?.log() ?? '';
    left = left.filter(each => !isSo(each, log));
    if (left.length === 0) return;
    if (Date.now() - start > milliseconds)
      throw new Error(`it took too long: ${left.map(({scenario, id}) => `${scenario.title} ${id}`).join(', ')}`);
    await new Promise(resolve => setTimeout(resolve, real === undefined ? 20 : 300));
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
