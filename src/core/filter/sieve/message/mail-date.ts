/** The date of a header field (RFC 5322 section 3.3, obsolete forms too); undefined when it is none. */
export interface MailDate {
  readonly seconds: number;
  /** The sender's zone. */
  readonly zoneMinutes: number;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const ZONES: ReadonlyMap<string, number> = new Map([
  ['ut', 0],
  ['utc', 0],
  ['gmt', 0],
  ['est', -300],
  ['edt', -240],
  ['cst', -360],
  ['cdt', -300],
  ['mst', -420],
  ['mdt', -360],
  ['pst', -480],
  ['pdt', -420],
]);

const FORM =
  /^(?:[A-Za-z]{3,9}\s*,?)?\s*([0-9]{1,2})\s+([A-Za-z]{3})[a-z]*\s+([0-9]{2,4})\s+([0-9]{1,2})\s*:\s*([0-9]{1,2})(?:\s*:\s*([0-9]{1,2}))?(?:\s*([+-][0-9]{4}|[A-Za-z]{1,5}))?\s*$/;
const MAX_LENGTH = 200;

export function parseMailDate(value: string): MailDate | undefined {
  const text = withoutComments(value.slice(0, MAX_LENGTH)).trim();
  const found = FORM.exec(text);
  if (found === null) return undefined;
  const [, day = '', month = '', year = '', hour = '', minute = '', second = '0', zone = '+0000'] = found;
  const monthIndex = MONTHS.indexOf(month.toLowerCase());
  if (monthIndex < 0) return undefined;
  const zoneMinutes = zoneOf(zone);
  const local = Date.UTC(fullYear(year), monthIndex, Number(day), Number(hour), Number(minute), Number(second));
  if (Number(day) < 1 || Number(day) > 31 || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60)
    return undefined;
  return {seconds: local / 1000 - zoneMinutes * 60, zoneMinutes};
}

/** RFC 5322 section 4.3: two digits up to 49 are of this century, three count from 1900. */
function fullYear(digits: string): number {
  const year = Number(digits);
  if (digits.length === 2) return year < 50 ? 2000 + year : 1900 + year;
  return digits.length === 3 ? 1900 + year : year;
}

function zoneOf(zone: string): number {
  const named = ZONES.get(zone.toLowerCase());
  if (named !== undefined) return named;
  if (!/^[+-]/.test(zone)) return 0; // RFC 5322 section 4.3: unknown letters mean -0000
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3));
  return zone.startsWith('-') ? -minutes : minutes;
}

function withoutComments(text: string): string {
  let out = '';
  let depth = 0;
  for (const character of text)
    if (character === '(') depth++;
    else if (character === ')') depth = Math.max(0, depth - 1);
    else if (depth === 0) out += character;
  return out;
}
