/** The words at the end of a session (pop3_logout_format). */
import {expandVariables} from '../config/dovecot/variables.ts';

export interface SessionStatistics {
  readonly tops: number;
  readonly topBytes: number;
  readonly retrieved: number;
  readonly retrievedBytes: number;
  readonly deleted: number;
  readonly messages: number;
  readonly sizeBytes: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export function logoutText(format: string, counts: SessionStatistics): string {
  const pairs: readonly (readonly [letter: string, name: string, value: number])[] = [
    ['i', 'input', counts.bytesIn],
    ['o', 'output', counts.bytesOut],
    ['t', 'top_count', counts.tops],
    ['p', 'top_bytes', counts.topBytes],
    ['r', 'retr_count', counts.retrieved],
    ['b', 'retr_bytes', counts.retrievedBytes],
    ['d', 'deleted_count', counts.deleted],
    ['m', 'message_count', counts.messages],
    ['s', 'message_bytes', counts.sizeBytes],
  ];
  const values = new Map<string, string>([
    ['u', ''],
    ['uidl_change', ''],
  ]);
  for (const [letter, name, value] of pairs) values.set(letter, String(value)).set(name, String(value));
  return expandVariables(format, {values, onFault: () => undefined});
}
