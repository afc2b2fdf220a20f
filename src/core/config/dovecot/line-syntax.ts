/**
 * A line of dovecot.conf: `key = value`, `section [name] {`, `}`, `!include`. Comments go, quotes hold, a backslash at
 * the end continues the line in the next one. Lenient as the original is (seen: Dovecot 2.3.19); what it refuses comes
 * out as an `error` line in its words.
 */

export type ConfigLine =
  | {readonly kind: 'setting'; readonly key: string; readonly value: string; readonly form: ValueForm}
  | {readonly kind: 'section'; readonly key: string; readonly name: string}
  | {readonly kind: 'end'}
  | {readonly kind: 'include'; readonly pattern: string; readonly isOptional: boolean}
  | {readonly kind: 'error'; readonly text: string};

/** `$words` stand only in a `variable` value, quoted text is `plain`; `file` is the name behind `<`. */
export type ValueForm = 'plain' | 'variable' | 'file';

/** Joins physical lines; `take` answers a line when one is complete. */
export class LineJoiner {
  #pending = '';

  /** `onAmbiguousComment` is told of a `#` that nothing separates from the text before it. */
  take(physical: string, onAmbiguousComment: () => void): ConfigLine | undefined {
    const end = physical.indexOf('\0'); // as C reads it
    let text = trimStart(end < 0 ? physical : physical.slice(0, end));
    if (text === '' || text.startsWith('#')) {
      this.#pending = ''; // seen: what a comment interrupts is lost
      return undefined;
    }
    text = trimEnd(withoutComment(text, onAmbiguousComment));
    if (text.endsWith('\\')) {
      const part = trimEnd(text.slice(0, -1));
      if (part !== '') this.#pending += `${part} `;
      return undefined;
    }
    const whole = this.#pending + text;
    this.#pending = '';
    return parseLine(whole);
  }
}

function withoutComment(text: string, onAmbiguousComment: () => void): string {
  for (let at = 0; at < text.length; at++) {
    const letter = text.charAt(at);
    if (letter === '"' || letter === "'") at = closingQuote(text, at);
    else if (letter === '#') {
      if (!isWhite(text.charAt(at - 1))) onAmbiguousComment();
      return text.slice(0, at);
    }
  }
  return text;
}

/** The index of the quote that closes the one at `open`, else the end of the text. */
function closingQuote(text: string, open: number): number {
  const quote = text.charAt(open);
  let at = open + 1;
  while (at < text.length && text.charAt(at) !== quote) at += text.charAt(at) === '\\' ? 2 : 1;
  return at;
}

function parseLine(text: string): ConfigLine {
  let at = 0;
  while (at < text.length && !isWhite(text.charAt(at)) && text.charAt(at) !== '=') at++;
  const key = text.slice(0, at);
  const rest = trimStart(text.slice(at));
  if (key === '!include') return {kind: 'include', pattern: rest, isOptional: false};
  if (key === '!include_try') return {kind: 'include', pattern: rest, isOptional: true};
  if (rest.startsWith('=')) return parseSetting(key, trimStart(rest.slice(1)));
  if (key === '}' && rest === '') return {kind: 'end'};
  return parseSection(key, rest);
}

function parseSetting(key: string, value: string): ConfigLine {
  if (key === '') return {kind: 'error', text: "Missing key name ('=' at the beginning of line)"};
  if (value.startsWith('<')) return {kind: 'setting', key, value: trimStart(value.slice(1)), form: 'file'};
  const quote = value.charAt(0);
  const isQuoted = (quote === '"' || quote === "'") && value.endsWith(quote); // a lone quote is an empty value
  if (isQuoted) return {kind: 'setting', key, value: unescape(value.slice(1, -1)), form: 'plain'};
  return {kind: 'setting', key, value, form: value.includes('$') ? 'variable' : 'plain'};
}

function parseSection(key: string, rest: string): ConfigLine {
  if (rest.startsWith('{')) return sectionLine(key, '', rest);
  if (rest.startsWith('"')) {
    const end = rest.indexOf('"', 1);
    if (end < 0) return {kind: 'error', text: "Expecting '{'"};
    return sectionLine(key, unescape(rest.slice(1, end)), trimStart(rest.slice(end + 1)));
  }
  let at = 0;
  while (at < rest.length && !isWhite(rest.charAt(at))) at++;
  return sectionLine(key, rest.slice(0, at), trimStart(rest.slice(at)));
}

function sectionLine(key: string, name: string, rest: string): ConfigLine {
  if (!rest.startsWith('{')) return {kind: 'error', text: "Expecting '{'"};
  if (rest !== '{') return {kind: 'error', text: "Garbage after '{'"};
  return {kind: 'section', key, name};
}

/** A backslash makes the character behind it an ordinary one. */
function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  let plain = '';
  for (let at = 0; at < text.length; at++) {
    if (text.charAt(at) === '\\') at++;
    plain += text.charAt(at);
  }
  return plain;
}

function isWhite(letter: string): boolean {
  return letter === ' ' || letter === '\t';
}

function trimStart(text: string): string {
  let at = 0;
  while (at < text.length && isWhite(text.charAt(at))) at++;
  return text.slice(at);
}

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isWhite(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}
