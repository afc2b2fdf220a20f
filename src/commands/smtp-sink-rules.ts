/**
 * The rule file of smtp-sink --rules: failures to be played to a program that sends mail. One rule a line:
 *
 *     STAGE [CONDITION=VALUE ...] ACTION [ARGUMENT ...]
 *
 * and `seed NUMBER` for what is random. An empty line and one that begins with `#` say nothing. Throws ConfigError with file,
 * line and column, and the nearest word that would have been understood.
 */
import {ConfigError} from '../core/base/errors.ts';
import {nearestWord} from '../core/base/nearest.ts';
import {unescape} from './smtp-sink-options.ts';

export const RULE_STAGES = [
  'connect',
  'helo',
  'starttls',
  'auth',
  'mail',
  'rcpt',
  'data',
  'content',
  'end',
  'rset',
  'noop',
  'vrfy',
  'quit',
] as const;
export type RuleStage = (typeof RULE_STAGES)[number];

export type HandshakeFault = 'close' | 'hang' | 'garbage';

export type RuleAction =
  | {readonly kind: 'reply'; readonly text: string}
  | {readonly kind: 'raw'; readonly text: string}
  | {readonly kind: 'long'; readonly bytes: number}
  | {readonly kind: 'lines'; readonly count: number}
  | {readonly kind: 'delay'; readonly seconds: number}
  | {readonly kind: 'drip'; readonly seconds: number}
  | {readonly kind: 'greylist'; readonly seconds: number; readonly text: string}
  | {readonly kind: 'close' | 'reset' | 'hang' | 'silent' | 'pass' | 'accept'}
  | {readonly kind: 'cut'; readonly bytes: number}
  | {readonly kind: 'slow'; readonly bytesPerSecond: number}
  | {readonly kind: 'stall'; readonly bytes: number; readonly seconds: number}
  | {readonly kind: 'handshake'; readonly fault: HandshakeFault};

/** Patterns with `*` and `?`, in lower case; undefined for whatever it is. */
export interface RuleConditions {
  client: string | undefined;
  helo: string | undefined;
  sender: string | undefined;
  recipient: string | undefined;
  /** Of the times the rest holds: how many are passed over, how many count then, and every how many-th of those. */
  after: number;
  first: number;
  every: number;
  /** Seconds since the start. */
  from: number;
  until: number;
  /** 0 to 1. */
  chance: number;
}

export interface Rule {
  readonly stage: RuleStage;
  readonly conditions: RuleConditions;
  readonly action: RuleAction;
}

export interface Rules {
  readonly seed: number;
  readonly rules: readonly Rule[];
}

export const MAX_RULES = 10_000;
const MAX_BYTES = 1 << 24;
const MAX_LINES = 100_000;
const MAX_PATTERN = 256;
const MAX_SECONDS = 1_000_000;

const CONDITIONS = [
  'client',
  'helo',
  'sender',
  'recipient',
  'after',
  'first',
  'every',
  'from',
  'until',
  'chance',
] as const;
type Condition = (typeof CONDITIONS)[number];

const ANYWHERE = ['reply', 'raw', 'long', 'lines', 'delay', 'drip', 'close', 'reset', 'hang', 'silent', 'pass'];
const IN_CONTENT = ['cut', 'slow', 'stall', 'reset', 'hang', 'pass'];

export function parseRules(text: string, file: string): Rules {
  const rules: Rule[] = [];
  let seed = 1;
  for (const [index, content] of text.split(/\r?\n/).entries()) {
    const line = new RuleLine(content, file, index + 1);
    if (line.isEmpty) continue;
    if (line.peek().text === 'seed') seed = readSeed(line);
    else rules.push(readRule(line));
    if (rules.length > MAX_RULES) throw line.fault('more rules than ' + MAX_RULES, 1);
  }
  return {seed, rules};
}

interface Word {
  readonly text: string;
  /** From 1. */
  readonly column: number;
}

/** A line that is read word by word. */
class RuleLine {
  readonly #text: string;
  readonly #file: string;
  readonly #number: number;
  #at = 0;

  constructor(text: string, file: string, number: number) {
    this.#text = text;
    this.#file = file;
    this.#number = number;
    this.#skipSpaces();
  }

  get isEmpty(): boolean {
    return this.#at >= this.#text.length || this.#text[this.#at] === '#';
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  get column(): number {
    return this.#at + 1;
  }

  peek(): Word {
    let end = this.#at;
    while (end < this.#text.length && !isSpace(this.#text[end])) end++;
    return {text: this.#text.slice(this.#at, end), column: this.column};
  }

  take(what: string): Word {
    if (this.isAtEnd) throw this.fault(`${what} expected`, this.column);
    const word = this.peek();
    this.#at += word.text.length;
    this.#skipSpaces();
    return word;
  }

  /** What is left of the line; without the quotes around it. */
  takeRest(): string {
    const rest = this.#text.slice(this.#at).trimEnd();
    this.#at = this.#text.length;
    return /^".*"$/.test(rest) && rest.length > 1 ? rest.slice(1, -1) : rest;
  }

  expectEnd(): void {
    if (!this.isAtEnd) throw this.fault(`nothing expected behind the rule, found "${this.peek().text}"`, this.column);
  }

  fault(text: string, column: number): ConfigError {
    return new ConfigError(`${this.#file}:${this.#number}:${column}: ${text}`, this.#file, this.#number);
  }

  unknown(kind: string, word: Word, known: readonly string[]): ConfigError {
    const near = nearestWord(word.text.toLowerCase(), known);
    const hint = near === undefined ? `one of ${known.join(' ')}` : `did you mean "${near}"?`;
    return this.fault(`unknown ${kind} "${word.text}" (${hint})`, word.column);
  }

  #skipSpaces(): void {
    while (isSpace(this.#text[this.#at])) this.#at++;
  }
}

function isSpace(letter: string | undefined): boolean {
  return letter === ' ' || letter === '\t';
}

function readSeed(line: RuleLine): number {
  line.take('seed');
  const word = line.take('a number');
  if (!/^\d{1,10}$/.test(word.text)) throw line.fault(`a number expected, found "${word.text}"`, word.column);
  line.expectEnd();
  return Number(word.text) >>> 0;
}

function readRule(line: RuleLine): Rule {
  const word = line.take('a stage');
  const stage = RULE_STAGES.find(name => name === word.text.toLowerCase());
  if (stage === undefined) throw line.unknown('stage', word, [...RULE_STAGES, 'seed']);
  const conditions = readConditions(line);
  const action = readAction(line, stage);
  line.expectEnd();
  return {stage, conditions, action};
}

function readConditions(line: RuleLine): RuleConditions {
  const conditions: RuleConditions = {
    client: undefined,
    helo: undefined,
    sender: undefined,
    recipient: undefined,
    after: 0,
    first: Infinity,
    every: 1,
    from: 0,
    until: Infinity,
    chance: 1,
  };
  while (line.peek().text.includes('=')) setCondition(conditions, line, line.take('a condition'));
  return conditions;
}

function setCondition(conditions: RuleConditions, line: RuleLine, word: Word): void {
  const equals = word.text.indexOf('=');
  const named = {text: word.text.slice(0, equals), column: word.column};
  const value = {text: word.text.slice(equals + 1), column: word.column + equals + 1};
  const name = CONDITIONS.find(condition => condition === named.text.toLowerCase());
  if (name === undefined) throw line.unknown('condition', named, CONDITIONS);
  if (isPattern(name)) conditions[name] = pattern(line, value);
  else if (name === 'chance') conditions.chance = chance(line, value);
  else if (name === 'from' || name === 'until') conditions[name] = seconds(line, value);
  else conditions[name] = count(line, value, name === 'after' ? 0 : 1, Number.MAX_SAFE_INTEGER);
}

function isPattern(name: Condition): name is 'client' | 'helo' | 'sender' | 'recipient' {
  return name === 'client' || name === 'helo' || name === 'sender' || name === 'recipient';
}

function pattern(line: RuleLine, {text, column}: Word): string {
  if (text.length > MAX_PATTERN) throw line.fault(`a pattern of at most ${MAX_PATTERN} bytes expected`, column);
  return text.toLowerCase();
}

function chance(line: RuleLine, {text, column}: Word): number {
  const number = /^\d+(\.\d+)?%?$/.test(text) ? Number.parseFloat(text) / (text.endsWith('%') ? 100 : 1) : NaN;
  if (!(number >= 0 && number <= 1)) throw line.fault(`a chance (0.05 or 5%) expected, found "${text}"`, column);
  return number;
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 0.001],
  ['', 1],
  ['s', 1],
  ['m', 60],
  ['h', 3600],
]);

function seconds(line: RuleLine, {text, column}: Word): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)([a-z]*)$/.exec(text) ?? [];
  const factor = UNITS.get(unit);
  const value = number === '' || factor === undefined ? NaN : Number(number) * factor;
  if (!(value <= MAX_SECONDS)) throw line.fault(`a time (2s, 500ms, 5m) expected, found "${text}"`, column);
  return value;
}

function count(line: RuleLine, {text, column}: Word, least: number, most: number): number {
  const [, number = '', unit = ''] = /^(\d{1,15})([kM]?)$/.exec(text) ?? [];
  const value = number === '' ? NaN : Number(number) * (unit === 'k' ? 1024 : unit === 'M' ? 1024 * 1024 : 1);
  if (!(value >= least && value <= most))
    throw line.fault(`a number from ${least} to ${most} expected, found "${text}"`, column);
  return value;
}

function readAction(line: RuleLine, stage: RuleStage): RuleAction {
  const word = line.take('an action');
  const known = actionsAt(stage);
  const name = word.text.toLowerCase();
  if (!known.includes(name)) throw line.unknown(`action of ${stage}`, word, known);
  switch (name) {
    case 'reply':
      return {kind: 'reply', text: replyText(line)};
    case 'raw':
      return {kind: 'raw', text: unescape(line.takeRest())};
    case 'long':
      return {kind: 'long', bytes: count(line, line.take('a number of bytes'), 1, MAX_BYTES)};
    case 'lines':
      return {kind: 'lines', count: count(line, line.take('a number of lines'), 1, MAX_LINES)};
    case 'delay':
    case 'drip':
      return {kind: name, seconds: seconds(line, line.take('a time'))};
    case 'greylist':
      return greylist(line);
    case 'cut':
      return {kind: 'cut', bytes: count(line, line.take('a number of bytes'), 0, Number.MAX_SAFE_INTEGER)};
    case 'slow':
      return {kind: 'slow', bytesPerSecond: count(line, line.take('bytes a second'), 1, Number.MAX_SAFE_INTEGER)};
    case 'stall':
      return stall(line);
    case 'handshake':
      return {kind: 'handshake', fault: handshakeFault(line)};
    default:
      return {kind: name as 'close' | 'reset' | 'hang' | 'silent' | 'pass' | 'accept'}; // what is left of the known ones
  }
}

function actionsAt(stage: RuleStage): readonly string[] {
  if (stage === 'content') return IN_CONTENT;
  if (stage === 'starttls') return [...ANYWHERE, 'accept', 'handshake'];
  return stage === 'rcpt' ? [...ANYWHERE, 'greylist'] : ANYWHERE;
}

/** `550 5.1.1 no such user`; `\n` begins another line of the reply. */
function replyText(line: RuleLine): string {
  const {column} = line;
  const text = unescape(line.takeRest());
  const code = text.slice(0, 3);
  if (!/^[2-5]\d\d$/.test(code) || !/^(?: |$)/.test(text.slice(3)))
    throw line.fault(`a reply expected, such as "450 4.7.1 try later"`, column);
  const lines = text.slice(4).split(/\r?\n/);
  return lines.map((content, i) => `${code}${i < lines.length - 1 ? '-' : ' '}${content}\r\n`).join('');
}

function greylist(line: RuleLine): RuleAction {
  const wait = line.isAtEnd ? 0 : seconds(line, line.take('a time'));
  return {kind: 'greylist', seconds: wait, text: line.isAtEnd ? '450 4.2.0 Greylisted\r\n' : replyText(line)};
}

/** `stall 10s` at the beginning, or `stall 10s 4k` behind so many bytes. */
function stall(line: RuleLine): RuleAction {
  const time = seconds(line, line.take('a time'));
  const bytes = line.isAtEnd ? 0 : count(line, line.take('a number of bytes'), 0, Number.MAX_SAFE_INTEGER);
  return {kind: 'stall', seconds: time, bytes};
}

const HANDSHAKE_FAULTS: readonly HandshakeFault[] = ['close', 'hang', 'garbage'];

function handshakeFault(line: RuleLine): HandshakeFault {
  const word = line.take(HANDSHAKE_FAULTS.join(', '));
  const fault = HANDSHAKE_FAULTS.find(name => name === word.text.toLowerCase());
  if (fault === undefined) throw line.unknown('handshake', word, HANDSHAKE_FAULTS);
  return fault;
}
