/** Dates of the protocol (RFC 3501 section 9): `date-time` of APPEND and INTERNALDATE, `date` of SEARCH. */
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const NUMBERS: ReadonlyMap<string, number> = new Map(MONTHS.map((month, number) => [month.toLowerCase(), number]));
const DAY_MS = 86_400_000;

/** ` 1-Feb-2024 03:00:00 +0100` in milliseconds since 1970; undefined: no date. */
export function parseDateTime(text: string): number | undefined {
  const match = /^[ \d]?\d-[A-Za-z]{3}-\d{4} \d{2}:\d{2}:\d{2} [+-]\d{4}$/.exec(text);
  if (match === null) return undefined;
  const [date = '', time = '', zone = ''] = text.trim().split(' ');
  const day = parseDay(date);
  if (day === undefined) return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number);
  if (hours > 23 || minutes > 59 || seconds > 60) return undefined;
  const offset = (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3, 5))) * (zone.startsWith('-') ? -1 : 1);
  return day * DAY_MS + ((hours * 60 + minutes - offset) * 60 + seconds) * 1000;
}

/** `1-Feb-2024` in days since 1970. A day beyond its month counts on (seen: 32-Feb-2024 is a date). */
export function parseDay(text: string): number | undefined {
  const match = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/.exec(text);
  const month = NUMBERS.get((match?.[2] ?? '').toLowerCase());
  if (match === null || month === undefined) return undefined;
  return Math.floor(Date.UTC(Number(match[3]), month, Number(match[1])) / DAY_MS);
}

/** `"24-Nov-2026 19:27:15 +0000"`, in the zone of the process as Dovecot does. */
export function printDateTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  const east = -date.getTimezoneOffset();
  const offset = Math.abs(east);
  const zone = `${east < 0 ? '-' : '+'}${two(Math.floor(offset / 60))}${two(offset % 60)}`;
  const day = `${two(date.getDate())}-${MONTHS[date.getMonth()]}-${date.getFullYear()}`;
  return `"${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} ${zone}"`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
