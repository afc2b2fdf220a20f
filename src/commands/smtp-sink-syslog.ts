/** Where smtp-sink -s logs: the system's log daemon, or standard error when none listens. */
import {openSyslog} from '../core/log/syslog-writer.ts';

export function openCommandLog(otherwise: (text: string) => void): (text: string) => void {
  const syslog = openSyslog('mail');
  if (syslog === undefined) return text => otherwise(`smtp-sink: ${text}\n`);
  return text => {
    const {pid} = process;
    const record = {time: Date.now(), program: 'smtp-sink', pid, severity: 'info', text} as const;
    const message = {...record, event: 'message', fields: {severity: 'info', text}} as const;
    syslog.send(message, `smtp-sink[${pid}]: ${text}`);
  };
}
