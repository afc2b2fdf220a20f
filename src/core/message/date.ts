/**
 * Dates of mail headers (RFC 5322 section 3.3) in the zone of the process, as Postfix writes them:
 * `Tue, 24 Nov 2026 05:17:06 +0000 (UTC)`.
 */
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

let lastSeconds = NaN;
let lastDate = '';

/** The same second is asked for again and again under load, so the last answer is kept. */
export function formatMailDate(seconds: number): string {
  if (seconds !== lastSeconds) {
    lastDate = format(new Date(seconds * 1000));
    lastSeconds = seconds;
  }
  return lastDate;
}

function format(date: Date): string {
  const day = `${DAYS[date.getDay()]}, ${String(date.getDate()).padStart(2)} ${MONTHS[date.getMonth()]}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${date.getFullYear()} ${time} ${zoneOffset(-date.getTimezoneOffset())} (${zoneName(date)})`;
}

function zoneOffset(minutesEast: number): string {
  const minutes = Math.abs(minutesEast);
  return `${minutesEast < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
}

/** What strftime(3) `%Z` prints; Node spells only some zones' names as the C library does. */
function zoneName(date: Date): string {
  const inBrackets = /\(([^)]*)\)$/.exec(date.toString())?.[1] ?? '';
  if (inBrackets === 'Coordinated Universal Time') return 'UTC';
  const initials = inBrackets.split(' ').map(word => word.charAt(0));
  return KNOWN_ZONES.get(inBrackets) ?? (initials.length > 1 ? initials.join('') : inBrackets);
}

/** Where the initials are not what the zone database says. */
const KNOWN_ZONES: ReadonlyMap<string, string> = new Map([
  ['Central European Standard Time', 'CET'],
  ['Central European Summer Time', 'CEST'],
  ['Eastern European Standard Time', 'EET'],
  ['Eastern European Summer Time', 'EEST'],
  ['Western European Standard Time', 'WET'],
  ['Western European Summer Time', 'WEST'],
  ['Greenwich Mean Time', 'GMT'],
  ['Irish Standard Time', 'IST'],
  ['India Standard Time', 'IST'],
  ['Japan Standard Time', 'JST'],
  ['Korean Standard Time', 'KST'],
  ['China Standard Time', 'CST'],
  ['Hong Kong Standard Time', 'HKT'],
  ['Moscow Standard Time', 'MSK'],
  ['Australian Eastern Standard Time', 'AEST'],
  ['Australian Eastern Daylight Time', 'AEDT'],
  ['Australian Central Standard Time', 'ACST'],
  ['Australian Western Standard Time', 'AWST'],
  ['New Zealand Standard Time', 'NZST'],
  ['New Zealand Daylight Time', 'NZDT'],
  ['Israel Standard Time', 'IST'],
  ['Israel Daylight Time', 'IDT'],
]);

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
