/** Entries of an aliases(5) file: `name: value, value`, each side a row of address tokens. */
import {printInternal} from '../core/address/address-tokens.ts';
import {isUtf8Text} from '../core/table/fold.ts';
import {logicalLines} from '../core/table/logical-lines.ts';
import {needsSpace, scanTokens, type Token} from '../core/message/address-tokens.ts';
import type {ReadEntries} from './map-actions.ts';

export const aliasLines: ReadEntries = function* (content, file, session) {
  for (const {text, lastLine} of logicalLines(content, file, session.warn)) {
    const where = `${file}, line ${lastLine}`;
    if (session.utf8 && !isUtf8Text(text)) {
      session.warn(`${where}: non-UTF-8 input "${text}" -- ignoring this line`);
      continue;
    }
    const tokens = scanTokens(text);
    const colon = tokens.findIndex(({type}) => type === ':' || type === 'group');
    const value = tokens.slice(colon + 1);
    if (colon <= 0 || value.length === 0) session.warn(`${where}: need name:value pair`);
    else if (tokens.slice(0, colon).some(({type}) => type === '@')) session.warn(`${where}: name must be local`);
    else yield {key: printInternal(tokens.slice(0, colon)), value: printExternal(value)};
  }
};

function printExternal(tokens: readonly Token[]): string {
  let out = '';
  for (const [index, token] of tokens.entries()) {
    out += externalForm(token);
    const next = tokens[index + 1];
    if (next === undefined) break;
    const isPipe = token.type === 'atom' && token.text === '|' && next.type === 'quoted';
    if (token.type === ',' || (needsSpace(token, next) && !isPipe)) out += ' ';
  }
  return out;
}

function externalForm({type, text}: Token): string {
  if (type === 'quoted') return `"${text.replace(/["\\\r]/g, '\\$&')}"`;
  if (type === 'literal') return `[${text.replace(/[[\]\\]/g, '\\$&')}]`;
  return type === 'group' ? ':' : text;
}
