/**
 * `BODY[...]`, `BINARY[...]` and their partial forms as a client names them (RFC 3501 section 6.4.5, RFC 3516). The parser of
 * arguments has cut them at brackets: `BODY[HEADER.FIELDS`, a list, `]<0.10>`.
 */
import {type Arguments, fail} from '../argument.ts';
import {quoted} from '../imap-string.ts';

export interface Section {
  /** `[3, 1]` of `3.1.MIME`; empty for the message itself. */
  readonly path: readonly number[];
  readonly kind: 'all' | 'header' | 'text' | 'mime' | 'fields' | 'not-fields';
  /** In lower case, of `fields` and `not-fields`. */
  readonly names: readonly string[];
  /** As the answer names it: `HEADER.FIELDS (SUBJECT)`. */
  readonly label: string;
}

export interface Partial {
  readonly start: number;
  /** Infinity: to the end (seen: `<3>` is taken). */
  readonly length: number;
}

export interface NamedSection {
  readonly section: Section;
  readonly partial: Partial | undefined;
}

const INVALID = 'Invalid BODY[..] section.';
const MOST = 0xffff_ffff;

/** `text` is what followed the opening bracket in its atom. */
export function expectSection(text: string, args: Arguments, allowsFields = true): NamedSection {
  const close = text.indexOf(']');
  if (close >= 0) return {section: parseSection(text.slice(0, close).toUpperCase()), partial: parsePartial(text.slice(close + 1))};
  const upper = text.toUpperCase();
  const list = args.takeList();
  if (list === undefined) fail("Invalid BODY[..] parameter: Missing ']'");
  const rest = args.takeAtom();
  if (rest === undefined || !rest.startsWith(']')) fail("Invalid BODY[..] parameter: Missing ']'");
  const match = /^((?:\d+\.)*)(HEADER\.FIELDS(?:\.NOT)?)$/.exec(upper);
  if (match === null || !allowsFields) fail(INVALID);
  return {section: fieldsSection(match[1] ?? '', match[2] ?? '', list), partial: parsePartial(rest.slice(1))};
}

function fieldsSection(path: string, word: string, list: Arguments): Section {
  if (list.isAtEnd) fail(INVALID);
  const names: string[] = [];
  const shown: string[] = [];
  while (!list.isAtEnd) {
    const isQuoted = list.peek()?.kind === 'string';
    const name = list.expectString(INVALID).toUpperCase();
    names.push(name.toLowerCase());
    shown.push(isQuoted ? quoted(name) : name);
  }
  return {
    path: parsePath(path.slice(0, -1)),
    kind: word.endsWith('NOT') ? 'not-fields' : 'fields',
    names,
    label: `${path}${word} (${shown.join(' ')})`,
  };
}

const KINDS: ReadonlyMap<string, Section['kind']> = new Map([
  ['', 'all'],
  ['HEADER', 'header'],
  ['TEXT', 'text'],
  ['MIME', 'mime'],
] as const);

/** Without names of fields. */
export function parseSection(text: string): Section {
  const match = /^(\d+(?:\.\d+)*)?(?:\.?([A-Z.]+))?$/.exec(text);
  const path = match?.[1] ?? '';
  const kind = KINDS.get(match?.[2] ?? '');
  const isSpelt = match?.[2] === undefined || text === `${path === '' ? '' : `${path}.`}${match[2]}`;
  if (match === null || kind === undefined || !isSpelt || (kind === 'mime' && path === '')) fail(INVALID);
  return {path: parsePath(path), kind, names: [], label: text};
}

function parsePath(text: string): number[] {
  if (text === '') return [];
  return text.split('.').map(number => {
    const value = Number(number);
    return value > MOST || value === 0 ? fail(INVALID) : value;
  });
}

function parsePartial(text: string): Partial | undefined {
  if (text === '') return undefined;
  const match = /^<(\d{1,20})(?:\.(\d{1,20}))?>$/.exec(text);
  if (match === null) fail('Invalid BODY[..] parameter: Missing < in <start.end>');
  return {start: Number(match[1]), length: match[2] === undefined ? Infinity : Number(match[2])};
}
