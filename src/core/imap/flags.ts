/** Flags and keywords on the wire (RFC 3501 section 2.3.2), read from arguments and printed. */
import {Refusal} from '../base/errors.ts';
import {flagBits, type Mailbox} from '../mailbox/mailbox.ts';
import {type Arguments, fail} from './argument.ts';

export interface Flags {
  /** Of `flagBits`. */
  readonly bits: number;
  readonly keywords: readonly string[];
}

/** In the order in which Dovecot prints them. */
const NAMES: readonly (readonly [number, string])[] = [
  [flagBits.answered, '\\Answered'],
  [flagBits.flagged, '\\Flagged'],
  [flagBits.deleted, '\\Deleted'],
  [flagBits.seen, '\\Seen'],
  [flagBits.draft, '\\Draft'],
];

export const SYSTEM_FLAGS = NAMES.map(([, name]) => name).join(' ');

const BITS: ReadonlyMap<string, number> = new Map(NAMES.map(([bit, name]) => [name.toUpperCase(), bit]));

/** All 64 combinations, printed once. */
const PRINTED: readonly string[] = Array.from({length: 64}, (_, bits) => {
  const names = NAMES.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name);
  return [...names, ...((bits & flagBits.recent) === 0 ? [] : ['\\Recent'])].join(' ');
});

/** Without \Recent. */
export function systemFlagNames(bits: number): string[] {
  return NAMES.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name);
}

/** `(\Seen \Recent foo)`. */
export function printFlags(bits: number, keywords: readonly string[]): string {
  const system = PRINTED[bits & 63] ?? '';
  if (keywords.length === 0) return `(${system})`;
  return system === '' ? `(${keywords.join(' ')})` : `(${system} ${keywords.join(' ')})`;
}

/** `FLAGS (...)` of one message. */
export function flagsOf(mailbox: Mailbox, sequence: number): string {
  return `FLAGS ${printFlags(mailbox.flags(sequence), mailbox.keywordsOf(sequence))}`;
}

/** A list of flags, or the rest of the arguments without brackets. */
export function expectFlags(args: Arguments, maxKeywordLength: number): Flags {
  let bits = 0;
  const keywords = new Map<string, string>();
  while (!args.isAtEnd) {
    const name = args.expectAtom('Flags list contains non-atoms.');
    if (!name.startsWith('\\')) {
      checkKeyword(name, maxKeywordLength);
      if (!keywords.has(name.toLowerCase())) keywords.set(name.toLowerCase(), name);
      continue;
    }
    const bit = BITS.get(name.toUpperCase());
    if (bit === undefined) fail(`Invalid system flag ${name.toUpperCase()}`);
    bits |= bit;
  }
  return {bits, keywords: [...keywords.values()]};
}

/** SEARCH takes any system flag by its name. */
export function systemFlag(name: string): number | undefined {
  return BITS.get(`\\${name}`);
}

function checkKeyword(name: string, maxLength: number): void {
  for (let at = 0; at < name.length; at++)
    if ('(){ *%"\\]'.includes(name.charAt(at))) throw new Refusal('CANNOT', 'Invalid characters in keyword');
  if (name.length > maxLength) throw new Refusal('CANNOT', 'Keyword length too long');
}
