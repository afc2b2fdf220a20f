/** The entries of an alias file (aliases(5)): `name: value, value`, and the warnings for lines that are none. */
import {internalForm, writtenForm} from '../message/address-list.ts';
import {scanTokens} from '../message/address-tokens.ts';
import type {Entry} from './entry-lines.ts';
import {isUtf8Text} from './fold.ts';
import {logicalLines} from './logical-lines.ts';

export interface AliasOptions {
  readonly file: string;
  readonly utf8: boolean;
  warn(text: string): void;
}

/** Names come out unquoted, values in the form they are parsed again when the alias is used. */
export function* aliasLines(content: string, {file, utf8, warn}: AliasOptions): Generator<Entry> {
  for (const {text, lastLine} of logicalLines(content, file, warn)) {
    const complain = (what: string): void => warn(`${file}, line ${lastLine}: ${what}`);
    if (utf8 && !isUtf8Text(text)) {
      complain(`non-UTF-8 input "${text}" -- ignoring this line`);
      continue;
    }
    const entry = splitAlias(text, complain);
    if (entry !== undefined) yield {...entry, line: lastLine};
  }
}

function splitAlias(text: string, complain: (what: string) => void): {key: string; value: string} | undefined {
  const tokens = scanTokens(text);
  const colon = tokens.findIndex(token => token.type === ':');
  const name = tokens.slice(0, Math.max(colon, 0));
  const value = tokens.slice(colon + 1);
  if (colon <= 0 || value.length === 0 || name.some(token => token.type === ',')) {
    complain('need name:value pair');
    return undefined;
  }
  if (name.some(token => token.type === '@' || token.type === '%')) {
    complain('name must be local');
    return undefined;
  }
  return {key: internalForm(name), value: writtenForm(value)};
}
