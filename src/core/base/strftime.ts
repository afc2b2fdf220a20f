/** strftime(3) in the C locale and the zone of the process. An unknown conversion stays as it is. */
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const DAY_MILLISECONDS = 86_400_000;

export function strftime(template: string, date: Date): string {
  return template.replace(/%[EO]?([^])/g, (whole, letter: string) => CONVERSIONS.get(letter)?.(date) ?? whole);
}

const CONVERSIONS: ReadonlyMap<string, (date: Date) => string> = new Map([
  ['a', (date: Date) => dayName(date).slice(0, 3)],
  ['A', (date: Date) => dayName(date)],
  ['b', (date: Date) => monthName(date).slice(0, 3)],
  ['B', (date: Date) => monthName(date)],
  ['c', (date: Date) => strftime('%a %b %e %H:%M:%S %Y', date)],
  ['C', (date: Date) => padded(Math.floor(date.getFullYear() / 100))],
  ['d', (date: Date) => padded(date.getDate())],
  ['D', (date: Date) => strftime('%m/%d/%y', date)],
  ['e', (date: Date) => padded(date.getDate(), 2, ' ')],
  ['F', (date: Date) => strftime('%Y-%m-%d', date)],
  ['G', (date: Date) => String(isoWeek(date).year)],
  ['g', (date: Date) => padded(isoWeek(date).year % 100)],
  ['h', (date: Date) => monthName(date).slice(0, 3)],
  ['H', (date: Date) => padded(date.getHours())],
  ['I', (date: Date) => padded(hourOfHalfDay(date))],
  ['j', (date: Date) => padded(dayOfYear(date) + 1, 3)],
  ['k', (date: Date) => padded(date.getHours(), 2, ' ')],
  ['l', (date: Date) => padded(hourOfHalfDay(date), 2, ' ')],
  ['m', (date: Date) => padded(date.getMonth() + 1)],
  ['M', (date: Date) => padded(date.getMinutes())],
  ['n', () => '\n'],
  ['p', (date: Date) => (date.getHours() < 12 ? 'AM' : 'PM')],
  ['P', (date: Date) => (date.getHours() < 12 ? 'am' : 'pm')],
  ['r', (date: Date) => strftime('%I:%M:%S %p', date)],
  ['R', (date: Date) => strftime('%H:%M', date)],
  ['s', (date: Date) => String(Math.floor(date.getTime() / 1000))],
  ['S', (date: Date) => padded(date.getSeconds())],
  ['t', () => '\t'],
  ['T', (date: Date) => strftime('%H:%M:%S', date)],
  ['u', (date: Date) => String(date.getDay() || 7)],
  ['U', (date: Date) => padded(Math.floor((dayOfYear(date) + 7 - date.getDay()) / 7))],
  ['V', (date: Date) => padded(isoWeek(date).week)],
  ['w', (date: Date) => String(date.getDay())],
  ['W', (date: Date) => padded(Math.floor((dayOfYear(date) + 7 - ((date.getDay() + 6) % 7)) / 7))],
  ['x', (date: Date) => strftime('%m/%d/%y', date)],
  ['X', (date: Date) => strftime('%H:%M:%S', date)],
  ['y', (date: Date) => padded(date.getFullYear() % 100)],
  ['Y', (date: Date) => String(date.getFullYear())],
  ['z', zoneOffset],
  ['%', () => '%'],
]);

function padded(value: number, width = 2, fill = '0'): string {
  return String(value).padStart(width, fill);
}

function dayName(date: Date): string {
  return DAYS[date.getDay()] ?? '';
}

function monthName(date: Date): string {
  return MONTHS[date.getMonth()] ?? '';
}

function hourOfHalfDay(date: Date): number {
  return date.getHours() % 12 || 12;
}

/** From 0; calendar days, whatever the clock did in between. */
function dayOfYear(date: Date): number {
  const day = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((day - Date.UTC(date.getFullYear(), 0, 1)) / DAY_MILLISECONDS);
}

/** ISO 8601: the week, and the year, of that week's Thursday. */
function isoWeek(date: Date): {year: number; week: number} {
  const sinceMonday = (date.getDay() + 6) % 7;
  const thursday = new Date(date.getFullYear(), date.getMonth(), date.getDate() - sinceMonday + 3);
  return {year: thursday.getFullYear(), week: Math.floor(dayOfYear(thursday) / 7) + 1};
}

function zoneOffset(date: Date): string {
  const minutesEast = -date.getTimezoneOffset();
  const minutes = Math.abs(minutesEast);
  return `${minutesEast < 0 ? '-' : '+'}${padded(Math.floor(minutes / 60))}${padded(minutes % 60)}`;
}
