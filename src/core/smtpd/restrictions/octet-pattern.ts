/**
 * The filter behind the name of a DNS list: `zone=127.0.0.2`, `zone=127.0.[0;2].[1..10;20]` (postconf(5)
 * reject_rbl_client). Each of four fields is a number, or a list of numbers and ranges in brackets.
 */
export type OctetPattern = readonly (readonly (readonly [from: number, to: number])[])[];

const MAX_LENGTH = 255;

/** Answers undefined for what is no such pattern. */
export function parseOctetPattern(text: string): OctetPattern | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const fields = splitFields(text);
  if (fields.length !== 4) return undefined;
  const parsed = fields.map(parseField);
  return parsed.every(field => field !== undefined) ? parsed : undefined;
}

export function matchesPattern(pattern: OctetPattern, address: string): boolean {
  const octets = address.split('.').map(Number);
  return pattern.every((ranges, at) => ranges.some(([from, to]) => isBetween(octets[at] ?? -1, from, to)));
}

function isBetween(value: number, from: number, to: number): boolean {
  return from <= value && value <= to;
}

/** At dots outside brackets. */
function splitFields(text: string): string[] {
  const fields = [''];
  let isInside = false;
  for (const character of text) {
    if (character === '[') isInside = true;
    if (character === ']') isInside = false;
    if (character === '.' && !isInside) fields.push('');
    else fields[fields.length - 1] += character;
  }
  return fields;
}

function parseField(field: string): (readonly [number, number])[] | undefined {
  const isList = field.startsWith('[') && field.endsWith(']');
  const parts = isList ? field.slice(1, -1).split(';') : [field];
  const ranges: (readonly [number, number])[] = [];
  for (const part of parts) {
    const [, first, last] = /^(\d{1,3})(?:\.\.(\d{1,3}))?$/.exec(part) ?? [];
    if (first === undefined || (last !== undefined && !isList)) return undefined;
    const range = [Number(first), Number(last ?? first)] as const;
    if (range[0] > range[1] || range[1] > 255) return undefined;
    ranges.push(range);
  }
  return ranges;
}
