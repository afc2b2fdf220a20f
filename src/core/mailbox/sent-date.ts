/**
 * The Date of a message (RFC 5322 section 3.3, obsolete forms of 4.3 included) in milliseconds since 1970; undefined for
 * what is no date. Comments are passed over.
 */
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** Hours, of the zones that have names. */
const ZONES: ReadonlyMap<string, number> = new Map([
  ['ut', 0],
  ['utc', 0],
  ['gmt', 0],
  ['edt', -4],
  ['est', -5],
  ['cdt', -5],
  ['cst', -6],
  ['mdt', -6],
  ['mst', -7],
  ['pdt', -7],
  ['pst', -8],
]);
const LONGEST = 200;

export function parseMailDate(text: string): number | undefined {
  const words = withoutComments(text.slice(0, LONGEST)).toLowerCase().replaceAll(',', ' ').split(/\s+/).filter(Boolean);
  if (/^[a-z]+$/.test(words[0] ?? '')) words.shift(); // the day of the week
  const [day = '', month = '', year = '', time = '', zone = ''] = words;
  const clock = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?$/.exec(time);
  const monthIndex = MONTHS.indexOf(month.slice(0, 3));
  if (!/^\d{1,2}$/.test(day) || !/^\d{2,4}$/.test(year) || monthIndex < 0 || clock === null) return undefined;
  const [hours, minutes, seconds] = clock.slice(1).map(part => Number(part ?? 0));
  const date = Date.UTC(fullYear(year), monthIndex, Number(day), hours, minutes, seconds);
  return Number.isNaN(date) ? undefined : date - zoneMs(zone);
}

function fullYear(year: string): number {
  const number = Number(year);
  if (year.length === 2) return number < 50 ? 2000 + number : 1900 + number;
  return year.length === 3 ? 1900 + number : number;
}

/** An unknown zone counts as UTC, as RFC 5322 has it. */
function zoneMs(zone: string): number {
  const offset = /^([+-])(\d{2})(\d{2})$/.exec(zone);
  if (offset === null) return (ZONES.get(zone) ?? 0) * 3_600_000;
  const ms = (Number(offset[2]) * 60 + Number(offset[3])) * 60_000;
  return offset[1] === '-' ? -ms : ms;
}

function withoutComments(text: string): string {
  let out = '';
  let depth = 0;
  for (const letter of text) {
    if (letter === '(') depth++;
    else if (letter === ')' && depth > 0) depth--;
    else if (depth === 0) out += letter;
  }
  return out;
}
