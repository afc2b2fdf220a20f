/**
 * A log record as Dovecot writes it: `Nov 24 19:27:52 imap-login: Info: Login: ...` in a file of its own (log_path),
 * `dovecot: imap-login: Login: ...` for syslog and for the instance's mail.log, where info has no word.
 */
import {strftime} from '../base/strftime.ts';
import type {Severity} from './events.ts';
import type {LogRecord} from './log.ts';
import {printable} from './maillog-line.ts';

/** The program is Dovecot's prefix: `master`, `imap-login`, `imap(user)<pid><session>`. */
export type DovecotRender = (record: LogRecord) => string;

/** For a file: `timestamp` is log_timestamp. */
export function fileRender(timestamp: string): DovecotRender {
  let second = NaN;
  let stamp = '';
  return record => {
    const now = Math.floor(record.time / 1000);
    if (now !== second) stamp = strftime(timestamp, new Date((second = now) * 1000));
    return `${stamp}${record.program}: ${WORDS[record.severity]}: ${shown(record)}\n`;
  };
}

/** As the system's log daemon writes it into its file. */
export function maillogRender(instanceName: string, hostName: string): DovecotRender {
  const host = hostName.replace(/\..*/s, '');
  const stamped = fileRender('%b %d %H:%M:%S ');
  const stampWidth = 16;
  return record => `${stamped(record).slice(0, stampWidth)}${host} ${syslogBody(instanceName, record)}\n`;
}

/** What goes to the log daemon, without time and host. */
export function syslogBody(instanceName: string, record: LogRecord): string {
  const word = record.severity === 'info' ? '' : `${WORDS[record.severity]}: `;
  return `${instanceName}: ${record.program}: ${word}${shown(record)}`;
}

const WORDS: Readonly<Record<Severity, string>> = {
  info: 'Info',
  warning: 'Warning',
  error: 'Error',
  fatal: 'Fatal',
  panic: 'Panic',
};

/** Foreign text can't forge a line. */
function shown({text}: LogRecord): string {
  return printable(text).slice(0, TEXT_LIMIT_BYTES);
}

/** Of one line; Dovecot's own lines are cut at 8 KiB by its log process. */
const TEXT_LIMIT_BYTES = 8000;
