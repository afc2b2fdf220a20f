/**
 * What the engine writes its log through. A `Log` belongs to one program name (`qmgr`, `local`); a `LogSink` is
 * where lines go: maillog file, standard output, syslog, JSON, or a test's array. Writing never throws and never waits.
 */
import {eventLines, type EventFields, type EventName, type Severity} from './events.ts';

/** One event as it happened, before any rendering. */
export interface LogRecord {
  readonly time: number;
  /** `qmgr`, `smtpd`, `postfix-script`; the line's tag is `postfix/PROGRAM`. */
  readonly program: string;
  readonly pid: number;
  readonly severity: Severity;
  readonly event: EventName;
  readonly fields: EventFields[EventName];
  /** The text after the tag, without severity. */
  readonly text: string;
}

export interface LogSink {
  write(record: LogRecord): void;
}

export class Log {
  readonly program: string;
  readonly #sink: LogSink;

  constructor(program: string, sink: LogSink) {
    this.program = program;
    this.#sink = sink;
  }

  /** The same log under another program's name. */
  as(program: string): Log {
    return program === this.program ? this : new Log(program, this.#sink);
  }

  /** Writes one declared event. */
  event<Name extends EventName>(event: Name, fields: EventFields[Name]): void {
    this.#write('info', event, fields);
  }

  info(text: string): void {
    this.#write('info', 'message', {severity: 'info', text});
  }
  warning(text: string): void {
    this.#write('warning', 'message', {severity: 'warning', text});
  }
  error(text: string): void {
    this.#write('error', 'message', {severity: 'error', text});
  }
  fatal(text: string): void {
    this.#write('fatal', 'message', {severity: 'fatal', text});
  }
  panic(text: string): void {
    this.#write('panic', 'message', {severity: 'panic', text});
  }

  #write<Name extends EventName>(severity: Severity, event: Name, fields: EventFields[Name]): void {
    const text = eventLines[event](fields);
    this.#sink.write({time: Date.now(), program: this.program, pid: process.pid, severity, event, fields, text});
  }
}
