/**
 * sendmail(1)'s argument vector: options in order, as the original reads them, with its words for what is wrong. Nothing
 * is done here; what sendmail has always ignored is ignored.
 */
import {UsageError} from '../core/base/errors.ts';
import {OptionReader} from '../core/base/getopt.ts';
import {parseNotify, parseReturn} from './sendmail-dsn.ts';
import type {ReturnContent} from '../core/queue/agent.ts';

export type Mode = 'deliver' | 'mailq' | 'flush' | 'daemon' | 'newaliases' | 'smtp' | 'nothing';

export interface SendmailOptions {
  mode: Mode;
  /** `-f`, `-r`: as given; undefined: the caller. */
  sender: string | undefined;
  fullName: string | undefined;
  /** `-t` */
  readsRecipients: boolean;
  /** A line of a single dot ends the message, unless `-i`. */
  dotEnds: boolean;
  encoding: '7bit' | '8bit' | undefined;
  rewriteContext: 'local' | 'remote';
  notify: number;
  ret: ReturnContent;
  envelopeId: string | undefined;
  verp: string | undefined;
  /** `-bv` */
  isProbe: boolean;
  verbosity: number;
  aliasDatabase: string | undefined;
  flushSite: string | undefined;
  flushId: string | undefined;
  /** `-q15m`: only counts for the daemon. */
  hasQueueTime: boolean;
  operands: readonly string[];
}

export interface EarlyOptions {
  /** `-C`: the configuration directory, main.cf taken off its end. */
  readonly configDirectory: string | undefined;
  /** `-L`: the tag of log lines. */
  readonly label: string | undefined;
}

/** What VERP delimiters may be and what they are by default (postconf(5) verp_delimiter_filter). */
export interface VerpSettings {
  readonly allowed: string;
  readonly standard: string;
}

type Complain = (text: string) => void;

const LETTERS = 'A:B:C:F:GIL:N:O:R:UV:X:b:ce:f:h:imno:p:r:q:tvx';

/** The first pass, before main.cf is read: `-C` decides which one. What is wrong is said here and again later. */
export function readEarlyOptions(argv: readonly string[], complain: Complain): EarlyOptions {
  const reader = new OptionReader(argv, LETTERS);
  let configDirectory: string | undefined;
  let label: string | undefined;
  for (;;) {
    if (argv[reader.index] === '-q') {
      reader.index++;
      continue;
    }
    const read = reader.next();
    if (read === undefined) return {configDirectory, label};
    if (read.option === 'C') configDirectory = read.value.replace(/\/?main\.cf\/*$/, '') || read.value;
    else if (read.option === 'L') label = read.value;
    else complainOfGetopt(read.option, read.letter, complain);
  }
}

/** The second pass. Throws `UsageError`. */
export function readOptions(given: readonly string[], verp: VerpSettings, complain: Complain): SendmailOptions {
  const argv = [...given];
  const reader = new OptionReader(argv, LETTERS);
  const options = defaults();
  for (let word = argv[reader.index]; word !== undefined; word = argv[reader.index]) {
    if (word === '-q') {
      takeQueueRun(options, complain);
      reader.index++;
      continue;
    }
    word = modernVerp(argv, reader.index, complain);
    if (word === '-XV') {
      options.verp = verp.standard;
      reader.index++;
      continue;
    }
    const read = reader.next();
    if (read === undefined) break;
    complainOfGetopt(read.option, read.letter, complain);
    takeOption(options, read.option, read.value, verp, complain);
  }
  options.operands = reader.operands();
  checkConflicts(options);
  return options;
}

function defaults(): SendmailOptions {
  return {
    mode: 'deliver',
    sender: undefined,
    fullName: undefined,
    readsRecipients: false,
    dotEnds: true,
    encoding: undefined,
    rewriteContext: 'local',
    notify: 0,
    ret: 0,
    envelopeId: undefined,
    verp: undefined,
    isProbe: false,
    verbosity: 0,
    aliasDatabase: undefined,
    flushSite: undefined,
    flushId: undefined,
    hasQueueTime: false,
    operands: [],
  };
}

/** `-V xx` and `-Vxx` asked for VERP before Postfix 2.3 gave -V to DSN. */
function modernVerp(argv: string[], index: number, complain: Complain): string {
  const word = argv[index] ?? '';
  if (word === '-V' && argv[index + 1]?.length === 2) {
    complain('warning: option -V is deprecated with Postfix 2.3; specify -XV instead');
    return (argv[index] = '-XV');
  }
  if (!word.startsWith('-V') || word.length !== 4) return word;
  complain(`warning: option ${word} is deprecated with Postfix 2.3; specify -X${word.slice(1)} instead`);
  return (argv[index] = `-X${word.slice(1)}`);
}

function takeQueueRun(options: SendmailOptions, complain: Complain): void {
  if (options.mode === 'daemon') complain('warning: ignoring -q option in daemon mode');
  else options.mode = 'flush';
}

function takeOption(
  options: SendmailOptions,
  option: string,
  value: string,
  verp: VerpSettings,
  complain: Complain,
): void {
  switch (option) {
    case 'n':
      throw new UsageError('-n option not supported');
    case 'B':
      options.encoding = value === '8BITMIME' ? '8bit' : value === '7BIT' ? '7bit' : undefined;
      if (options.encoding === undefined) throw new UsageError('-B option needs 8BITMIME or 7BIT');
      return;
    case 'F':
      options.fullName = value;
      return;
    case 'G':
      options.rewriteContext = 'remote';
      return;
    case 'I':
      options.mode = 'newaliases';
      return;
    case 'N':
      options.notify = parseNotify(value, complain);
      return;
    case 'R':
      options.ret = parseReturn(value, complain);
      return;
    case 'V':
      takeEnvelopeId(options, value, complain);
      return;
    case 'X':
      takeVerp(options, value, verp);
      return;
    case 'b':
      takeMode(options, value, complain);
      return;
    case 'f':
    case 'r':
      options.sender = value;
      return;
    case 'i':
      options.dotEnds = false;
      return;
    case 'o':
      takeOldOption(options, value);
      return;
    case 'q':
      takeQueueOption(options, value);
      return;
    case 't':
      options.readsRecipients = true;
      return;
    case 'v':
      options.verbosity++;
      return;
    case '?':
    case ':':
      throw new UsageError('usage: sendmail [options]');
  }
}

function takeEnvelopeId(options: SendmailOptions, value: string, complain: Complain): void {
  if (value.length > 100) complain('warning: too long -V option value -- ignored');
  else if (/[^\x20-\x7e]/.test(value)) complain('warning: bad syntax in -V option value -- ignored');
  else options.envelopeId = value;
}

function takeVerp(options: SendmailOptions, value: string, verp: VerpSettings): void {
  if (!value.startsWith('V')) throw new UsageError(`unsupported: -X${value.charAt(0)}`);
  const delimiters = value.slice(1);
  const isGood = delimiters.length === 2 && [...delimiters].every(character => verp.allowed.includes(character));
  if (!isGood) throw new UsageError(`-V requires two characters from ${verp.allowed}`);
  options.verp = delimiters;
}

function takeMode(options: SendmailOptions, value: string, complain: Complain): void {
  const letter = value.charAt(0);
  const mode = MODES.get(letter);
  if (letter === 'v') options.isProbe = true;
  else if (mode === undefined) throw new UsageError(`unsupported: -b${letter}`);
  else {
    if (mode === 'daemon' && options.mode === 'flush') complain('warning: ignoring -q option in daemon mode');
    options.mode = mode;
  }
}

const MODES: ReadonlyMap<string, Mode> = new Map([
  ['d', 'daemon'],
  ['l', 'daemon'],
  ['h', 'nothing'],
  ['H', 'nothing'],
  ['i', 'newaliases'],
  ['m', 'deliver'],
  ['p', 'mailq'],
  ['s', 'smtp'],
]);

function takeOldOption(options: SendmailOptions, value: string): void {
  if (value.startsWith('i')) options.dotEnds = false;
  if (!value.startsWith('A')) return;
  if (value.length === 1) throw new UsageError('-oA requires pathname');
  options.aliasDatabase = value.slice(1);
}

function takeQueueOption(options: SendmailOptions, value: string): void {
  const rest = value.slice(1);
  if (/^[0-9]/.test(value)) options.hasQueueTime = true;
  else if (value.startsWith('R')) options.flushSite = required(rest, 'specify: -qRsitename');
  else if (value.startsWith('I')) options.flushId = required(rest, 'specify: -qIqueueid');
  else throw new UsageError(`-q${value.charAt(0)} is not implemented`);
}

function required(value: string, complaint: string): string {
  if (value === '') throw new UsageError(complaint);
  return value;
}

function checkConflicts(options: SendmailOptions): void {
  const delivers = options.mode === 'deliver';
  if (options.readsRecipients && !delivers) throw new UsageError('-t can be used only in delivery mode');
  if (options.flushSite !== undefined && !delivers) throw new UsageError('-qR can be used only in delivery mode');
  if (options.flushId !== undefined && !delivers) throw new UsageError('-qI can be used only in delivery mode');
  if (!options.isProbe) return;
  if (options.readsRecipients) throw new UsageError('-t option cannot be used with -bv');
  if (options.notify !== 0) throw new UsageError('-N option cannot be used with -bv');
  if (options.ret !== 0) throw new UsageError('-R option cannot be used with -bv');
  if (options.verbosity === 1) throw new UsageError('-v option cannot be used with -bv');
}

function complainOfGetopt(option: string, letter: string, complain: Complain): void {
  if (option === '?') complain(`invalid option -- '${letter}'`);
  if (option === ':') complain(`option requires an argument -- '${letter}'`);
}
