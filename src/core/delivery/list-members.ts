/**
 * The destinations in the text of an alias, a .forward or an :include: file (aliases(5)): each line by itself, lines that
 * begin with `#` left out, a line longer than line_length_limit cut into several.
 */
import {extractAddresses} from '../message/address-list.ts';

/** The members of each line, in internal form: `joe@x`, `/file`, `|command args`, `:include:/file`, `~/file`. */
export function* memberLists(text: string, lineLimit: number): Generator<readonly string[]> {
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf('\n', at);
    const end = Math.min(newline < 0 ? text.length : newline, at + lineLimit);
    if (text.charAt(at) !== '#') yield extractAddresses(text.slice(at, end));
    at = end === newline ? end + 1 : end;
  }
}
