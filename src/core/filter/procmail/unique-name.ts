/** File names that nobody else makes: procmail's own, and those of a Maildir (procmail's `time.pid_n.host`). */
import {hostname} from 'node:os';
import {toByteString} from '../../base/bytes.ts';
import {compact} from './numbers.ts';

const MARKS = '.,+%';
let serial = 0;
let mailSerial = 0;

/** `_PID.TIME.HOST`, both in six bits a character; no directory. */
export function uniqueName(): string {
  const mark = MARKS.charAt(serial % MARKS.length);
  const seconds = Math.floor(Date.now() / 1000) + Math.floor(serial / MARKS.length);
  serial++;
  return `_${compact(process.pid)}${mark}${compact(seconds)}.${safeHost()}`;
}

export function maildirName(): string {
  return `${Math.floor(Date.now() / 1000)}.${process.pid}_${mailSerial++}.${safeHost()}`;
}

/** A host's name as part of a file's. */
function safeHost(): string {
  return toByteString(hostname()).replace(/[/:\\]/g, byte => `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/** With its slash; '' for a name in the current directory. */
export function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}
