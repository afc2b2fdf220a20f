/**
 * The argument of MAIL and RCPT (RFC 5321 section 4.1.2): `FROM:<address> parameters`, as leniently as Postfix reads it:
 * blanks behind the colon, an address without brackets, an obsolete route, comments.
 *
 * Answers undefined when the keyword is missing or nothing follows it; `address` is undefined when it is none.
 */
import {isPlainAddress} from '../message/address-characters.ts';
import {parseAddressList, type AddressListItem} from '../message/address-list.ts';
import {needsSpace, scanTokens} from '../message/address-tokens.ts';
import {splitParameters, type PathParameter} from './command-line.ts';

export interface PathArgument {
  /** In internal form; '' for `<>`. */
  readonly address: string | undefined;
  /** As the client wrote it, for the log. */
  readonly written: string;
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
  if (end < 0) return {address: undefined, written: text, parameters: NONE};
  const written = text.slice(0, end);
  const parameters = end < text.length ? splitParameters(text.slice(end)) : NONE;
  return {address: readPath(written, isStrict), written, parameters};
}

/** Behind the `>` that is outside quotes, or before the first blank outside them; -1: a quote is not closed. */
function pathEnd(text: string): number {
  const isBracketed = text.startsWith('<');
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) i++;
    else if (code === QUOTE) isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (code === CLOSING && isBracketed) return endOfWord(text, i + 1);
    else if (!isBracketed && (code === 0x20 || code === 0x09)) return i;
  }
  return isQuoted ? -1 : text.length;
}

/** What sticks to the closing bracket belongs to the address, and spoils it. */
function endOfWord(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) !== 0x20 && text.charCodeAt(at) !== 0x09) at++;
  return at;
}

function readPath(text: string, isStrict: boolean): string | undefined {
  if (text === '<>') return '';
  if (text.startsWith('<') && text.endsWith('>')) {
    const inside = text.slice(1, -1);
    if (isPlainAddress(inside) && !inside.startsWith('-')) return inside;
    if (isStrict && /^\s|\s$/.test(inside)) return undefined;
  } else if (isStrict) return undefined; // RFC 5321 section 4.1.2 (postconf(5) strict_rfc821_envelopes)
  return lenientPath(text);
}

function lenientPath(text: string): string | undefined {
  if (text.includes('<') !== text.includes('>') && !text.includes('"')) return undefined;
  if (scanTokens(text).some(({type}) => type === ';')) return undefined;
  const items = parseAddressList(text);
  const found = items.flatMap(item => (item.kind === 'address' ? [item.address] : []));
  if (!items.every(isHarmless) || hasBlank(text)) return undefined;
  const [address] = found;
  if (address === undefined) return /^<\s*>$/.test(text) ? '' : undefined;
  if (found.length !== 1 || address === '' || address.startsWith('-') || hasComma(items)) return undefined;
  return isBalanced(items) ? address : undefined;
}

function isHarmless(item: AddressListItem): boolean {
  return item.kind === 'address' || ['<', '>', 'comment'].includes(item.token.type);
}

function isBalanced(items: readonly AddressListItem[]): boolean {
  const brackets = items.flatMap(item =>
    item.kind === 'text' && item.token.type !== 'comment' ? [item.token.type] : [],
  );
  return brackets.length === 0 || (brackets.length === 2 && brackets[0] === '<' && brackets[1] === '>');
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
const CLOSING = 0x3e;
const BACKSLASH = 0x5c;
