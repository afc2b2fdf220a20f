/**
 * A log record as its maillog line: `Nov 04 05:16:28 mail postfix/smtp[26756]: warning: text`.
 *
 * The day is zero padded and the time is local, as Postfix's postlogd(8) writes them; the host is the first part
 * of $myhostname. Severity is a word in the text, and info has none.
 */
import type {LogRecord} from './log.ts';

/** Longer text is cut; seen: Postfix 3.7.11, whatever the length of the tag. */
const TEXT_LIMIT_BYTES = 2000;

/** Makes the text before `[pid]` from a record's program. */
export type TagOf = (program: string) => string;

/** `postfix/qmgr`; the program that is called as the log itself is (`postfix`) stands alone. */
export function tagger(syslogName: string): TagOf {
  const tags = new Map<string, string>([['postfix', syslogName]]);
  return program => {
    let tag = tags.get(program);
    if (tag === undefined) tags.set(program, (tag = `${syslogName}/${program}`));
    return tag;
  };
}

export class MaillogFormat {
  readonly #host: string;
  readonly #tagOf: TagOf;
  #second = NaN;
  #stamp = '';

  constructor(hostName: string, tagOf: TagOf) {
    this.#host = hostName.replace(/\..*/s, '');
    this.#tagOf = tagOf;
  }

  /** The line with its newline, a byte string. */
  line(record: LogRecord): string {
    return `${this.#stampOf(record.time)} ${this.#host} ${this.body(record)}\n`;
  }

  /** The line from the tag on. */
  body(record: LogRecord): string {
    return `${this.#tagOf(record.program)}[${record.pid}]: ${severityWord(record)}${printable(record.text).slice(0, TEXT_LIMIT_BYTES)}`;
  }

  #stampOf(time: number): string {
    const second = Math.floor(time / 1000);
    if (second === this.#second) return this.#stamp;
    this.#second = second;
    this.#stamp = formatStamp(new Date(time));
    return this.#stamp;
  }
}

function severityWord(record: LogRecord): string {
  return record.severity === 'info' ? '' : `${record.severity}: `;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function formatStamp(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${MONTHS[date.getMonth()]} ${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Control characters and bytes that are no UTF-8 become `?`, so that nothing foreign can forge or break a line. */
export function printable(text: string, substitute = '?'): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  const bytes = Buffer.from(text, 'latin1');
  let out = '';
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    out += length === 0 ? substitute : bytes.toString('latin1', at, at + length);
    at += Math.max(length, 1);
  }
  return out;
}

/** Length of the printable character at an offset: 0 for a control character or a byte outside UTF-8 (RFC 3629). */
function sequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return first >= 0x20 && first < 0x7f ? 1 : 0;
  const length =
    first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  for (let i = 1; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  const second = bytes[at + 1] ?? 0;
  const isOverlong = (first === 0xe0 && second < 0xa0) || (first === 0xf0 && second < 0x90);
  const isBeyond = (first === 0xed && second > 0x9f) || (first === 0xf4 && second > 0x8f);
  return isOverlong || isBeyond ? 0 : length;
}
