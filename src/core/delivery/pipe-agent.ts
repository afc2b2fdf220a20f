/** pipe(8): hands a message to a command of master.cf, for all recipients of the request at once. */
import {stat} from 'node:fs/promises';
import {extensionRules} from '../address/extension.ts';
import {toPath} from '../base/bytes.ts';
import {describe} from '../base/errors.ts';
import type {Log} from '../log/log.ts';
import type {Agent, DeliveryRequest, Outcome, Report} from '../queue/agent.ts';
import {type CommandEnd, failureOf} from './command-output.ts';
import type {AgentService, DeliveryContext} from './context.ts';
import {readDeliveredTo} from './delivered-to.ts';
import {exportedEnvironment} from './exported-environment.ts';
import {formatHead} from './message-head.ts';
import {pipeArguments} from './pipe-arguments.ts';
import {parsePipeService, type PipeService, PipeServiceError} from './pipe-service.ts';
import {agree} from './report-sink.ts';
import {findProgram, runCommand} from './run-command.ts';
import {messagePieces, type MessageToStore} from './user-files.ts';

const MISCONFIGURED: Outcome = {kind: 'deferred', status: '4.3.5', text: 'mail system configuration error'};
const BROKEN: Outcome = {kind: 'deferred', status: '4.3.0', text: 'unknown mail transport error'};

export function pipeAgent(context: DeliveryContext, service: AgentService): Agent {
  return new PipeAgent(context, service);
}

class PipeAgent implements Agent {
  readonly #context: DeliveryContext;
  readonly #service: AgentService;
  readonly #log: Log;

  constructor(context: DeliveryContext, service: AgentService) {
    this.#context = context;
    this.#service = service;
    this.#log = context.log.as(service.command);
  }

  async deliver(request: DeliveryRequest, report: (report: Report) => void): Promise<void> {
    const frame = {relay: this.#service.name, program: this.#service.command, startedAt: this.#context.clock.now()};
    const tell = (outcome: Outcome): void => {
      const agreed = agree(outcome, this.#log);
      for (const recipient of request.recipients) report({recipient, outcome: agreed, ...frame});
    };
    try {
      const {accounts, config} = this.#context;
      const service = parsePipeService(this.#service.args, accounts, config);
      tell((await this.#refusal(service, request)) ?? (await this.#run(service, request)));
    } catch (fault) {
      if (!(fault instanceof PipeServiceError)) throw fault;
      this.#log.fatal(fault.message);
      tell(BROKEN);
    }
  }

  async #refusal(service: PipeService, request: DeliveryRequest): Promise<Outcome | undefined> {
    const {flags} = service;
    if ((flags.has('D') || flags.has('O')) && request.recipients.length > 1) {
      this.#log.warning(`pipe flag \`D' or \`O' requires ${this.#service.name}_destination_recipient_limit = 1`);
      return MISCONFIGURED;
    }
    if (service.sizeLimit > 0 && request.envelope.sizeBytes > service.sizeLimit)
      return {kind: 'bounced', status: '5.2.3', text: 'message too large'};
    const [recipient] = request.recipients;
    if (!flags.has('D') || recipient === undefined || request.verifyOnly) return undefined;
    if (!(await readDeliveredTo(request.content)).has(recipient.address)) return undefined;
    return {kind: 'bounced', status: '5.4.6', text: `mail forwarding loop for ${recipient.address}`};
  }

  async #run(service: PipeService, request: DeliveryRequest): Promise<Outcome> {
    const {config} = this.#context;
    const where = `file ${config.directory}/master.cf: service ${this.#service.name}`;
    const expanded = pipeArguments(service, request, extensionRules(config), where);
    if ('warnings' in expanded) {
      for (const warning of expanded.warnings) this.#log.warning(warning);
      return MISCONFIGURED;
    }
    for (const recipient of request.recipients)
      request.recorder?.decided({step: 'pipe', subject: recipient.address, result: expanded.argv.join(' ')});
    const name = this.#service.name;
    if (request.verifyOnly) return {kind: 'sent', status: '2.0.0', text: `delivers to command: ${service.argv[0]}`};
    const end = await this.#execute(service, expanded.argv, request);
    const failure = failureOf(end, expanded.argv[0] ?? '');
    if (failure !== undefined) return {kind: failure.status.startsWith('4') ? 'deferred' : 'bounced', ...failure};
    const said = end.output.trimEnd();
    const text = `delivered via ${name} service${said === '' ? '' : ` (${said})`}`;
    return {kind: 'sent', status: '2.0.0', text, action: service.flags.has('X') ? 'delivered' : 'relayed'};
  }

  async #execute(service: PipeService, argv: readonly string[], request: DeliveryRequest): Promise<CommandEnd> {
    const {config} = this.#context;
    const directory = service.directory ?? config.get('queue_directory');
    const cannotEnter = await this.#cannotEnter(directory, service);
    if (cannotEnter !== undefined) return cannotEnter;
    const program = argv[0] ?? '';
    if (service.chroot === undefined && (await findProgram(program)) === undefined)
      return this.#unstarted(program, 'No such file or directory');
    const asRoot = process.getuid?.() === 0;
    const isCaged = service.chroot !== undefined && asRoot;
    const job = {
      argv: isCaged ? cagedCommand(service, argv) : argv,
      env: exportedEnvironment(config),
      directory,
      rights: asRoot && !isCaged ? service.rights : undefined,
      timeLimitSeconds: this.#timeLimit(),
    };
    const run = await runCommand(job, await messagePieces(this.#message(service, request)));
    if (run.contentFault !== undefined) throw new Error('message content', {cause: run.contentFault});
    if (run.end.kind === 'time-out') {
      const what = run.wasWriting ? 'pipe_command_write: write' : 'pipe_command_read: read';
      this.#log.warning(`${what} time limit exceeded`);
    }
    if (run.cannotExecute !== undefined && program !== '/bin/sh') return this.#unstarted(program, run.cannotExecute);
    return run.end;
  }

  async #cannotEnter(directory: string, service: PipeService): Promise<CommandEnd | undefined> {
    if (service.chroot !== undefined) return undefined;
    const fault = await stat(toPath(directory)).then(
      found => (found.isDirectory() ? undefined : 'Not a directory'),
      (fault: unknown) => describe(fault),
    );
    if (fault === undefined) return undefined;
    const {uid, gid} = service.rights;
    this.#log.fatal(`cannot change directory to "${directory}" for uid=${uid} gid=${gid}: ${fault}`);
    return {kind: 'unstarted', output: ''};
  }

  #unstarted(program: string, reason: string): CommandEnd {
    const text = `pipe_command: execvp ${program}: ${reason}`;
    this.#log.fatal(text);
    return {kind: 'unstarted', output: `pipe: fatal: ${text} `};
  }

  #message(service: PipeService, request: DeliveryRequest): MessageToStore {
    const {flags, lineEnd, nullSender} = service;
    const [recipient] = request.recipients;
    const head = formatHead({
      sender: request.envelope.sender === '' ? nullSender : request.envelope.sender,
      nullSender,
      fromLine: flags.has('F'),
      returnPath: flags.has('R'),
      originalTo: flags.has('O') ? recipient?.original : undefined,
      deliveredTo: flags.has('D') ? recipient?.address : undefined,
      seconds: Math.floor(this.#context.clock.now() / 1000),
      lineEnd,
    });
    const rules = {quoteFrom: flags.has('>'), stuffDots: flags.has('.'), lineEnd};
    return {head, content: request.content, rules, endsWithBlank: flags.has('B')};
  }

  /** postconf(5) transport_time_limit. */
  #timeLimit(): number {
    const {config} = this.#context;
    const own = config.lookup(`${this.#service.name}_time_limit`);
    const [, digits, unit = 's'] = /^(\d+)([smhdw]?)$/.exec(own ?? '') ?? [];
    if (digits === undefined) return config.get('command_time_limit');
    return Number(digits) * (UNITS.get(unit === '' ? 's' : unit) ?? 1);
  }
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86400],
  ['w', 604800],
]);

/** chroot(2) is for root, before the user changes: coreutils' chroot does both. */
function cagedCommand(service: PipeService, argv: readonly string[]): string[] {
  const {uid, gid} = service.rights;
  return ['/usr/sbin/chroot', `--userspec=${uid}:${gid}`, '--groups=', service.chroot ?? '/', ...argv];
}
