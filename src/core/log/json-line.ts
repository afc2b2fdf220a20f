/**
 * A log record as one line of JSON: time (ISO 8601), program, pid, severity, event, then the event's own fields under
 * their names in log/events.ts, and the maillog text. Byte strings become text; what is no UTF-8 becomes U+FFFD.
 */
import {toByteString, toText} from '../base/bytes.ts';
import type {LogRecord} from './log.ts';

/** The line with its newline, UTF-8 as a byte string. */
export function jsonLine(record: LogRecord): string {
  const {time, program, pid, severity, event, fields, text} = record;
  const plain = event === 'message' ? {} : (asText(fields) as object); // an object comes out as an object
  const line = {time: new Date(time).toISOString(), program, pid, severity, event, ...plain, text: toText(text)};
  return toByteString(`${JSON.stringify(line)}\n`);
}

function asText(value: unknown): unknown {
  if (typeof value === 'string') return toText(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asText(inner)]));
}
