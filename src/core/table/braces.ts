/** `{ ... }` in the names of tables (postconf(5), DATABASE_README): what is inside, and lists with braces in them. */
import {isSpace, trimSpace} from './logical-lines.ts';

/** What stands between a brace and the one that closes it, which must be the end. */
export type Inside = {readonly text: string} | {readonly fault: string};

export function insideBraces(text: string): Inside {
  if (!text.startsWith('{')) return {fault: `no '{' at start of text in "${text}"`};
  const end = closingBrace(text, 0);
  if (end < 0) return {fault: `missing '}' in "${text}"`};
  if (trimSpace(text.slice(end + 1)) !== '') return {fault: `syntax error after '}' in "${text}"`};
  return {text: trimSpace(text.slice(1, end))};
}

/** Elements at blanks and commas; those inside braces do not count. */
export function splitList(text: string): string[] {
  const elements: string[] = [];
  let start = -1;
  let level = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (level === 0 && (character === ',' || isBlank(text.charCodeAt(at)))) {
      if (start >= 0) elements.push(text.slice(start, at));
      start = -1;
      continue;
    }
    if (start < 0) start = at;
    if (character === '{') level++;
    else if (character === '}' && level > 0) level--;
  }
  if (start >= 0) elements.push(text.slice(start));
  return elements;
}

function isBlank(code: number): boolean {
  return isSpace(code) && code !== 0x0b && code !== 0x0c;
}

function closingBrace(text: string, start: number): number {
  let level = 0;
  for (let at = start; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '{') level++;
    else if (character === '}' && --level === 0) return at;
  }
  return -1;
}
