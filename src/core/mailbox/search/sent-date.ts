/**
 * The Date field (RFC 5322 section 3.3) as SEARCH SENT... and SORT see it: lenient, and never a fault. What can't be read is the
 * beginning of 1970 (seen).
 */
export interface SentDate {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly minutesEast: number;
}

const NO_DATE: SentDate = {time: 0, minutesEast: 0};

const MONTHS: ReadonlyMap<string, number> = new Map(
  ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'].map((name, month) => [
    name,
    month,
  ]),
);
const ZONES: ReadonlyMap<string, number> = new Map([
  ['EST', -300],
  ['EDT', -240],
  ['CST', -360],
  ['CDT', -300],
  ['MST', -420],
  ['MDT', -360],
  ['PST', -480],
  ['PDT', -420],
]);
const MOST_BYTES = 256;

/** `field` is the whole field, or several. */
export function sentDate(field: Buffer | undefined): SentDate {
  if (field === undefined || field.length === 0) return NO_DATE;
  const text = field.toString('latin1', 0, MOST_BYTES);
  const value = withoutComments(
    text
      .slice(text.indexOf(':') + 1)
      .replace(/\r?\n[ \t]/g, ' ')
      .split(/\r?\n/)[0] ?? '',
  );
  const words = value
    .replace(/,/g, ' ')
    .split(/[ \t]+/)
    .filter(word => word !== '');
  if (words[0] !== undefined && !/^\d/.test(words[0])) words.shift(); // the day of the week
  const [day = '', month = '', year = '', clock = '', zone = ''] = words;
  const number = MONTHS.get(month.toLowerCase().slice(0, 3));
  const [hours = NaN, minutes = NaN, seconds = 0] = clock.split(/[:.]/).map(Number);
  if (number === undefined || !/^\d{1,2}$/.test(day) || !/^\d{2,4}$/.test(year)) return NO_DATE;
  if (!(hours <= 23 && minutes <= 59 && seconds <= 60)) return NO_DATE;
  const minutesEast = zoneMinutes(zone);
  const time = Date.UTC(fullYear(year), number, Number(day), hours, minutes, seconds) - minutesEast * 60_000;
  return {time, minutesEast};
}

function fullYear(text: string): number {
  const year = Number(text);
  if (text.length > 3) return year;
  return text.length === 3 || year >= 70 ? 1900 + year : 2000 + year;
}

function zoneMinutes(zone: string): number {
  const match = /^([+-])(\d{2})(\d{2})/.exec(zone);
  if (match === null) return ZONES.get(zone.toUpperCase()) ?? 0;
  return (Number(match[2]) * 60 + Number(match[3])) * (match[1] === '-' ? -1 : 1);
}

function withoutComments(text: string): string {
  let depth = 0;
  let out = '';
  for (const character of text) {
    if (character === '(') depth++;
    else if (character === ')' && depth > 0) depth--;
    else if (depth === 0) out += character;
  }
  return out;
}
