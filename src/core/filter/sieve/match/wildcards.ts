/**
 * `:matches` (RFC 5228 section 2.7.1): `*` is any text, `?` one character, a backslash takes the next as it is. Groups
 * are what each wildcard stood for, the first of several possible stars as short as can be (RFC 5229 section 3.2).
 * Text between stars is looked for from left to right and never again, so the time is at most key times value.
 */
interface Literal {
  /** Characters to find; `undefined` stands for `?`. */
  readonly text: readonly (string | undefined)[];
  /** Without a `?`, to be looked for at once. */
  readonly plain: string | undefined;
}

/** A key cut at its stars. */
export type Wildcards = readonly Literal[];

export function parseWildcards(key: string): Wildcards {
  const sections: Literal[] = [];
  let text: (string | undefined)[] = [];
  const end = (): void => {
    sections.push({text, plain: text.every(piece => piece !== undefined) ? text.join('') : undefined});
    text = [];
  };
  for (let at = 0; at < key.length; at++) {
    const character = key.charAt(at);
    if (character === '*') end();
    else if (character === '?') text.push(undefined);
    else if (character === '\\' && at + 1 < key.length) text.push(key.charAt(++at));
    else text.push(character);
  }
  end();
  return sections;
}

/** What the wildcards stood for in `value`, in order; undefined when it does not match. `folded` is what is compared. */
export function matchWildcards(sections: Wildcards, value: string, folded: string): string[] | undefined {
  const groups: string[] = [];
  const first = sections[0];
  const last = sections.at(-1);
  if (first === undefined || last === undefined) return undefined;
  let at = takeAt(first, value, folded, 0, groups);
  if (at === undefined) return undefined;
  if (sections.length === 1) return at === value.length ? groups : undefined;
  for (let i = 1; i < sections.length - 1; i++) {
    const section = sections[i];
    if (section === undefined) return undefined;
    const found = find(section, value, folded, at);
    if (found === undefined) return undefined;
    groups.push(value.slice(at, found));
    at = takeAt(section, value, folded, found, groups);
    if (at === undefined) return undefined;
  }
  const start = endStart(last, value, folded, at);
  if (start === undefined) return undefined;
  groups.push(value.slice(at, start));
  return takeAt(last, value, folded, start, groups) === undefined ? undefined : groups;
}

/** The end of the section when it stands at `at`; a `?` takes a whole character of UTF-8. */
function takeAt(section: Literal, value: string, folded: string, at: number, groups?: string[]): number | undefined {
  if (section.plain !== undefined) return folded.startsWith(section.plain, at) ? at + section.plain.length : undefined;
  const before = groups?.length ?? 0;
  let end = at;
  for (const piece of section.text) {
    if (piece === undefined) {
      if (end >= value.length) return undo(groups, before);
      const next = characterEnd(value, end);
      groups?.push(value.slice(end, next));
      end = next;
    } else if (folded.charAt(end) === piece) end++;
    else return undo(groups, before);
  }
  return end;
}

function undo(groups: string[] | undefined, length: number): undefined {
  if (groups !== undefined) groups.length = length;
}

function find(section: Literal, value: string, folded: string, from: number): number | undefined {
  if (section.plain !== undefined) {
    const found = folded.indexOf(section.plain, from);
    return found < 0 ? undefined : found;
  }
  for (let at = from; at <= value.length; at = characterEnd(value, at))
    if (takeAt(section, value, folded, at) !== undefined) return at;
  return undefined;
}

/** Where the last section must begin so that it ends with the value. */
function endStart(section: Literal, value: string, folded: string, from: number): number | undefined {
  if (section.plain !== undefined) {
    const start = value.length - section.plain.length;
    return start >= from ? start : undefined;
  }
  let start = value.length;
  for (let i = section.text.length - 1; i >= 0; i--) {
    if (start <= from) return undefined;
    start = section.text[i] === undefined ? characterStart(value, start) : start - 1;
  }
  return start >= from && takeAt(section, value, folded, start) === value.length ? start : undefined;
}

function characterEnd(value: string, at: number): number {
  let end = at + 1;
  if (value.charCodeAt(at) >= 0xc0) while (isContinuation(value.charCodeAt(end))) end++;
  return end;
}

function characterStart(value: string, end: number): number {
  let start = end - 1;
  while (start > 0 && isContinuation(value.charCodeAt(start))) start--;
  return start;
}

function isContinuation(code: number): boolean {
  return code >= 0x80 && code < 0xc0;
}
