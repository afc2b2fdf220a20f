/**
 * `BODY[...]`, `BINARY[...]` and their partial forms as a client names them (RFC 3501 section 6.4.5, RFC 3516). The parser of
 * arguments has cut them at brackets: `BODY[HEADER.FIELDS`, a list, `]<0.10>`.
 */
import {type Arguments, fail} from '../argument.ts';
import {parseSection as parseMimeSection, type Section} from '../../message/mime/section.ts';
import {quoted} from '../imap-string.ts';

export interface Partial {
  readonly start: number;
  /** Infinity: to the end (seen: `<3>` is taken). */
  readonly length: number;
}

export interface NamedSection {
  readonly section: Section;
  /** As the answer names it: `HEADER.FIELDS (SUBJECT)`. */
  readonly label: string;
  readonly partial: Partial | undefined;
}

const INVALID = 'Invalid BODY[..] section.';

/** `text` is what followed the opening bracket in its atom. */
export function expectSection(text: string, args: Arguments, allowsFields = true): NamedSection {
  const close = text.indexOf(']');
  if (close >= 0) {
    const label = text.slice(0, close).toUpperCase();
    return {section: expectPlainSection(label), label, partial: parsePartial(text.slice(close + 1))};
  }
  const upper = text.toUpperCase();
  const list = args.takeList();
  if (list === undefined) fail("Invalid BODY[..] parameter: Missing ']'");
  const rest = args.takeAtom();
  if (rest === undefined || !rest.startsWith(']')) fail("Invalid BODY[..] parameter: Missing ']'");
  const match = /^((?:\d+\.)*)(HEADER\.FIELDS(?:\.NOT)?)$/.exec(upper);
  if (match === null || !allowsFields) fail(INVALID);
  return {...fieldsSection(match[1] ?? '', match[2] ?? '', list), partial: parsePartial(rest.slice(1))};
}

function fieldsSection(path: string, word: string, list: Arguments): {section: Section; label: string} {
  if (list.isAtEnd) fail(INVALID);
  const names: string[] = [];
  const shown: string[] = [];
  while (!list.isAtEnd) {
    const isQuoted = list.peek()?.kind === 'string';
    const name = list.expectString(INVALID).toUpperCase();
    names.push(name.toLowerCase());
    shown.push(isQuoted ? quoted(name) : name);
  }
  const {path: numbers} = expectPlainSection(path.slice(0, -1));
  const what = word.endsWith('NOT') ? 'fields-not' : 'fields';
  return {section: {path: numbers, what, names}, label: `${path}${word} (${shown.join(' ')})`};
}

/** Without names of fields. */
export function expectPlainSection(text: string): Section {
  const section = parseMimeSection(text);
  return section === undefined || section.names.length > 0 ? fail(INVALID) : section;
}

function parsePartial(text: string): Partial | undefined {
  if (text === '') return undefined;
  const match = /^<(\d{1,20})(?:\.(\d{1,20}))?>$/.exec(text);
  if (match === null) fail('Invalid BODY[..] parameter: Missing < in <start.end>');
  return {start: Number(match[1]), length: match[2] === undefined ? Infinity : Number(match[2])};
}
