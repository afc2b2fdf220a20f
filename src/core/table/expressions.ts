/**
 * POSIX extended and Perl compatible expressions as RegExp over byte strings. What differs stays small: a POSIX
 * alternative that is first wins here, where regcomp(3) takes the longest; Perl's recursion, conditions and atomic
 * groups are refused.
 */
import {translatePosix} from './posix-expressions.ts';
import {translatePcre} from './pcre-expressions.ts';

/** The message is what the original's library says. */
export class BadPattern extends Error {
  override readonly name = 'BadPattern';
}

/** `flags` toggle: i is on, m off, x (extended) on. */
export function compilePosix(source: string, flags: string): RegExp {
  const isOn = (flag: string, initially: boolean): boolean => (count(flags, flag) % 2 === 1) !== initially;
  const lines = isOn('m', false);
  const js = `${isOn('i', true) ? 'i' : ''}${lines ? 'm' : 's'}`;
  try {
    return new RegExp(translatePosix(source, isOn('x', true), lines), js);
  } catch (fault) {
    throw new BadPattern(posixWords(fault));
  }
}

/** `flags` toggle: i and s are on, all others off. */
export function compilePcre(source: string, flags: string): RegExp {
  const [whole = '', inline = ''] = /^\(\?([imsxU]+)\)/.exec(source) ?? [];
  const isOn = (flag: string, initially: boolean): boolean =>
    inline.includes(flag) || (count(flags, flag) % 2 === 1) !== initially;
  const js = (isOn('i', true) ? 'i' : '') + (isOn('s', true) ? 's' : '') + (isOn('m', false) ? 'm' : '');
  const body = source.slice(whole.length);
  try {
    const options = {
      extended: isOn('x', false),
      dollarEndOnly: isOn('E', false),
      ungreedy: isOn('U', false),
      lines: isOn('m', false),
    };
    const translated = translatePcre(body, options);
    return new RegExp(isOn('A', false) ? `(?<![^])(?:${translated})` : translated, js);
  } catch (fault) {
    throw new BadPattern(`error in regex at offset ${source.length}: ${pcreWords(fault)}`);
  }
}

function count(text: string, letter: string): number {
  return text.split(letter).length - 1;
}

function posixWords(fault: unknown): string {
  return words(fault, [
    [/Unterminated group/, 'Unmatched ( or \\('],
    [/Unmatched '\)'/, 'Unmatched ) or \\)'],
    [/Unterminated character class/, 'Unmatched [, [^, [:, [., or [='],
    [/Nothing to repeat/, 'Invalid preceding regular expression'],
    [/out of order in char/, 'Invalid range end'],
    [/\\ at end/, 'Trailing backslash'],
    [/out of order in {}/, 'Invalid content of \\{\\}'],
  ]);
}

function pcreWords(fault: unknown): string {
  return words(fault, [
    [/Unterminated group/, 'missing closing parenthesis'],
    [/Unmatched '\)'/, 'unmatched closing parenthesis'],
    [/Unterminated character class/, 'missing terminating ] for character class'],
    [/Nothing to repeat/, 'quantifier does not follow a repeatable item'],
    [/out of order in char/, 'range out of order in character class'],
    [/\\ at end/, '\\ at end of pattern'],
    [/out of order in {}/, 'numbers out of order in {} quantifier'],
  ]);
}

function words(fault: unknown, known: readonly (readonly [RegExp, string])[]): string {
  const message = fault instanceof Error ? fault.message : '';
  return known.find(([pattern]) => pattern.test(message))?.[1] ?? message;
}
