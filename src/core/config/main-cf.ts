/**
 * main.cf as a file: logical lines (a line that begins with white space continues the one before; comments and blank
 * lines are passed over, even in between) and their `name = value` (postconf(5)).
 */
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

export function logicalLines(text: string): LogicalLine[] {
  const lines: {text: string; line: number}[] = [];
  let number = 0;
  for (const physical of text.split('\n')) {
    number++;
    const first = physical.charCodeAt(0);
    const isBlank = isSpace(first) || physical === '';
    const trimmed = isBlank ? physical.trimStart() : physical;
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const last = lines.at(-1);
    if (isBlank && last !== undefined) last.text += physical;
    else lines.push({text: physical, line: number});
  }
  return lines;
}

/** Throws `ConfigError` in the original's words: `FILE, line N: missing '=' after attribute name: "text"`. */
export function parseMainCf(text: string, file: string): MainCfEntry[] {
  return logicalLines(text).map(({text, line}) => {
    const fail = (what: string): never => {
      throw new ConfigError(`${file}, line ${line}: ${what}: "${text}"`, file, line, {cause: what});
    };
    const start = text.search(/\S/);
    const rest = text.slice(start);
    if (rest.startsWith('=')) fail('missing attribute name');
    const name = /^[^\s=]+/.exec(rest)?.[0] ?? '';
    const after = rest.slice(name.length).trimStart();
    if (!after.startsWith('=')) fail("missing '=' after attribute name");
    return {name, value: after.slice(1).trim(), line};
  });
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 9 && code <= 13);
}
