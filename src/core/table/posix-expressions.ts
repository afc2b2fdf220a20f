/** regex(7), extended or basic, in the notation of RegExp. */
import {translateBracket} from './bracket.ts';

/** `lines`: `^` and `$` match at newlines, which `.` and `[^x]` then do not (REG_NEWLINE). */
export function translatePosix(source: string, extended: boolean, lines: boolean): string {
  let out = '';
  let at = 0;
  const isStart = (): boolean => out === '' || /(?:^|[^\\])[(|^]$/.test(out);
  while (at < source.length) {
    const character = source.charAt(at);
    if (character === '[') {
      const bracket = translateBracket(source, at, false, lines);
      out += bracket.text;
      at = bracket.end;
    } else if (character === '\\') {
      out += translateEscape(source.charAt(at + 1), extended);
      at += 2;
    } else {
      if ('*+?{'.includes(character) && isStart() && (extended || character === '*')) out += `\\${character}`;
      else if (character === '{' && extended) out += /^\{\d*(?:,\d*)?\}/.test(source.slice(at)) ? '{' : '\\{';
      else if (!extended && '+?{}()|'.includes(character)) out += `\\${character}`;
      else if (character === ']' || (character === '}' && !/\{[\d,]*$/.test(out))) out += `\\${character}`;
      else if (/[*+?]/.test(character) && /(?:^|[^\\])[*+?}]$/.test(out)) out = regroup(out, character);
      else out += character;
      at++;
    }
  }
  return out.replace(/\{,(\d+)\}/g, '{0,$1}');
}

/** A repetition of a repetition: `a**` means `a*`, as does `a+*`; in RegExp it would be an error or lazy. */
function regroup(out: string, character: string): string {
  return out.endsWith(character) ? out : `${out.slice(0, -1)}*`;
}

function translateEscape(character: string, extended: boolean): string {
  if (character === '') throw new SyntaxError('\\ at end of pattern');
  if (/[1-9wWsSbB]/.test(character)) return `\\${character}`;
  if (character === '<') return '\\b(?=\\w)';
  if (character === '>') return '\\b(?<=\\w)';
  if (character === '`') return '(?<![^])';
  if (character === "'") return '(?![^])';
  if (!extended && '(){}|+?'.includes(character)) return character;
  return /[a-z0-9]/i.test(character) ? character : `\\${character}`;
}
