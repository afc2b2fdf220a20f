/**
 * A header field as formail knows it: its text with all its lines, and how much of it is the name. A `From ` line is a field
 * without colon. Lists of options hold fields too, some of them only the beginning of a name.
 */
const FROM = 'From ';

export class Field {
  /** Ends in a newline. */
  text: string;
  /** The name's length, colon included; 0 when it is no field. */
  nameLength: number;

  constructor(text: string, nameLength: number) {
    this.text = text;
    this.nameLength = nameLength;
  }

  get isFromLine(): boolean {
    return isFromLine(this.text);
  }

  get name(): string {
    return this.text.slice(0, this.nameLength);
  }

  /** Behind the name, newline and all. */
  get value(): string {
    return this.text.slice(this.nameLength);
  }

  is(name: string): boolean {
    return this.nameLength === name.length && sameLetters(this.name, name);
  }

  /** One line, but for a `From ` line. */
  join(): void {
    if (!this.isFromLine) this.text = `${this.text.slice(0, -1).replaceAll('\n', ' ')}\n`;
  }
}

export function isFromLine(text: string): boolean {
  return text.startsWith(FROM);
}

/** The first field of the list whose name `field`'s begins with. */
export function findField<T extends Field>(field: Field, list: readonly T[]): T | undefined {
  return list.find(candidate => covers(candidate, field));
}

function covers(candidate: Field, field: Field): boolean {
  const {nameLength} = candidate;
  return (
    field.nameLength >= nameLength && sameLetters(field.text.slice(0, nameLength), candidate.text.slice(0, nameLength))
  );
}

export function sameLetters(a: string, b: string): boolean {
  return a.length === b.length && foldAscii(a) === foldAscii(b);
}

export function foldAscii(text: string): string {
  return text.replace(/[A-Z]/g, letter => letter.toLowerCase());
}

/**
 * Where the name of a field ends, one past the colon; blanks before the colon are taken. Not a field: minus the length of what
 * could begin a name.
 */
export function nameEnd(line: string): number {
  for (let at = 0; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if (code === COLON) return at === 0 ? 0 : at + 1;
    if (code === BLANK || code === TAB) return at === 0 ? 0 : afterBlanks(line, at);
    if (code < BLANK || code === DELETE) return -at;
  }
  return -line.length;
}

function afterBlanks(line: string, at: number): number {
  let colon = at + 1;
  while (line.charCodeAt(colon) === BLANK || line.charCodeAt(colon) === TAB) colon++;
  if (line.charCodeAt(colon) === COLON) return colon + 1;
  return isFromLine(line) ? FROM.length : -(at + 1);
}

const COLON = 0x3a;
const BLANK = 0x20;
const TAB = 0x09;
const DELETE = 0x7f;
