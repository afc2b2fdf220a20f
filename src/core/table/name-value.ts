/** `key whitespace value` and `key = value`, where the key may have white space inside double quotes (postmap(1)). */
import {isSpace, trimEnd, trimSpace, trimStart} from './logical-lines.ts';

export interface NameValue {
  /** Quotes stay: that is how an address with a quoted local part is looked up. */
  readonly key: string;
  /** May be empty. */
  readonly value: string;
}

/** Splits at the first white space outside quotes; undefined when a quote is not closed. */
export function splitAtSpace(line: string): NameValue | undefined {
  const at = keyLength(line, isSpace);
  if (at === undefined) return undefined;
  return {key: trimSpace(line.slice(0, at)), value: trimSpace(line.slice(at + 1))};
}

/** Splits at the equals sign behind the key; the fault is in the original's words. */
export function splitAtEquals(text: string): NameValue | {readonly fault: string} {
  const rest = trimStart(text);
  if (rest === '') return {fault: 'no key found; expected format: key = value'};
  const at = keyLength(rest, code => isSpace(code) || code === EQUALS);
  if (at === undefined) return {fault: `unbalanced '"'`};
  const behind = trimStart(rest.slice(at));
  if (behind === '') return {fault: "missing '=' after attribute name"};
  if (!behind.startsWith('=')) return {fault: "missing '=' after attribute name"};
  return {key: trimEnd(rest.slice(0, at)), value: trimSpace(behind.slice(1))};
}

const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const EQUALS = 0x3d;

/** How far the key goes: to the first character that `ends` it outside quotes; a backslash takes the next one along. */
function keyLength(text: string, ends: (code: number) => boolean): number | undefined {
  let isQuoted = false;
  let at = 0;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) isQuoted = !isQuoted;
    else if (!isQuoted && ends(code)) break;
  }
  return isQuoted ? undefined : Math.min(at, text.length);
}
