/** The fields of a header by name, from its bytes (RFC 5322 section 2.2). Values are decoded when they are asked for. */
import {decodeWords} from './decode.ts';
import type {HeaderBlock, RawField} from './message.ts';

export class ParsedHeader implements HeaderBlock {
  readonly fields: readonly RawField[];
  readonly #byName = new Map<string, RawField[]>();
  readonly #raw = new Map<string, readonly string[]>();
  readonly #decoded = new Map<string, readonly string[]>();

  constructor(fields: readonly RawField[]) {
    this.fields = fields;
    for (const field of fields) {
      const key = field.name.toLowerCase();
      const same = this.#byName.get(key);
      if (same === undefined) this.#byName.set(key, [field]);
      else same.push(field);
    }
  }

  values(name: string): readonly string[] {
    const key = name.toLowerCase();
    const known = this.#decoded.get(key);
    if (known !== undefined) return known;
    const values = this.rawValues(name).map(decodeWords);
    this.#decoded.set(key, values);
    return values;
  }

  rawValues(name: string): readonly string[] {
    const key = name.toLowerCase();
    const known = this.#raw.get(key);
    if (known !== undefined) return known;
    const values = (this.#byName.get(key) ?? []).map(fieldValue);
    this.#raw.set(key, values);
    return values;
  }
}

function fieldValue({text}: RawField): string {
  return unfold(text.slice(text.indexOf(':') + 1)).trim();
}

/** A line end and the white space behind it are one blank (RFC 5322 section 2.2.3; Dovecot's way). */
function unfold(text: string): string {
  return text.replace(/\r?\n[ \t]?/g, ' ');
}

/** The fields up to the blank line, and where the body begins. */
export function readHeader(text: string, start = 0, end = text.length): {fields: RawField[]; bodyStart: number} {
  const fields: RawField[] = [];
  let at = start;
  while (at < end) {
    const next = lineEnd(text, at, end);
    if (isBlank(text, at, next)) return {fields, bodyStart: next};
    let stop = next;
    while (stop < end && (text.charAt(stop) === ' ' || text.charAt(stop) === '\t')) stop = lineEnd(text, stop, end);
    const line = text.slice(at, stop);
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trimEnd();
    if (name !== '' && !/[\s]/.test(name)) fields.push({name, text: line});
    at = stop;
  }
  return {fields, bodyStart: end};
}

export function lineEnd(text: string, at: number, end: number): number {
  const newline = text.indexOf('\n', at);
  return newline < 0 || newline >= end ? end : newline + 1;
}

function isBlank(text: string, at: number, next: number): boolean {
  return text.charAt(at) === '\n' || (text.charAt(at) === '\r' && at + 2 === next);
}
