/** An address as a row of tokens, the form in which rewriting and resolving take it apart, and its way back to text. */
import {isWord, needsSpace, scanTokens, type Token} from '../message/address-tokens.ts';

export type {Token};

/** Takes the external (quoted) form apart. */
export function scanAddress(text: string): Token[] {
  return scanTokens(text);
}

/** The external form: quoted strings in quotes, a blank between adjacent words. */
export function printExternal(tokens: readonly Token[]): string {
  return print(tokens, token => (token.type === 'quoted' ? `"${escape(token.text, /["\\\r\n]/g)}"` : token.text));
}

/** The internal form: quoted strings without their quotes. */
export function printInternal(tokens: readonly Token[]): string {
  return print(tokens, token => token.text);
}

/** Index of the first (last) token of a type, -1 when there is none. */
export function findToken(tokens: readonly Token[], type: string): number {
  return tokens.findIndex(token => token.type === type);
}
export function findLastToken(tokens: readonly Token[], type: string): number {
  return tokens.findLastIndex(token => token.type === type);
}

function print(tokens: readonly Token[], wordText: (token: Token) => string): string {
  let out = '';
  let previous: Token | undefined;
  for (const token of tokens) {
    if (previous !== undefined && needsSpace(previous, token)) out += ' ';
    out +=
      token.type === 'literal' ? `[${escape(token.text, /[\\\r\n]/g)}]` : isWord(token) ? wordText(token) : token.text;
    previous = token;
  }
  return out;
}

function escape(text: string, special: RegExp): string {
  return text.replace(special, '\\$&');
}
