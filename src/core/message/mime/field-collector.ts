/**
 * Puts the lines of a header together to fields (RFC 5322 section 2.2), as Dovecot does: a field's name ends at the colon, blanks
 * before it don't count; a line without a colon is no field and ends nothing.
 */
/** `gap`: the blanks between name and colon. */
export type TakeField = (name: string, value: string, gap: string) => void;

export class FieldCollector {
  readonly #wants: (name: string) => boolean;
  readonly #take: TakeField;
  #name: string | undefined;
  #value = '';
  #gap = '';

  /** `wants` is asked with the name in lower case, '' for lines that are no field; the others are not kept. */
  constructor(wants: (name: string) => boolean, take: TakeField) {
    this.#wants = wants;
    this.#take = take;
  }

  /** A line that isn't blank, as a range without its line end. */
  line(bytes: Buffer, start: number, end: number): void {
    const first = bytes[start];
    if ((first === SPACE || first === TAB) && this.#isOpen) return this.#extend(bytes, start, end);
    this.flush();
    this.#isOpen = true;
    const colon = findColon(bytes, start, end);
    const name = nameBefore(bytes, start, colon);
    if (!this.#wants(name.toLowerCase())) return;
    this.#name = name;
    this.#gap = colon < 0 ? '' : blanksBefore(bytes, start, colon);
    this.#value = bytes.toString('latin1', colon < 0 ? start : colon + 1, Math.min(end, start + MAX_FIELD));
  }

  /** The header is over. */
  flush(): void {
    this.#isOpen = false;
    if (this.#name === undefined) return;
    const name = this.#name;
    const value = this.#value;
    this.#name = undefined;
    this.#value = '';
    this.#take(name, value, this.#gap);
  }

  #isOpen = false;

  /** Line ends inside are kept as a line feed each, whatever they were. */
  #extend(bytes: Buffer, start: number, end: number): void {
    if (this.#name === undefined || this.#value.length >= MAX_FIELD) return;
    this.#value += `\n${bytes.toString('latin1', start, end)}`;
  }
}

/** The name of the field a line begins; empty when it begins none. */
export function fieldNameOf(bytes: Buffer, start: number, end: number): string {
  return nameBefore(bytes, start, findColon(bytes, start, end));
}

function nameBefore(bytes: Buffer, start: number, colon: number): string {
  let stop = Math.max(colon, start);
  while (stop > start && (bytes[stop - 1] === SPACE || bytes[stop - 1] === TAB)) stop--;
  return untilNul(bytes.toString('latin1', start, Math.min(stop, start + MAX_NAME)));
}

function blanksBefore(bytes: Buffer, start: number, end: number): string {
  let at = end;
  while (at > start && (bytes[at - 1] === SPACE || bytes[at - 1] === TAB)) at--;
  return bytes.toString('latin1', at, end);
}

function findColon(bytes: Buffer, start: number, end: number): number {
  for (let i = start; i < end; i++) if (bytes[i] === COLON) return i;
  return -1;
}

/** Seen: Dovecot takes what stands before a NUL for the name. */
function untilNul(name: string): string {
  const nul = name.indexOf('\0');
  return nul < 0 ? name : name.slice(0, nul);
}

/** A field's value without the blanks in front; on a line that has nothing else only the first of them goes. */
export function skipBlanks(value: string): string {
  let start = 0;
  while (isBlank(value.charCodeAt(start))) start++;
  const isOnlyBlanks = start === value.length || value.charCodeAt(start) === LF;
  return value.slice(isOnlyBlanks ? Math.min(start, 1) : start);
}

/** Line ends inside a field's value (a CR alone is one) go where a blank follows, else become one. */
export function unfold(value: string): string {
  if (!value.includes('\n') && !value.includes('\r')) return value;
  let out = '';
  let start = 0;
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code !== LF && code !== CR) continue;
    out += value.slice(start, i);
    start = i + 1;
    const next = value.charCodeAt(start);
    if (start < value.length && next !== LF && next !== CR && !isBlank(next)) out += ' ';
  }
  return out + value.slice(start);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

const SPACE = 0x20;
const LF = 0x0a;
const CR = 0x0d;
const TAB = 0x09;
const COLON = 0x3a;
/** Bytes of a field that are kept. */
const MAX_FIELD = 10_000_000;
const MAX_NAME = 10_000;
