/**
 * master.cf: one service a logical line (master(5)): name, type, private, unprivileged, chroot, wake-up time, process
 * limit, command and arguments; `{ ... }` is one argument. Faults throw `ConfigError` in the original's words.
 */
import {readFileSync} from 'node:fs';
import {ConfigError, describe} from '../base/errors.ts';
import {logicalLines, type LogicalLine} from './main-cf.ts';

export interface ServiceEntry {
  readonly name: string;
  readonly type: string;
  readonly isPrivate: string;
  readonly unprivileged: string;
  readonly chroot: string;
  readonly wakeup: string;
  readonly processLimit: string;
  /** The program's name, and its arguments; braces are taken off. */
  readonly command: string;
  readonly args: readonly string[];
  readonly file: string;
  readonly line: number;
}

const TYPES: ReadonlySet<string> = new Set(['inet', 'unix', 'unix-dgram', 'fifo', 'pass']);
const FIELDS = ['private', 'unprivileged', 'chroot'] as const;

export function readMasterCf(directory: string): readonly ServiceEntry[] {
  const file = `${directory}/master.cf`;
  try {
    return parseServices(logicalLines(readFileSync(file, 'latin1')), file);
  } catch (fault) {
    if (fault instanceof ConfigError) throw fault;
    throw new ConfigError(`open ${file}: ${describe(fault)}`, file, 0, {cause: fault});
  }
}

export function parseServices(lines: readonly LogicalLine[], file: string): readonly ServiceEntry[] {
  return lines.map(({text, line}) => parseService(text, file, line));
}

function parseService(text: string, file: string, line: number): ServiceEntry {
  const fail = (what: string): never => {
    throw new ConfigError(`file ${file}: line ${line}: ${what}`, file, line, {cause: what});
  };
  const [name = '', type = '', isPrivate = '', unprivileged = '', chroot = '', wakeup = '', limit = '', command = ''] =
    text.trim().split(/\s+/, 8);
  if (command === '') fail('bad field count');
  if (!TYPES.has(type)) fail(`invalid transport type "${type}" in "${text}"`);
  for (const [i, value] of [isPrivate, unprivileged, chroot].entries())
    if (!/^[-yn]$/.test(value)) fail(`invalid ${FIELDS[i]} field "${value}" in "${text}"`);
  if (!/^(-|\d+\??)$/.test(wakeup)) fail(`invalid wakeup field "${wakeup}" in "${text}"`);
  if (!/^(-|\d+)$/.test(limit)) fail(`invalid process_limit field "${limit}" in "${text}"`);
  const rest = text.trim().replace(/^(\S+\s+){7}\S+\s*/, '');
  return {
    name,
    type,
    isPrivate,
    unprivileged,
    chroot,
    wakeup,
    processLimit: limit,
    command,
    args: splitArguments(rest),
    file,
    line,
  };
}

/** Words at white space; `{ a b }` is one, its outer blanks gone (master(5), Postfix 3.0). */
export function splitArguments(text: string): readonly string[] {
  const words: string[] = [];
  for (let rest = text.trim(); rest !== ''; rest = rest.trimStart()) {
    if (!rest.startsWith('{')) {
      const word = /^\S+/.exec(rest)?.[0] ?? '';
      words.push(word);
      rest = rest.slice(word.length);
      continue;
    }
    const end = closingBrace(rest);
    words.push(rest.slice(1, end).trim());
    rest = rest.slice(end + 1);
  }
  return words;
}

function closingBrace(text: string): number {
  let level = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '{') level++;
    else if (text[i] === '}' && --level === 0) return i;
  }
  return text.length;
}

/** The `-o name=value` settings among a service's arguments; later ones win. */
export function overridesOf(args: readonly string[]): ReadonlyMap<string, string> {
  const overrides = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? '';
    const setting = word === '-o' ? (args[++i] ?? '') : word.startsWith('-o') ? word.slice(2) : undefined;
    const equals = setting?.indexOf('=') ?? -1;
    if (setting !== undefined && equals > 0)
      overrides.set(setting.slice(0, equals).trim(), setting.slice(equals + 1).trim());
  }
  return overrides;
}
