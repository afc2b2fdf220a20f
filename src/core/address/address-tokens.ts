/**
 * An address as a row of tokens, the form in which rewriting and resolving take it apart: words, quoted strings, domain
 * literals, comments, and single characters with a meaning (`@ . ! % : |` and RFC 822's specials).
 *
 * Lenient as Postfix is: an unclosed quote, literal or comment ends with the text; nothing is refused.
 */
export interface Token {
  /** `atom`, `quoted`, `literal`, `comment`, or the operator character itself. */
  readonly type: string;
  /** Without quotes, brackets and backslashes. Operators: the character. */
  readonly text: string;
}

/** RFC 822 section 3.3 specials, and the routing characters of the old networks. */
const OPERATORS = '()<>@,;:\\".[]|%!';

/** Takes the external (quoted) form apart. */
export function scanAddress(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (isSpace(text.charCodeAt(at))) at++;
    else if (character === '(') at = scanComment(text, at, tokens);
    else if (character === '[') at = scanEnclosed(text, at + 1, ']', 'literal', tokens);
    else if (character === '"') at = scanEnclosed(text, at + 1, '"', 'quoted', tokens);
    else if (character !== '\\' && OPERATORS.includes(character)) {
      tokens.push({type: character, text: character});
      at++;
    } else at = scanAtom(text, at, tokens);
  }
  return tokens;
}

/** The external form: quoted strings in quotes, a blank between adjacent words. */
export function printExternal(tokens: readonly Token[]): string {
  return print(tokens, token => (token.type === 'quoted' ? `"${escape(token.text, '"\\\r\n')}"` : undefined));
}

/** The internal form: quoted strings without their quotes. */
export function printInternal(tokens: readonly Token[]): string {
  return print(tokens, () => undefined);
}

/** Index of the first (last) token of a type, -1 when there is none. */
export function findToken(tokens: readonly Token[], type: string): number {
  return tokens.findIndex(token => token.type === type);
}
export function findLastToken(tokens: readonly Token[], type: string): number {
  return tokens.findLastIndex(token => token.type === type);
}

function print(tokens: readonly Token[], special: (token: Token) => string | undefined): string {
  let out = '';
  let afterWord = false;
  for (const token of tokens) {
    const isWord = token.type.length > 1;
    if (isWord && afterWord) out += ' ';
    out += special(token) ?? (token.type === 'literal' ? `[${escape(token.text, '\\\r\n')}]` : token.text);
    afterWord = isWord;
  }
  return out;
}

function escape(text: string, characters: string): string {
  let out = '';
  for (const character of text) out += characters.includes(character) ? `\\${character}` : character;
  return out;
}

function scanAtom(text: string, start: number, tokens: Token[]): number {
  return collect(
    text,
    start,
    'atom',
    tokens,
    at => isSpace(text.charCodeAt(at)) || OPERATORS.includes(text.charAt(at)),
  );
}

function scanEnclosed(text: string, start: number, closing: string, type: string, tokens: Token[]): number {
  return collect(text, start, type, tokens, at => text.charAt(at) === closing) + 1;
}

/** Collects up to where `ends` says, a backslash taking the next character as it is; white space becomes a blank. */
function collect(text: string, start: number, type: string, tokens: Token[], ends: (at: number) => boolean): number {
  let out = '';
  let at = start;
  for (; at < text.length; at++) {
    if (text.charAt(at) === '\\') {
      if (++at >= text.length) break;
    } else if (ends(at)) break;
    out += isSpace(text.charCodeAt(at)) ? ' ' : text.charAt(at);
  }
  tokens.push({type, text: out});
  return at;
}

/** Comments nest (RFC 822 section 3.1.4) and are kept with their parentheses. */
function scanComment(text: string, start: number, tokens: Token[]): number {
  let depth = 0;
  let at = start;
  for (; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\') at++;
    else if (character === '(') depth++;
    else if (character === ')' && --depth === 0) break;
  }
  tokens.push({type: 'comment', text: text.slice(start, at + 1)});
  return at + 1;
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}
