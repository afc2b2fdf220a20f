/**
 * master.cf: one service a logical line (master(5)): name, type, private, unprivileged, chroot, wake-up time, process
 * limit, command and arguments; `{ ... }` is one argument. Faults throw `ConfigError` in the original's words; braces
 * that are not as they should be are warned about and taken as they are.
 */
import {readFileSync} from 'node:fs';
import {isSpace, trim, words} from '../base/c-space.ts';
import {ConfigError, describe} from '../base/errors.ts';
import {logicalLines, splitSetting, type LogicalLine} from './main-cf.ts';

export interface ServiceEntry {
  readonly name: string;
  readonly type: string;
  readonly isPrivate: string;
  readonly unprivileged: string;
  readonly chroot: string;
  readonly wakeup: string;
  readonly processLimit: string;
  readonly command: string;
  /** Braces are taken off; an option and its value are two (`-o`, `name=value`). */
  readonly args: readonly string[];
  readonly file: string;
  readonly line: number;
}

type Warn = (text: string) => void;

/** The columns before the arguments, under the names `postconf -F` has for them. */
export const SERVICE_FIELDS = [
  'service',
  'type',
  'private',
  'unprivileged',
  'chroot',
  'wakeup',
  'process_limit',
  'command',
] as const;

export type ServiceField = (typeof SERVICE_FIELDS)[number];

const FIELD_SYNTAX: Readonly<Partial<Record<ServiceField, RegExp>>> = {
  type: /^(inet|unix|unix-dgram|fifo|pass)$/,
  private: /^[-yn]$/,
  unprivileged: /^[-yn]$/,
  chroot: /^[-yn]$/,
  wakeup: /^(-|\d+\??)$/,
  process_limit: /^(-|\d+)$/,
};

export function readMasterCf(directory: string, warn?: Warn): readonly ServiceEntry[] {
  const file = `${directory}/master.cf`;
  let text: string;
  try {
    text = readFileSync(file, 'latin1');
  } catch (fault) {
    throw new ConfigError(`open ${file}: ${describe(fault)}`, file, 0, {cause: fault});
  }
  return parseServices(logicalLines(text, file, warn), file, warn);
}

function parseServices(lines: readonly LogicalLine[], file: string, warn?: Warn): readonly ServiceEntry[] {
  return lines.map(line => parseService(line, file, warn));
}

export function parseService({text, line}: LogicalLine, file: string, warn?: Warn): ServiceEntry {
  const tokens = splitTokens(text);
  if (tokens.length < SERVICE_FIELDS.length) {
    const what = 'bad field count';
    throw new ConfigError(`file ${file}: line ${line}: ${what}`, file, line, {cause: what});
  }
  const [name = '', type = '', isPrivate = '', unprivileged = '', chroot = '', wakeup = '', processLimit = ''] = tokens;
  for (const [i, field] of SERVICE_FIELDS.entries()) checkField(field, tokens[i] ?? '', text, {file, line});
  const command = tokens[7] ?? '';
  const args = readArguments(tokens.slice(8), warn);
  return {name, type, isPrivate, unprivileged, chroot, wakeup, processLimit, command, args, file, line};
}

export function checkField(field: ServiceField, value: string, text: string, place = {file: '', line: 0}): void {
  const syntax = FIELD_SYNTAX[field];
  if (syntax === undefined || syntax.test(value)) return;
  const what = `invalid ${field} field "${value}" in "${text}"`;
  throw new ConfigError(what, place.file, place.line, {cause: what});
}

/** Words at white space that is not within braces. */
function splitTokens(text: string): readonly string[] {
  if (!text.includes('{')) return words(text);
  const tokens: string[] = [];
  let token = '';
  let level = 0;
  for (let i = 0; i < text.length; i++) {
    const letter = text.charAt(i);
    if (level === 0 && isSpace(letter.charCodeAt(0))) {
      if (token !== '') tokens.push(token);
      token = '';
      continue;
    }
    if (letter === '{') level++;
    if (letter === '}' && level > 0) level--;
    token += letter;
  }
  if (token !== '') tokens.push(token);
  return tokens;
}

function readArguments(tokens: readonly string[], warn: Warn | undefined): readonly string[] {
  const args = tokens.map((token, i) => {
    if (!token.startsWith('{')) return token;
    const inside = insideBraces(token, warn);
    return tokens[i - 1]?.startsWith('-') === true && tokens[i - 1]?.endsWith('o') === true
      ? asSetting(inside, warn)
      : inside;
  });
  separateOptions(args);
  return args;
}

/** `{ name = value }` is `name=value`. */
function asSetting(text: string, warn: Warn | undefined): string {
  const setting = splitSetting(text);
  if (typeof setting !== 'string') return `${setting.name}=${setting.value}`;
  warn?.(`master.cf: ${setting}: "${text}"`);
  return text;
}

function insideBraces(token: string, warn: Warn | undefined): string {
  const end = closingBrace(token);
  if (end < 0) warn?.(`master.cf: missing '}' in "${token}"`);
  else if (end < token.length - 1) warn?.(`master.cf: syntax error after '}' in "${token}"`);
  return trim(token.slice(1, end < 0 ? token.length : end));
}

function closingBrace(text: string): number {
  let level = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '{') level++;
    else if (text[i] === '}' && --level === 0) return i;
  }
  return -1;
}

/**
 * Takes `-o` and its value apart, from each other and from flags before them (`-voname=value`), in place.
 * Seen: a value that begins right after `-o` is itself searched for an `o`.
 */
function separateOptions(args: string[]): void {
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? '';
    if (!word.startsWith('-') || word === '--') break;
    const option = word.indexOf('o', 2);
    const first = option < 0 ? word : word.slice(0, option);
    if (option >= 0) args.splice(i, 1, first, `-${word.slice(option)}`);
    if (!first.startsWith('-o')) continue;
    if (first.length > 2) args.splice(i, 1, '-o', first.slice(2));
    if (i + 1 < args.length) i++;
  }
}

/** The `-o name=value` settings among a service's options; later ones win. */
export function overridesOf(args: readonly string[]): ReadonlyMap<string, string> {
  const overrides = new Map<string, string>();
  for (let i = 0; i < args.length && args[i]?.startsWith('-') === true && args[i] !== '--'; i++) {
    if (args[i] !== '-o') continue;
    const setting = splitSetting(args[++i] ?? '');
    if (typeof setting !== 'string') overrides.set(setting.name, setting.value);
  }
  return overrides;
}
