/** `doveadm log find | test | reopen | errors`. */
import {openSync, readSync, closeSync, fstatSync} from 'node:fs';
import {toPath} from '../../core/base/bytes.ts';
import {systemCode} from '../../core/base/errors.ts';
import {dovecotLogFile} from '../../core/config/dovecot-log-sink.ts';
import type {Severity} from '../../core/log/events.ts';
import {type Call, optionOf, type PlainRun} from './command.ts';
import {signalMaster} from './signals.ts';

const KINDS = ['Debug', 'Info', 'Warning', 'Error', 'Fatal'] as const;

/** Where each kind of line goes; lines of the log daemon are where the instance has them. */
export const logFind: PlainRun = {
  run(call) {
    for (const kind of KINDS) {
      const file = fileOf(call, kind);
      call.stdio.stdout.write(`${kind}: ${file ?? SYSTEMS_FILE}\n`);
    }
    return 0;
  },
};

const SYSTEMS_FILE = '/var/log/mail.log';

function fileOf({access}: Call, kind: (typeof KINDS)[number]): string | undefined {
  const {logPath, infoLogPath, debugLogPath} = access.logPlaces();
  const info = infoLogPath === '' ? logPath : infoLogPath;
  const path = kind === 'Debug' ? debugLogPath || info : kind === 'Info' ? info : logPath;
  return dovecotLogFile(path, access.root);
}

/** A line of each kind into the log. */
export const logTest: PlainRun = {
  async run({access}) {
    const sink = access.openLog();
    const now = Math.floor(Date.now() / 1000);
    const severities: readonly Severity[] = ['info', 'warning', 'error', 'fatal'];
    for (const severity of severities) {
      const text = `This is Dovecot's ${severity} log (${now})`;
      const fields = {severity, text};
      sink.write({time: Date.now(), program: 'doveadm', pid: process.pid, severity, event: 'message', fields, text});
    }
    await sink.flush();
    sink.end();
    return 0;
  },
};

export const logReopen: PlainRun = {run: call => signalMaster(call, 'SIGUSR1')};

/** Warnings and worse of the log's last part, the latest last. */
export const logErrors: PlainRun = {
  run(call) {
    const since = Number(optionOf(call, 's') ?? 0) * 1000;
    const file = fileOf(call, 'Error') ?? SYSTEMS_FILE;
    for (const line of lastLines(file)) {
      const [, stamp, prefix, word, text] = LINE.exec(line) ?? [];
      if (stamp === undefined || timeOf(stamp) < since) continue;
      call.stdio.stdout.write(`${stamp} ${word}: ${prefix}: ${text}\n`);
    }
    return 0;
  },
};

const LINE =
  /^([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (?:\S+ dovecot: )?([^\s:]+(?:\([^)]*\))?(?:<[^>]*>)*): (Warning|Error|Fatal|Panic): (.*)$/;

/** The year is the one that makes it past. */
function timeOf(stamp: string): number {
  const now = new Date();
  const time = new Date(`${stamp} ${now.getFullYear()}`).getTime();
  return time > now.getTime() ? new Date(`${stamp} ${now.getFullYear() - 1}`).getTime() : time;
}

const TAIL_BYTES = 1 << 20;

function lastLines(file: string): string[] {
  try {
    const fd = openSync(toPath(file), 'r');
    try {
      const {size} = fstatSync(fd);
      const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
      readSync(fd, bytes, 0, bytes.length, size - bytes.length);
      return bytes.toString('latin1').split('\n');
    } finally {
      closeSync(fd);
    }
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT') return [];
    throw fault;
  }
}
