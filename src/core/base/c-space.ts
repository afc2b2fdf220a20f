/** White space as C's isspace(3) has it: byte strings may hold 0xA0, which JavaScript's own functions take for a blank. */
const LEADING = /^[ \t\n\v\f\r]+/;
const WORDS = /[^ \t\n\v\f\r]+/g;

export function trimStart(text: string): string {
  return text.replace(LEADING, '');
}

export function trim(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--;
  return trimStart(text.slice(0, end));
}

export function words(text: string): readonly string[] {
  return text.match(WORDS) ?? [];
}

export function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 9 && code <= 13);
}
