/**
 * Values of sieve_* settings: sizes like `1M`, times like `7d`, counts; undefined when there is none or it can't be read:
 * then the default counts, as in the original.
 */
const SIZES: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ['k', 1024],
  ['m', 1024 ** 2],
  ['g', 1024 ** 3],
  ['t', 1024 ** 4],
]);

export function sizeBytes(value: string | undefined): number | undefined {
  const [, digits = '', unit = ''] = /^\s*([0-9]{1,15})\s*([a-z]?)\s*$/i.exec(value ?? '') ?? [];
  const factor = SIZES.get(unit.toLowerCase());
  return digits === '' || factor === undefined ? undefined : Number(digits) * factor;
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
]);

/** In seconds; a bare number counts in `unit`. */
export function duration(value: string | undefined, unit: 's' | 'd'): number | undefined {
  const [, digits = '', letter = ''] = /^\s*([0-9]{1,15})\s*([smhd]?)\s*$/i.exec(value ?? '') ?? [];
  const factor = UNITS.get(letter === '' ? unit : letter.toLowerCase());
  return digits === '' || factor === undefined ? undefined : Number(digits) * factor;
}

/** Seen: `true` and `1` are none of the original's. */
export function isYes(value: string | undefined): boolean {
  return value?.trim().toLowerCase() === 'yes';
}

export function count(value: string | undefined): number | undefined {
  return /^\s*[0-9]{1,10}\s*$/.test(value ?? '') ? Number(value) : undefined;
}
