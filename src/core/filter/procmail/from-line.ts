/**
 * The `From ` line that begins a message in a mailbox file: made, replaced or dated anew, as procmail's -f and -d say
 * (procmail(1) OPTIONS and MISCELLANEOUS). Dates are ctime(3)'s.
 */
import {startsWithFrom} from './mail.ts';

const NEWLINE = 0x0a;
const LENGTH_OF_DATE = 25;

export interface FromLineRequest {
  /** What -f says; `-` only dates the line anew. */
  readonly from: string | undefined;
  /** Who runs procmail. */
  readonly invoker: string;
  readonly now: Date;
}

/** The message, made to begin with a `From ` line; leading empty lines go. */
export function withFromLine(message: Buffer, request: FromLineRequest): Buffer {
  const {from, invoker, now} = request;
  const bytes = withoutLeadingNewlines(message);
  const date = `  ${ctime(now)}`;
  const hasLine = startsWithFrom(bytes);
  if (hasLine && from === undefined) return bytes;
  const lineEnd = hasLine ? endOfLine(bytes) : 0;
  const rest = bytes.subarray(lineEnd);
  if (from !== '-' || !hasLine) {
    const who = from === undefined || from === '-' ? invoker : from;
    return Buffer.concat([Buffer.from(`From ${who}${date}`, 'latin1'), rest]);
  }
  const line = bytes.toString('latin1', 0, lineEnd);
  return Buffer.concat([Buffer.from(line.slice(0, dateStart(line)) + date, 'latin1'), rest]);
}

function withoutLeadingNewlines(message: Buffer): Buffer {
  let at = 0;
  while (message[at] === NEWLINE) at++;
  return message.subarray(at);
}

function endOfLine(bytes: Buffer): number {
  const newline = bytes.indexOf(NEWLINE);
  return newline < 0 ? bytes.length : newline + 1;
}

/** Where the date in a `From ` line begins: before the first `HH:MM:SS` from the right, behind the address. */
function dateStart(line: string): number {
  const address = /^From [ \t]*[^ \t\n]*/.exec(line)?.[0].length ?? 5;
  if (/^From {2}/.test(line) && address >= line.length - LENGTH_OF_DATE) return 5;
  const blanks = /^[ \t]*/.exec(line.slice(address))?.[0].length ?? 0;
  if (address + blanks >= line.length - LENGTH_OF_DATE) return address;
  let at = line.length - LENGTH_OF_DATE;
  while (at > address && !(line[at + 13] === ':' && line[at + 16] === ':')) at--;
  let end = at;
  while (end > address && line[end - 1] !== ' ' && line[end - 1] !== '\t') end--;
  while (end > address && (line[end - 1] === ' ' || line[end - 1] === '\t')) end--;
  return end;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Tue Nov 24 19:28:34 2026` and a newline, local time. */
export function ctime(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const day = String(date.getDate()).padStart(2);
  return `${DAYS[date.getDay()] ?? ''} ${MONTHS[date.getMonth()] ?? ''} ${day} ${time} ${date.getFullYear()}\n`;
}
