/** The parts of a date (RFC 5260 section 4.2) as text, in a time zone given in minutes east. */
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `utc` holds the local time's figures in its UTC fields. */
type Part = (utc: Date, zoneMinutes: number) => string;

const PARTS: readonly (readonly [name: string, part: Part])[] = [
  ['year', utc => pad(utc.getUTCFullYear(), 4)],
  ['month', utc => pad(utc.getUTCMonth() + 1)],
  ['day', utc => pad(utc.getUTCDate())],
  ['date', dateOf],
  ['julian', utc => String(Math.floor(utc.getTime() / 86_400_000) + 40_587)],
  ['hour', utc => pad(utc.getUTCHours())],
  ['minute', utc => pad(utc.getUTCMinutes())],
  ['second', utc => pad(utc.getUTCSeconds())],
  ['time', timeOf],
  ['iso8601', (utc, zone) => `${dateOf(utc)}T${timeOf(utc)}${isoZone(zone)}`],
  [
    'std11',
    (utc, zone) =>
      `${DAYS[utc.getUTCDay()]}, ${pad(utc.getUTCDate())} ${MONTHS[utc.getUTCMonth()]} ${pad(utc.getUTCFullYear(), 4)} ${timeOf(utc)} ${zoneText(zone)}`,
  ],
  ['zone', (_utc, zone) => zoneText(zone)],
  ['weekday', utc => String(utc.getUTCDay())],
];

export const DATE_PARTS: ReadonlyMap<string, Part> = new Map(PARTS);

export function datePart(seconds: number, zoneMinutes: number, part: string): string | undefined {
  return DATE_PARTS.get(part.toLowerCase())?.(new Date((seconds + zoneMinutes * 60) * 1000), zoneMinutes);
}

function dateOf(utc: Date): string {
  return `${pad(utc.getUTCFullYear(), 4)}-${pad(utc.getUTCMonth() + 1)}-${pad(utc.getUTCDate())}`;
}

function timeOf(utc: Date): string {
  return `${pad(utc.getUTCHours())}:${pad(utc.getUTCMinutes())}:${pad(utc.getUTCSeconds())}`;
}

function pad(value: number, length = 2): string {
  return String(value).padStart(length, '0');
}

function zoneText(minutes: number): string {
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}${pad(size % 60)}`;
}

function isoZone(minutes: number): string {
  if (minutes === 0) return 'Z';
  const text = zoneText(minutes);
  return `${text.slice(0, 3)}:${text.slice(3)}`;
}

/** `+hhmm` or `-hhmm` in minutes. */
export function parseZone(text: string): number | undefined {
  const [, sign, hours = '', minutes = ''] = /^([+-])([0-9]{2})([0-9]{2})$/.exec(text) ?? [];
  if (sign === undefined) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
