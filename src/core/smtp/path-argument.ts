/**
 * The argument of MAIL and RCPT (RFC 5321 section 4.1.2): `FROM:<address> parameters`, as leniently as Postfix reads it:
 * blanks behind the colon, an address without brackets, an obsolete route, comments.
 *
 * Answers undefined when the keyword is missing or nothing follows it; `address` is undefined when it is none.
 */
import {isPlainAddress} from '../message/address-characters.ts';
import {parseAddressList, writtenForm, type AddressListItem} from '../message/address-list.ts';
import {needsSpace, scanTokens} from '../message/address-tokens.ts';
import {splitParameters, type PathParameter} from './command-line.ts';

export interface PathArgument {
  /** In internal form; '' for `<>`. */
  readonly address: string | undefined;
  /** As the client wrote it, for the log; undefined when a bracket or quote is not closed. */
  readonly written: string | undefined;
  readonly parameters: readonly PathParameter[];
}

const NONE: readonly PathParameter[] = [];

export function parsePathArgument(
  keyword: 'FROM:' | 'TO:',
  argument: string,
  isStrict: boolean,
): PathArgument | undefined {
  if (argument.length < keyword.length || argument.slice(0, keyword.length).toUpperCase() !== keyword) {
    return undefined;
  }
  const text = argument.slice(keyword.length).trimStart();
  if (text === '') return undefined;
  const end = pathEnd(text);
  if (end < 0) return {address: undefined, written: undefined, parameters: NONE};
  const written = text.slice(0, end);
  const parameters = end < text.length ? splitParameters(text.slice(end)) : NONE;
  return {address: readPath(written, isStrict), written, parameters};
}

/** Behind the `>` outside quotes that belongs to the first `<`, or before the first blank outside them; -1: one of them is not closed. */
function pathEnd(text: string): number {
  const isBracketed = text.startsWith('<');
  let isQuoted = false;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) i++;
    else if (code === QUOTE) isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (code === OPENING) depth++;
    else if (code === CLOSING && isBracketed && --depth === 0) return endOfWord(text, i + 1);
    else if (!isBracketed && (code === 0x20 || code === 0x09)) return i;
  }
  return isQuoted || isBracketed ? -1 : text.length;
}

/** What sticks to the closing bracket belongs to the address, and spoils it. */
function endOfWord(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) !== 0x20 && text.charCodeAt(at) !== 0x09) at++;
  return at;
}

/** One address, however it is written; '' where there is none. undefined: it can't be read as one. */
export function readPath(text: string, isStrict: boolean): string | undefined {
  if (text === '<>') return '';
  const isBracketed = text.startsWith('<') && text.endsWith('>');
  if (isBracketed) {
    const inside = text.slice(1, -1);
    if (isPlainAddress(inside) && !inside.startsWith('-')) return inside;
    if (isStrict && /^\s+\S|\S\s+$/.test(inside)) return undefined;
  }
  if (isStrict && (!text.startsWith('<') || hasComment(text))) return undefined; // postconf(5) strict_rfc821_envelopes
  const address = lenientPath(text);
  return isStrict && address?.startsWith('@') === true ? undefined : address;
}

function lenientPath(text: string): string | undefined {
  const path = withOneBracket(text);
  if (path === undefined || hasBlank(path)) return undefined;
  const items = parseAddressList(path);
  const found = items.flatMap(item => (item.kind === 'address' ? [item.address] : []));
  if (found.length > 1 || hasComma(items)) return undefined;
  const [address = ''] = found;
  return address.startsWith('-') ? undefined : address;
}

/** Brackets need no partners here, and more of them or a colon before them do no harm: seen with Postfix. */
function withOneBracket(text: string): string | undefined {
  const tokens = scanTokens(text);
  const start = tokens.findLastIndex(({type}) => type === '<') + 1;
  const closing = tokens.findIndex(({type}, index) => index >= start && type === '>');
  const end = closing < 0 ? tokens.length : closing;
  if (tokens.slice(end).some(({type}) => type !== '>' && type !== 'comment')) return undefined;
  const inside = tokens.slice(start, end);
  if (inside.some(({type}) => type === ';')) return undefined;
  return start > 0 ? `<${writtenForm(inside)}>` : writtenForm(inside);
}

function hasComment(text: string): boolean {
  return scanTokens(text).some(({type}) => type === 'comment');
}

/** An address literal or a quoted string may hold one; a comma between them makes two addresses. */
function hasComma(items: readonly AddressListItem[]): boolean {
  return items.some(
    item => item.kind === 'address' && scanTokens(item.written).some(({type}) => type === ',') && item.route === '',
  );
}

/** Two words side by side: a blank that should have been quoted. */
function hasBlank(text: string): boolean {
  const tokens = scanTokens(text);
  return tokens.some((token, index) => {
    const next = tokens[index + 1];
    return next !== undefined && token.type !== 'comment' && next.type !== 'comment' && needsSpace(token, next);
  });
}

const QUOTE = 0x22;
const OPENING = 0x3c;
const CLOSING = 0x3e;
const BACKSLASH = 0x5c;
