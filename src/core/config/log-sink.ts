/**
 * Where the log goes, as main.cf says: maillog_file (a file, or /dev/stdout for the daemon), else for the system's
 * instance the syslog daemon or, where none listens, /var/log/mail.log; an instance of its own has var/log/mail.log.
 * posthorn_log_format makes JSON lines of it; posthorn_json_log_file has them besides.
 */
import {BackgroundFileWriter, SyncFileWriter, type LineWriter} from '../log/file-sink.ts';
import {jsonLine} from '../log/json-line.ts';
import type {LogRecord, LogSink} from '../log/log.ts';
import {MaillogFormat, tagger, type TagOf} from '../log/maillog-line.ts';
import {openSyslog, type Syslog} from '../log/syslog-writer.ts';
import type {Config} from './config.ts';

/** A sink with an end. */
export interface OpenSink extends LogSink {
  reopen(): void;
  flush(): Promise<void>;
  end(): void;
}

/** For a tool: each line is written at once. */
export function sinkFor(config: Config, tagOf?: TagOf): OpenSink {
  return makeSink(config, false, tagOf);
}

/** For the daemon: writes in the background; /dev/stdout is its own standard output. */
export function daemonSinkFor(config: Config): OpenSink {
  return makeSink(config, true, undefined);
}

/** The file lines go to: undefined for syslog, `/dev/stdout` for standard output. */
export function logFile(config: Config): string | undefined {
  const file = config.get('maillog_file');
  if (file !== '') return file;
  return config.root === '/' ? undefined : `${config.root}/var/log/mail.log`;
}

function makeSink(config: Config, isDaemon: boolean, tagOf = tagger(config.get('syslog_name'))): OpenSink {
  const format = new MaillogFormat(config.get('myhostname'), tagOf);
  const isJson = config.get('posthorn_log_format') === 'json';
  const render = isJson ? jsonLine : (record: LogRecord): string => format.line(record);
  const file = logFile(config);
  const syslog = file === undefined ? openSyslog(config.get('syslog_facility')) : undefined;
  const sinks: OpenSink[] = [];
  if (syslog !== undefined) sinks.push(syslogSink(syslog, format));
  else sinks.push(fileSink(file ?? '/var/log/mail.log', isDaemon, render));
  const extra = config.get('posthorn_json_log_file');
  if (extra !== '') sinks.push(fileSink(extra, isDaemon, jsonLine));
  return join(sinks);
}

type Render = (record: LogRecord) => string;

function fileSink(path: string, isDaemon: boolean, render: Render): OpenSink {
  const writer = makeWriter(path, isDaemon, render);
  return {
    write: record => writer.writeLine(render(record)),
    reopen: () => writer.reopen(),
    flush: () => writer.flush(),
    end: () => writer.end(),
  };
}

function makeWriter(path: string, isDaemon: boolean, render: Render): LineWriter {
  const isStdout = path === '/dev/stdout';
  if (!isDaemon) return isStdout ? NOWHERE : new SyncFileWriter(path);
  return new BackgroundFileWriter(isStdout ? undefined : path, (count, why) => render(lostRecord(count, why)));
}

/** A tool's standard output is not the log; what it has to say is on its standard error. */
const NOWHERE: LineWriter = {writeLine() {}, reopen() {}, async flush() {}, end() {}};

function lostRecord(count: number, why: string): LogRecord {
  const text = `${count} log line(s) lost: ${why}`;
  const fields = {severity: 'warning', text} as const;
  return {time: Date.now(), program: 'postlogd', pid: process.pid, severity: 'warning', event: 'message', fields, text};
}

function syslogSink(syslog: Syslog, format: MaillogFormat): OpenSink {
  return {
    write: record => void syslog.send(record, format.body(record)),
    reopen() {},
    async flush() {},
    end: () => syslog.close(),
  };
}

function join(sinks: readonly OpenSink[]): OpenSink {
  const [only] = sinks;
  if (sinks.length === 1 && only !== undefined) return only;
  return {
    write: record => sinks.forEach(sink => sink.write(record)),
    reopen: () => sinks.forEach(sink => sink.reopen()),
    flush: async () => void (await Promise.all(sinks.map(sink => sink.flush()))),
    end: () => sinks.forEach(sink => sink.end()),
  };
}
