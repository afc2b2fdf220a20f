/** Fields of a head that somebody asked for: what the index keeps of them, and how they are answered. */
import {withCrlf} from './line-ends.ts';

/** Name in lower case; the field whole, line ends as CRLF, or nothing of a field that the message has not. */
export type KeptField = readonly [name: string, bytes: Buffer];

export interface KeptFields {
  /** In the order of the message, those it has not at the end. */
  readonly fields: readonly KeptField[];
  /** Each line of the head belongs to a field, and an empty line ends it: fields are what BODY[HEADER.FIELDS] is made of. */
  readonly isClean: boolean;
}

export function keptFieldsOf(rawHead: Buffer, names: readonly string[]): KeptFields {
  const head = withCrlf(rawHead);
  const found: KeptField[] = [];
  const missing = new Set(names);
  let isClean = !STRAY.test(head.toString('latin1')) && (head.length === 2 || head.subarray(-4).equals(HEAD_END));
  for (let at = 0; at < head.length;) {
    const end = endOfField(head, at);
    const colon = head.indexOf(COLON, at);
    const isField = colon > at && colon < end;
    if (isField) {
      const text = head.toString('latin1', at, colon);
      const name = text.trimEnd().toLowerCase();
      isClean &&= FIELD_NAME.test(text);
      if (names.includes(name)) found.push([name, head.subarray(at, end)]);
      missing.delete(name);
    } else isClean &&= end === head.length && end - at === 2;
    at = end;
  }
  return {fields: [...found, ...Array.from(missing, (name): KeptField => [name, NOTHING])], isClean};
}

/** By name, several of one joined. */
export function fieldsByName({fields}: KeptFields): Map<string, Buffer> {
  const byName = new Map<string, Buffer>();
  for (const [name, bytes] of fields) {
    const before = byName.get(name);
    byName.set(name, before === undefined ? bytes : Buffer.concat([before, bytes]));
  }
  return byName;
}

/** Those of these names together; undefined: the message has to be asked. */
export function joinedFields({fields, isClean}: KeptFields, names: readonly string[]): Buffer | undefined {
  if (!isClean) return undefined;
  return Buffer.concat(fields.filter(([name]) => names.includes(name)).map(([, bytes]) => bytes));
}

export function haveAll({fields}: KeptFields, names: readonly string[]): boolean {
  return names.every(name => fields.some(([known]) => known === name));
}

/** Behind the line end that no blank follows. */
export function endOfField(head: Buffer, from: number): number {
  for (let at = head.indexOf(LF, from); at >= 0; at = head.indexOf(LF, at + 1)) {
    const next = head[at + 1];
    if (next !== SPACE && next !== TAB) return at + 1;
  }
  return head.length;
}

const FIELD_NAME = /^[!-9;-~]+$/;
const STRAY = new RegExp('\\0|\\r(?!\\n)');
const NOTHING = Buffer.alloc(0);
const HEAD_END = Buffer.from('\r\n\r\n');
const LF = 0x0a;
const COLON = 0x3a;
const SPACE = 0x20;
const TAB = 0x09;
