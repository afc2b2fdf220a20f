/**
 * The command line of smtp-sink, as the original reads it: same texts, same order of complaints. `--rules FILE` is ours.
 * Throws FatalError.
 */
import {FatalError} from '../core/base/errors.ts';
import {OptionReader} from '../core/base/getopt.ts';
import type {Stdio} from '../core/base/tool.ts';
import {readEndpoint, type Endpoint, type Family} from './smtp-endpoint.ts';

/** What can be named in -f, -q, -Q, -r, -s and -W: commands, the connection itself and the end of a message. */
export const STAGES = [
  'connect',
  'helo',
  'ehlo',
  'lhlo',
  'xclient',
  'xforward',
  'auth',
  'mail',
  'rcpt',
  'data',
  '.',
  'rset',
  'noop',
  'vrfy',
  'quit',
  'starttls', // with --rules
] as const;
export type Stage = (typeof STAGES)[number];

/** What is to happen at a stage instead of, or before, the usual. */
export interface StagePlan {
  /** A reply that refuses; '' for none. */
  refusal: string;
  /** Ends the connection: without a word, or after a 421. */
  disconnect: '' | 'silent' | 'reply';
  isLogged: boolean;
  delaySeconds: number;
  /** 0 for the fixed delay; else the delay is repeated while a throw of 0..99 is below. */
  delayOdds: number;
}

export interface SinkOptions {
  readonly endpoint: Endpoint;
  readonly backlog: number;
  readonly family: Family;
  readonly plans: ReadonlyMap<Stage, StagePlan>;
  readonly isLmtp: boolean;
  readonly isEsmtp: boolean;
  /** The greeting hides the name, as a CISCO PIX firewall makes it. */
  readonly isPix: boolean;
  readonly hasPipelining: boolean;
  readonly has8bit: boolean;
  readonly hasAuth: boolean;
  readonly hasXclient: boolean;
  readonly hasXforward: boolean;
  readonly hasEnhancedCodes: boolean;
  readonly hasDsn: boolean;
  readonly hostname: string;
  /** Seconds between the answer to DATA and a 550 that breaks the protocol; undefined for never. */
  readonly abortSeconds: number | undefined;
  readonly dataReadSeconds: number;
  readonly timeoutSeconds: number;
  readonly windowSize: number;
  readonly maxSessions: number;
  /** 0 for without end. */
  readonly maxMessages: number;
  readonly quitAfterSessions: number;
  readonly showsCounters: boolean;
  readonly isVerbose: boolean;
  readonly singleTemplate: string | undefined;
  readonly sharedTemplate: string | undefined;
  readonly startText: string;
  readonly rootDirectory: string | undefined;
  readonly user: string | undefined;
  readonly rulesFile: string | undefined;
}

const LETTERS = '468aA:b:B:cCd:D:eEf:Fh:H:Ln:m:M:NpPq:Q:r:R:s:S:t:T:u:vw:W:';

const USAGE =
  'usage: smtp-sink [-468acCeEFLpPv] [-A abort_delay] [-b soft_bounce_reply] [-B hard_bounce_reply] ' +
  '[-d dump-template] [-D dump-template] [-f commands] [-h hostname] [-m max_concurrency] [-M message_quit_count] ' +
  '[-n quit_count] [-q commands] [-r commands] [-R root-dir] [-s commands] [-S start-string] [-u user_privs] ' +
  '[-w delay] [host]:port backlog';

const usage = (): FatalError => new FatalError(USAGE);

type Draft = {-readonly [Name in keyof SinkOptions]: SinkOptions[Name]};

export function readSinkOptions(argv: readonly string[], stdio: Stdio): SinkOptions {
  const {rest, rulesFile} = takeRules(argv);
  const plans = new Map(STAGES.map(stage => [stage, newPlan()]));
  const draft: Draft = {...DEFAULTS, plans, rulesFile};
  const replies = {soft: '450 4.3.0 Error: command failed', hard: '500 5.3.0 Error: command failed'};
  const refused: {list: string; kind: 'soft' | 'hard'}[] = [];
  const reader = new OptionReader(rest, LETTERS);
  for (let read = reader.next(); read !== undefined; read = reader.next()) {
    const {option, value, letter} = read;
    if (option === '?') stdio.stderr.write(`smtp-sink: invalid option -- '${letter}'\n`);
    if (option === ':') stdio.stderr.write(`smtp-sink: option requires an argument -- '${letter}'\n`);
    if (option === '?' || option === ':') throw usage();
    if (option === 'b') replies.soft = readReply(value, '4', 'soft', stdio);
    else if (option === 'B') replies.hard = readReply(value, '5', 'hard', stdio);
    else if (option === 'r' || option === 'f') {
      stagesOf(value);
      refused.push({list: value, kind: option === 'r' ? 'soft' : 'hard'});
    } else if (!setFlag(draft, option) && !setPlan(plans, option, value)) setValue(draft, option, value);
  }
  for (const {list, kind} of refused) for (const stage of stagesOf(list)) planOf(plans, stage).refusal = replies[kind];
  if (refused.length > 0) draft.hasPipelining = false;
  return finish(draft, reader.operands());
}

function newPlan(): StagePlan {
  return {refusal: '', disconnect: '', isLogged: false, delaySeconds: 0, delayOdds: 0};
}

const DEFAULTS: Omit<Draft, 'plans' | 'rulesFile'> = {
  endpoint: {kind: 'unix', path: ''},
  backlog: 0,
  family: 0,
  isLmtp: false,
  isEsmtp: true,
  isPix: false,
  hasPipelining: true,
  has8bit: true,
  hasAuth: true,
  hasXclient: true,
  hasXforward: true,
  hasEnhancedCodes: true,
  hasDsn: true,
  hostname: 'smtp-sink',
  abortSeconds: undefined,
  dataReadSeconds: 0,
  timeoutSeconds: 100,
  windowSize: 0,
  maxSessions: 256,
  maxMessages: 0,
  quitAfterSessions: 0,
  showsCounters: false,
  isVerbose: false,
  singleTemplate: undefined,
  sharedTemplate: undefined,
  startText: '',
  rootDirectory: undefined,
  user: undefined,
};

/** Takes `--rules FILE` and `--rules=FILE` out of the arguments: the original has no long options to confuse it with. */
function takeRules(argv: readonly string[]): {rest: readonly string[]; rulesFile: string | undefined} {
  const at = argv.findIndex(word => word === '--rules' || word.startsWith('--rules='));
  if (at < 0) return {rest: argv, rulesFile: undefined};
  const isJoined = argv[at] !== '--rules';
  const rulesFile = isJoined ? argv[at]?.slice('--rules='.length) : argv[at + 1];
  if (rulesFile === undefined || rulesFile === '') throw usage();
  return {rest: [...argv.slice(0, at), ...argv.slice(at + (isJoined ? 1 : 2))], rulesFile};
}

function setFlag(draft: Draft, letter: string): boolean {
  if (letter === '4' || letter === '6') draft.family = letter === '4' ? 4 : 6;
  else if (letter === '8') draft.has8bit = false;
  else if (letter === 'a') draft.hasAuth = false;
  else if (letter === 'c') draft.showsCounters = true;
  else if (letter === 'C') draft.hasXclient = false;
  else if (letter === 'e') draft.isEsmtp = false;
  else if (letter === 'E') draft.hasEnhancedCodes = false;
  else if (letter === 'F') draft.hasXforward = false;
  else if (letter === 'L') draft.isLmtp = true;
  else if (letter === 'N') draft.hasDsn = false;
  else if (letter === 'p') draft.hasPipelining = false;
  else if (letter === 'P') [draft.isPix, draft.isEsmtp] = [true, false];
  else if (letter === 'v') draft.isVerbose = true;
  else return false;
  return true;
}

function setPlan(plans: ReadonlyMap<Stage, StagePlan>, letter: string, value: string): boolean {
  if (letter === 'q') for (const stage of stagesOf(value)) planOf(plans, stage).disconnect = 'silent';
  else if (letter === 'Q') for (const stage of stagesOf(value)) planOf(plans, stage).disconnect = 'reply';
  else if (letter === 's') for (const stage of stagesOf(value)) planOf(plans, stage).isLogged = true;
  else if (letter === 'W') setDelay(plans, value);
  else if (letter === 'w') {
    const seconds = digits(value) ?? 0;
    if (seconds <= 0) throw usage();
    planOf(plans, 'data').delaySeconds = seconds;
  } else return false;
  return true;
}

function setValue(draft: Draft, letter: string, value: string): void {
  if (letter === 'A') draft.abortSeconds = digits(value) ?? fail(usage());
  else if (letter === 'd') draft.singleTemplate = value;
  else if (letter === 'D') draft.sharedTemplate = value;
  else if (letter === 'h') draft.hostname = value;
  else if (letter === 'H') draft.dataReadSeconds = positive(value, 'data read delay');
  else if (letter === 'm') draft.maxSessions = positive(value, 'concurrency limit');
  else if (letter === 'M') draft.maxMessages = positive(value, 'message quit count');
  else if (letter === 'n') draft.quitAfterSessions = positive(value, 'quit count');
  else if (letter === 'R') draft.rootDirectory = value;
  else if (letter === 'S') draft.startText = unescape(value);
  else if (letter === 't') draft.timeoutSeconds = positive(value, 'timeout');
  else if (letter === 'T') draft.windowSize = positive(value, 'TCP window size');
  else if (letter === 'u') draft.user = value;
}

function finish(draft: Draft, operands: readonly string[]): SinkOptions {
  const [place, backlog] = operands;
  if (place === undefined || backlog === undefined || operands.length !== 2) throw usage();
  if (!/^[ \t]*[+-]?\d/.test(backlog) || Number.parseInt(backlog, 10) <= 0) throw usage();
  if (draft.singleTemplate !== undefined && draft.sharedTemplate !== undefined)
    throw new FatalError('use only one of -d or -D, but not both');
  const isRoot = process.geteuid?.() === 0;
  if (isRoot && draft.user === undefined) throw new FatalError('-u option is required if running as root');
  draft.endpoint = readEndpoint(place, {host: ''});
  draft.backlog = Number.parseInt(backlog, 10);
  return draft;
}

function stagesOf(list: string): Stage[] {
  return list
    .split(/[\s,]+/)
    .filter(word => word !== '')
    .map(word => stageOf(word));
}

function stageOf(word: string): Stage {
  const name = word.toLowerCase();
  return (
    STAGES.find(stage => stage === name && stage !== 'starttls') ?? fail(new FatalError(`unknown command: ${word}`))
  );
}

function planOf(plans: ReadonlyMap<Stage, StagePlan>, stage: Stage): StagePlan {
  return plans.get(stage) ?? newPlan();
}

/** `command:delay[:odds]`. */
function setDelay(plans: ReadonlyMap<Stage, StagePlan>, argument: string): void {
  const [name = '', delay, odds] = argument.split(':');
  if (delay === undefined) throw new FatalError(`invalid command delay argument: ${argument}`);
  const plan = planOf(plans, stageOf(name));
  const seconds = Number.parseInt(delay, 10);
  if (!(seconds > 0)) throw new FatalError(`non-positive '${name}' delay`);
  const chance = odds === undefined ? 0 : Number.parseInt(odds, 10);
  if (odds !== undefined && !(chance >= 1 && chance <= 99))
    throw new FatalError(`delay odds for '${name}' out of range`);
  [plan.delaySeconds, plan.delayOdds] = [seconds, chance];
}

function readReply(value: string, firstDigit: string, kind: 'soft' | 'hard', stdio: Stdio): string {
  if (value.startsWith(firstDigit) && /^\d\d\d(?!\d)/.test(value)) return value;
  stdio.stderr.write(`smtp-sink: error: bad ${kind} error reply: ${value}\n`);
  throw usage();
}

/** All digits; else undefined. */
function digits(value: string): number | undefined {
  return /^\d+$/.test(value) ? Number(value) : undefined;
}

/** As atoi(3) reads it: digits at the start count, whatever follows. */
function positive(value: string, what: string): number {
  const number = Number.parseInt(value, 10);
  return number > 0 ? number : fail(new FatalError(`bad ${what}: ${value}`));
}

function fail(fault: Error): never {
  throw fault;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** The escapes of C: `\n`, `\101`; any other character after a backslash stands for itself. */
export function unescape(text: string): string {
  return text.replace(/\\(?:([0-7]{1,3})|([^]))/g, (_, octal: string | undefined, letter = '') =>
    octal === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(octal, 8) & 0xff),
  );
}
