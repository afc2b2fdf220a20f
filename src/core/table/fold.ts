/**
 * Upper and lower case of table keys. Byte strings in and out: ASCII letters only, or with UTF-8 the full case folding
 * of Unicode (CaseFolding.txt, as near as the engine's own upper and lower case come to it).
 */
import {isUtf8} from 'node:buffer';
import {isAscii} from '../base/bytes.ts';

/** The key must be UTF-8 when `utf8` is set. */
export function foldKey(key: string, utf8: boolean): string {
  if (isAscii(key)) return key.toLowerCase();
  if (!utf8) return key.replace(/[A-Z]+/g, letters => letters.toLowerCase());
  let folded = '';
  for (const character of Buffer.from(key, 'latin1').toString('utf8')) folded += foldCharacter(character);
  return Buffer.from(folded, 'utf8').toString('latin1');
}

/** One at a time: the lower case of a sigma depends on its neighbours, its folding does not. */
function foldCharacter(character: string): string {
  if (UNFOLDED.has(character)) return character;
  const cherokee = foldCherokee(character.codePointAt(0) ?? 0);
  if (cherokee !== undefined) return String.fromCodePoint(cherokee);
  return character.toLowerCase().toUpperCase().toLowerCase();
}

/** Whose upper case is another letter's too, but which fold to themselves. */
const UNFOLDED = new Set(['\u0131']);

/** Cherokee folds to its upper case. */
function foldCherokee(code: number): number | undefined {
  if (code >= 0x13a0 && code <= 0x13f5) return code;
  if (code >= 0x13f8 && code <= 0x13fd) return code - 8;
  return code >= 0xab70 && code <= 0xabbf ? code - 0xab70 + 0x13a0 : undefined;
}

export function isUtf8Text(bytes: string): boolean {
  return isAscii(bytes) || isUtf8(Buffer.from(bytes, 'latin1'));
}
