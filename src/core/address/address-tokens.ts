/** An address as a row of tokens, the form in which rewriting and resolving take it apart, and its way back to text. */
import {needsSpace, scanTokens, type Token} from '../message/address-tokens.ts';

export type {Token};

/** Takes the external (quoted) form apart. */
export function scanAddress(text: string): Token[] {
  return scanTokens(text);
}

/** The internal form: quoted strings without their quotes, a blank where words and signs would run together. */
export function printInternal(tokens: readonly Token[]): string {
  let out = '';
  for (const [index, token] of tokens.entries()) {
    out += token.type === 'literal' ? `[${token.text}]` : token.text;
    const next = tokens[index + 1];
    if (next !== undefined && isApart(token, next)) out += ' ';
  }
  return out;
}

/** Index of the first (last) token of a type, -1 when there is none. */
export function findToken(tokens: readonly Token[], type: string): number {
  return tokens.findIndex(token => token.type === type);
}
export function findLastToken(tokens: readonly Token[], type: string): number {
  return tokens.findLastIndex(token => token.type === type);
}

function isApart(token: Token, next: Token): boolean {
  return token.type === ',' || needsSpace(token, next) || next.type === '<';
}
