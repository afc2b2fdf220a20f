/**
 * Where mail access logs to, as dovecot.conf says: log_path and info_log_path name files, `syslog` the log daemon;
 * where none of them is set, an instance of its own has var/log/mail.log, in the form the log daemon would write.
 */
import {BackgroundFileWriter, SyncFileWriter, type LineWriter} from '../log/file-sink.ts';
import {type DovecotRender, fileRender, maillogRender, syslogBody} from '../log/dovecot-line.ts';
import type {LogRecord} from '../log/log.ts';
import {openSyslog} from '../log/syslog-writer.ts';
import type {OpenSink} from './log-sink.ts';

export interface DovecotLogPlaces {
  /** log_path; `syslog`, or a file. */
  readonly logPath: string;
  /** info_log_path; '' for where the others go. */
  readonly infoLogPath: string;
  readonly timestamp: string;
  readonly facility: string;
  readonly instanceName: string;
  readonly hostName: string;
  /** Root of the instance. */
  readonly root: string;
}

/** `isDaemon`: writes in the background; else each line at once. */
export function openDovecotSink(places: DovecotLogPlaces, isDaemon: boolean): OpenSink {
  const errors = openPlace(places.logPath, places, isDaemon);
  const infos = places.infoLogPath === '' ? errors : openPlace(places.infoLogPath, places, isDaemon);
  const both = infos === errors ? [errors] : [errors, infos];
  return {
    write: record => (record.severity === 'info' ? infos : errors).write(record),
    reopen: () => both.forEach(sink => sink.reopen()),
    flush: async () => void (await Promise.all(both.map(sink => sink.flush()))),
    end: () => both.forEach(sink => sink.end()),
  };
}

/** The file lines go to, as `doveadm log find` tells it; undefined for the log daemon. */
export function dovecotLogFile(path: string, root: string): string | undefined {
  if (path !== 'syslog') return path;
  return root === '/' ? undefined : `${root}/var/log/mail.log`;
}

function openPlace(path: string, places: DovecotLogPlaces, isDaemon: boolean): OpenSink {
  const {timestamp, facility, instanceName, hostName, root} = places;
  const file = dovecotLogFile(path, root);
  const asMaillog = maillogRender(instanceName, hostName);
  if (file !== undefined) return fileSink(file, isDaemon, path === 'syslog' ? asMaillog : fileRender(timestamp));
  const syslog = openSyslog(facility);
  if (syslog === undefined) return fileSink('/var/log/mail.log', isDaemon, asMaillog);
  return {
    write: record => void syslog.send(record, syslogBody(instanceName, record)),
    reopen() {},
    async flush() {},
    end: () => syslog.close(),
  };
}

function fileSink(path: string, isDaemon: boolean, render: DovecotRender): OpenSink {
  const writer: LineWriter = isDaemon
    ? new BackgroundFileWriter(writable(path), (count, why) => render(lostRecord(count, why)))
    : new SyncFileWriter(path);
  return {
    write: record => writer.writeLine(render(record)),
    reopen: () => writer.reopen(),
    flush: () => writer.flush(),
    end: () => writer.end(),
  };
}

/** undefined is standard output; standard error is where a foreground Dovecot is asked to log to most. */
function writable(path: string): string | undefined {
  return path === '/dev/stdout' ? undefined : path;
}

function lostRecord(count: number, why: string): LogRecord {
  const text = `${count} log line(s) lost: ${why}`;
  const fields = {severity: 'warning', text} as const;
  return {time: Date.now(), program: 'log', pid: process.pid, severity: 'warning', event: 'message', fields, text};
}
