/**
 * The address list of a header field or of sendmail's argument vector (RFC 5322 section 3.4, with the obsolete forms):
 * mailboxes, phrases, comments, groups, routes, in any disorder.
 *
 *     a b c           ->  a, b, c              commas that are missing are put in
 *     (x) a           ->  a (x)                comments move behind their address
 *     Mr. X <a@b> c   ->  Mr.X <a@b>, c
 *     grp: a, b;      ->  grp: a, b;
 *
 * Never fails: what isn't understood stays where it is. Linear in its input; what is beyond `tokenLimit` tokens is
 * dropped (postconf(5) header_address_token_limit).
 */
import {quoteAddress} from './address-syntax.ts';
import {isWord, needsSpace, scanTokens, type Token} from './address-tokens.ts';

/** A parsed list: addresses, and between them the text that is none. */
export type AddressListItem = AddressItem | TextItem;

export interface AddressItem {
  readonly kind: 'address';
  /** In internal form, without its source route. */
  address: string;
  /** The obsolete source route (RFC 5322 section 4.4): `@hub,@hub2:`, or ''. */
  readonly route: string;
  /** How it was written: the words as they are, quoted strings in their quotes. */
  readonly written: string;
  /** An `@` stands outside quoted strings. */
  readonly hasDomain: boolean;
}
export interface TextItem {
  readonly kind: 'text';
  readonly token: Token;
}

/** The addresses of a list in internal form, in order, routes kept: what `sendmail -t` and an aliases value need. */
export function extractAddresses(text: string, tokenLimit?: number): string[] {
  const found: string[] = [];
  for (const item of parseAddressList(text, tokenLimit))
    if (item.kind === 'address') found.push(item.route + item.address);
  return found;
}

export function parseAddressList(text: string, tokenLimit = Infinity): AddressListItem[] {
  return new ListParser(scanTokens(text, tokenLimit)).parse();
}

/** Reads the tokens from right to left, which is where `>` and `;` announce what is coming. */
class ListParser {
  readonly #tokens: readonly Token[];
  #at: number;
  /** The result, last item first. */
  readonly #items: AddressListItem[] = [];
  /** The tokens of the address under way, last first. */
  #pending: Token[] = [];
  /** A word here continues the address to its right; otherwise it is another one. */
  #wordJoins = true;
  #inGroup = false;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
    this.#at = tokens.length - 1;
  }

  parse(): AddressListItem[] {
    for (let token = this.#current(); token !== undefined; token = this.#current()) this.#take(token);
    this.#endAddress(false);
    return this.#items.reverse();
  }

  #current(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #take(token: Token): void {
    if (token.type === ':' && this.#inGroup) return this.#takeGroupName();
    if (token.type === '>') return this.#takeAngle(token);
    this.#at--;
    if (token.type === 'comment') return this.#keep(token);
    if (isWord(token)) {
      if (!this.#wordJoins) this.#endAddress(true);
      this.#wordJoins = false;
      this.#pending.push(token);
      return;
    }
    this.#wordJoins = true;
    if (token.type !== ';' && token.type !== ',') return void this.#pending.push(token);
    if (token.type === ';') this.#inGroup = true;
    this.#endAddress(token.type === ';');
    this.#keep(token);
  }

  /** `name:` of a group: the name is whatever stands between the colon and the comma before it. */
  #takeGroupName(): void {
    this.#endAddress(false);
    this.#keep({type: 'group', text: ':'});
    this.#at--;
    this.#keepUntil(',');
  }

  /** `phrase <address>`. */
  #takeAngle(closing: Token): void {
    this.#endAddress(true);
    this.#keep(closing);
    this.#at--;
    for (let token = this.#current(); token !== undefined && token.type !== '<'; token = this.#current()) {
      if (token.type === 'comment') this.#keep(token);
      else this.#pending.push(token);
      this.#at--;
    }
    this.#endAddress(false);
    this.#keepUntil('>;,:');
    this.#wordJoins = true;
  }

  #keepUntil(stops: string): void {
    for (let token = this.#current(); token !== undefined; token = this.#current()) {
      if (token.type.length === 1 && stops.includes(token.type)) return;
      this.#keep(token);
      this.#at--;
    }
  }

  #keep(token: Token): void {
    this.#items.push({kind: 'text', token});
  }

  #endAddress(needsComma: boolean): void {
    if (this.#pending.length === 0) return;
    const tokens = this.#pending.reverse();
    const start = routeLength(tokens);
    const route = internalForm(tokens.slice(0, start));
    const address = internalForm(tokens.slice(start));
    const written = writtenForm(tokens);
    const hasDomain = tokens.some(token => token.type === '@');
    this.#items.push({kind: 'address', address, route, written, hasDomain});
    this.#pending = [];
    if (needsComma) this.#keep({type: ',', text: ','});
  }
}

/** How many tokens `@hub,@hub2:` takes; RFC 5321 appendix C tells to ignore the route. */
function routeLength(tokens: readonly Token[]): number {
  const colon = tokens[0]?.type === '@' ? tokens.findIndex(token => token.type === ':') : -1;
  return colon > 0 && colon < tokens.length - 1 ? colon + 1 : 0;
}

/** Tokens as text, without quotes: the name of an alias. */
export function internalForm(tokens: readonly Token[]): string {
  return join(tokens, token => (token.type === 'literal' ? `[${token.text}]` : token.text), ',');
}

/** Tokens as text, with the quotes they need, a blank behind each comma: the value of an alias. */
export function writtenForm(tokens: readonly Token[]): string {
  return join(tokens, externalForm, ', ');
}

/** Neighbouring words get a blank between them, and so does `<` in the written form. */
function join(tokens: readonly Token[], form: (token: Token) => string, comma: string): string {
  let out = '';
  for (const [index, token] of tokens.entries()) {
    out += token.type === ',' ? comma : form(token);
    const next = tokens[index + 1];
    if (next !== undefined && (needsSpace(token, next) || (comma !== ',' && next.type === '<'))) out += ' ';
  }
  return out;
}

/** Comments and phrases of one list element, beyond which only `<address>` is kept, as Postfix and Sendmail do. */
const MAX_TEXT = 250;

/** Prints a list as a header field's value, `separator` behind each comma; `warn` hears of text that was dropped. */
export function printAddressList(
  items: readonly AddressListItem[],
  separator = ' ',
  warn?: (text: string) => void,
): string {
  const elements: string[] = [];
  let element = new ElementPrinter();
  for (const [index, item] of items.entries()) {
    if (item.kind === 'text' && item.token.type === ',') {
      elements.push(element.finish(warn));
      element = new ElementPrinter();
    } else element.add(item, items[index + 1]);
  }
  elements.push(element.finish(warn));
  return elements.join(`,${separator}`);
}

class ElementPrinter {
  #text = '';
  #address: string | undefined;

  add(item: AddressListItem, next: AddressListItem | undefined): void {
    if (item.kind === 'address') {
      this.#address = quoteAddress(item.address) || '""';
      this.#text += this.#address;
    } else {
      const {token} = item;
      if (token.type === '<' && next?.kind === 'text' && next.token.type === '>') this.#address = '';
      this.#text += externalForm(token);
    }
    if (next !== undefined && isApart(item, next)) this.#text += ' ';
  }

  finish(warn?: (text: string) => void): string {
    if (this.#address === undefined || this.#text.length - this.#address.length <= MAX_TEXT) return this.#text;
    warn?.(`stripping too many comments from address: ${this.#text.slice(0, 100)}...`);
    return `<${this.#address}>`;
  }
}

function isApart(item: AddressListItem, next: AddressListItem): boolean {
  if (item.kind === 'text' && item.token.type === 'group') return true;
  if (next.kind === 'text' && next.token.type === '<') return true;
  return isWordLike(item) && isWordLike(next);
}

function isWordLike(item: AddressListItem): boolean {
  return item.kind === 'address' || isWord(item.token) || item.token.type === 'comment';
}

function externalForm(token: Token): string {
  if (token.type === 'quoted') return `"${token.text.replace(/["\\\r\n]/g, '\\$&')}"`;
  if (token.type === 'literal') return `[${token.text.replace(/[\\\r\n]/g, '\\$&')}]`;
  return token.text;
}
