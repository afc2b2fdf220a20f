/** The parts of a Content-Type value (RFC 2045 section 5.1) that tell how a body is built. Never fails. */
export interface ContentType {
  readonly type: string;
  readonly subtype: string;
  readonly boundary: string | undefined;
}

/** Types and names in lower case; comments are skipped, a parameter that can't be read is passed over. */
export function parseContentType(value: string): ContentType {
  const tokens = scan(value);
  const slash = tokens[1] === '/';
  return {
    type: (tokens[0] ?? '').toLowerCase(),
    subtype: slash ? (tokens[2] ?? '').toLowerCase() : '',
    boundary: parameter(tokens, 'boundary'),
  };
}

function parameter(tokens: readonly string[], name: string): string | undefined {
  for (let i = 0; i + 3 < tokens.length; i++) {
    if (tokens[i] !== ';' || tokens[i + 2] !== '=' || tokens[i + 1]?.toLowerCase() !== name) continue;
    const value = tokens[i + 3];
    return value === ';' ? undefined : value;
  }
  return undefined;
}

/** Separators are tokens of their own; quoted strings lose their quotes. */
function scan(value: string): string[] {
  const tokens: string[] = [];
  for (let i = 0; i < value.length && tokens.length < MAX_TOKENS;) {
    const character = value.charAt(i);
    if (' \t\r\n'.includes(character)) i++;
    else if (character === '(') i = skipComment(value, i);
    else if (character === '"') {
      const [text, end] = quoted(value, i + 1);
      tokens.push(text);
      i = end;
    } else if (SEPARATORS.includes(character)) {
      tokens.push(character);
      i++;
    } else {
      const start = i;
      while (i < value.length && !`${SEPARATORS}"( \t\r\n`.includes(value.charAt(i))) i++;
      tokens.push(value.slice(start, i));
    }
  }
  return tokens;
}

function quoted(value: string, start: number): [string, number] {
  let text = '';
  let i = start;
  for (; i < value.length && value.charAt(i) !== '"'; i++) {
    if (value.charAt(i) === '\\' && i + 1 < value.length) i++;
    text += value.charAt(i);
  }
  return [text, i + 1];
}

function skipComment(value: string, start: number): number {
  let depth = 0;
  for (let i = start; i < value.length; i++) {
    const character = value.charAt(i);
    if (character === '\\') i++;
    else if (character === '(') depth++;
    else if (character === ')' && --depth === 0) return i + 1;
  }
  return value.length;
}

const SEPARATORS = ';/=';
/** Enough for any sensible field; a bound for hostile ones. */
const MAX_TOKENS = 1000;
