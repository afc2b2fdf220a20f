/** Finds a command by its words, and reads its options and operands. */
import {OptionReader} from '../../core/base/getopt.ts';
import type {Stdio} from '../../core/base/tool.ts';
import {type DoveadmCommand, MAIL_OPTIONS, status} from './command.ts';
import {commands} from './registry.ts';

export interface Found {
  readonly command: DoveadmCommand;
  readonly rest: readonly string[];
}

/** The command of the most words. */
export function findCommand(words: readonly string[]): Found | undefined {
  for (let count = Math.min(MOST_WORDS, words.length); count > 0; count--) {
    const name = words.slice(0, count).join(' ');
    const command = commands.find(row => row.name === name);
    if (command !== undefined) return {command, rest: words.slice(count)};
  }
  return undefined;
}

const MOST_WORDS = 3;

export interface Arguments {
  readonly args: readonly string[];
  readonly options: ReadonlyMap<string, readonly string[]>;
}

/** Options may stand between operands, except where the operands are another command's. */
export function readArguments(command: DoveadmCommand, rest: readonly string[], stdio: Stdio): Arguments | number {
  if (command.optionsAre === 'passed') return {args: rest, options: new Map()};
  const letters = `${command.kind === 'mail' ? MAIL_OPTIONS : ''}${command.options ?? ''}`;
  const options = new Map<string, string[]>();
  const add = (name: string, value: string): void => void options.set(name, [...(options.get(name) ?? []), value]);
  const plain = takeLongOptions(rest, command.longOptions ?? [], add);
  const last = command.name.split(' ').at(-1) ?? command.name;
  const args: string[] = [];
  for (let words = plain; words.length > 0;) {
    const reader = new OptionReader(words, letters);
    for (let read = reader.next(); read !== undefined; read = reader.next()) {
      if (read.option === '?' || read.option === ':') return badOption(last, read, stdio, status.usage);
      add(read.option, read.value);
    }
    const hasEnded = command.optionsAre === 'first' || words[reader.index - 1] === '--';
    args.push(...words.slice(reader.index, hasEnded ? undefined : reader.index + 1));
    words = hasEnded ? [] : words.slice(reader.index + 1);
  }
  const extra = args[command.mostOperands ?? args.length];
  if (extra === undefined) return {args, options};
  stdio.stderr.write(`Error: Extraneous arguments found: ${extra}\n`);
  return status.usage;
}

function takeLongOptions(
  words: readonly string[],
  names: readonly string[],
  add: (name: string, value: string) => void,
): string[] {
  const rest: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const [, name = '', value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (names.includes(name)) add(name, value ?? words[++at] ?? '');
    else rest.push(word);
  }
  return rest;
}

/** Says what is wrong with an option, and answers the status. */
export function badOption(
  name: string,
  {option, letter}: {readonly option: string; readonly letter: string},
  stdio: Stdio,
  exitStatus: number,
): number {
  const text = option === '?' ? 'invalid option' : 'option requires an argument';
  stdio.stderr.write(`${name}: ${text} -- '${letter}'\n`);
  return exitStatus;
}
