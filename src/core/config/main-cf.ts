/**
 * main.cf as a file: logical lines (a line that begins with white space continues the one before; comments and blank
 * lines are passed over, even in between) and their `name = value` (postconf(5)).
 */
import {isSpace, trim, trimStart} from '../base/c-space.ts';
import {ConfigError} from '../base/errors.ts';

export interface MainCfEntry {
  readonly name: string;
  readonly value: string;
  /** First physical line, counted from 1. */
  readonly line: number;
}

export interface LogicalLine {
  readonly text: string;
  readonly line: number;
}

type Warn = (text: string) => void;

/** A first line that begins with white space continues nothing: it is warned about and left out. */
export function logicalLines(text: string, file: string, warn: Warn = () => {}): LogicalLine[] {
  const lines: {text: string; line: number}[] = [];
  let number = 0;
  for (const physical of text.split('\n')) {
    number++;
    const isIndented = isSpace(physical.charCodeAt(0));
    const trimmed = isIndented ? trimStart(physical) : physical;
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const last = lines.at(-1);
    if (!isIndented) lines.push({text: physical, line: number});
    else if (last !== undefined) last.text += physical;
    else warn(`${file}: logical line must not start with whitespace: "${physical}"`);
  }
  return lines;
}

/** Throws `ConfigError` in the original's words: `FILE, line N: missing '=' after attribute name: "text"`. */
export function parseMainCf(text: string, file: string, warn?: Warn): MainCfEntry[] {
  return logicalLines(text, file, warn).map(({text, line}) => ({...parseSetting(text, file, line), line}));
}

function parseSetting(text: string, file: string, line: number): {name: string; value: string} {
  const setting = splitSetting(text);
  if (typeof setting !== 'string') return setting;
  const [shown] = text.split('\0'); // as C prints it
  throw new ConfigError(`${file}, line ${line}: ${setting}: "${shown}"`, file, line, {cause: setting});
}

/** `name = value` taken apart; else what is wrong with it. Only what precedes a null byte counts, as in C. */
export function splitSetting(text: string): {readonly name: string; readonly value: string} | string {
  const end = text.indexOf('\0');
  const rest = trimStart(end < 0 ? text : text.slice(0, end));
  if (rest.startsWith('=')) return 'missing attribute name';
  const name = /^[^ \t\n\v\f\r=]*/.exec(rest)?.[0] ?? '';
  const after = trimStart(rest.slice(name.length));
  if (!after.startsWith('=')) return "missing '=' after attribute name";
  return {name, value: trim(after.slice(1))};
}
