/**
 * The Date field (RFC 5322 section 3.3) as Dovecot reads it, for SENTBEFORE and the like, SORT and THREAD. Undefined when it can't
 * be read; a zone that can't be read is UTC.
 */
import {BROKEN, END, FieldReader, OK, type Progress} from './field-reader.ts';

export interface SentDate {
  /** Since 1970. */
  readonly seconds: number;
  readonly zoneMinutes: number;
}

export function parseSentDate(value: string): SentDate | undefined {
  const reader = new FieldReader(value);
  if (reader.skipBlanks() !== OK) return undefined;
  const day = readDay(reader);
  const month = MONTHS.indexOf(readWord(reader).slice(0, 3).toLowerCase());
  const year = readYear(reader);
  if (day === undefined || month < 0 || month % 3 !== 0 || year === undefined) return undefined;
  const time = readTime(reader);
  if (time === undefined) return undefined;
  const local = Date.UTC(year, month / 3, day, time.hour, time.minute, Math.min(time.second, 59)) / 1000;
  if (new Date(local * 1000).getUTCDate() !== day) return undefined; // 31 February
  const zoneMinutes = time.hasMore ? readZone(reader) : 0;
  return zoneMinutes === undefined ? undefined : {seconds: local - zoneMinutes * 60, zoneMinutes};
}

/** Perhaps the day of the week before it, of three characters. */
function readDay(reader: FieldReader): number | undefined {
  let word = readWord(reader);
  if (word.length === 3 && reader.peek() === COMMA) {
    reader.at++;
    reader.skipBlanks();
    word = readWord(reader);
  }
  return word.length <= 2 ? number(word) : undefined;
}

function readYear(reader: FieldReader): number | undefined {
  const word = readWord(reader);
  const year = number(word);
  if (year === undefined || (word.length !== 2 && word.length !== 4)) return undefined;
  if (word.length === 2) return year < 70 ? 2000 + year : 1900 + year;
  return year < 1900 ? undefined : year;
}

interface Time {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly hasMore: boolean;
}

/** `hh:mm` or `hh:mm:ss`, with dots if they like. */
function readTime(reader: FieldReader): Time | undefined {
  const words: string[] = [];
  let progress: Progress = OK;
  for (;;) {
    progress = reader.readAtom();
    words.push(reader.takeText());
    if (progress === BROKEN) return undefined;
    if (progress === END || words.length === 3 || (reader.peek() !== COLON && reader.peek() !== DOT)) break;
    reader.at++;
    reader.skipBlanks();
  }
  const [hour, minute, second] = words.map(number);
  if (words.length < 2 || hour === undefined || minute === undefined || (words[0] ?? '').length > 2) return undefined;
  if (words.slice(1).some(word => word.length !== 2) || (words.length === 3 && second === undefined)) return undefined;
  if (hour > 23 || minute > 59 || (second ?? 0) > 60) return undefined;
  return {hour, minute, second: second ?? 0, hasMore: progress === OK};
}

/** `+0200` or a name; undefined when something else follows. */
function readZone(reader: FieldReader): number | undefined {
  if (reader.readAtom() === BROKEN) return undefined;
  const zone = reader.takeText();
  const sign = zone.charAt(0);
  if (zone.length === 5 && (sign === '+' || sign === '-')) {
    const [hours, minutes] = [number(zone.slice(1, 3)), number(zone.slice(3))];
    if (hours === undefined || minutes === undefined) return 0;
    return (sign === '-' ? -1 : 1) * (hours * 60 + minutes);
  }
  if (zone.length === 1) return militaryZone(zone);
  return (NAMED_ZONES.get(zone) ?? 0) * 60;
}

/** RFC 822 section 5.1. */
function militaryZone(letter: string): number {
  const east = 'ABCDEFGHIKLM'.indexOf(letter.toUpperCase());
  const west = 'NOPQRSTUVWXY'.indexOf(letter.toUpperCase());
  return (east >= 0 ? east + 1 : west >= 0 ? -west - 1 : 0) * 60;
}

function readWord(reader: FieldReader): string {
  reader.readAtom();
  return reader.takeText();
}

function number(word: string): number | undefined {
  if (word === '') return undefined;
  for (let i = 0; i < word.length; i++) if (word.charCodeAt(i) < 0x30 || word.charCodeAt(i) > 0x39) return undefined;
  return Number(word);
}

const MONTHS = 'janfebmaraprmayjunjulaugsepoctnovdec';
/** Hours. */
const NAMED_ZONES: ReadonlyMap<string, number> = new Map([
  ['EST', -5],
  ['EDT', -4],
  ['CST', -6],
  ['CDT', -5],
  ['MST', -7],
  ['MDT', -6],
  ['PST', -8],
  ['PDT', -7],
]);
const COMMA = 0x2c;
const COLON = 0x3a;
const DOT = 0x2e;
