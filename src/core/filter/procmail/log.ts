/**
 * procmail's log: standard error until LOGFILE names a file. Whole lines are written at once, so that those of several
 * procmails stay apart. With VERBOSE a line with process id and time comes before the first of each second.
 */
import {closeSync, openSync, writeSync} from 'node:fs';
import {toPath} from '../../base/bytes.ts';
import {ctime} from './from-line.ts';

export interface LogTarget {
  write(text: string): void;
  /** For the programs that are run. */
  readonly fd: number;
}

export class ProcmailLog {
  isVerbose = false;
  /** LOGFILE was opened. */
  isFile = false;
  readonly #now: () => Date;
  #target: LogTarget;
  #pending = '';
  #lastSecond = -1;
  /** Not closed when another file is opened. */
  readonly #kept = new Set<LogTarget>();

  constructor(target: LogTarget, now: () => Date) {
    this.#target = target;
    this.#now = now;
  }

  get fd(): number {
    return this.#target.fd;
  }

  /** Text as it is. */
  write(text: string): void {
    this.#pending += text;
    if (this.#pending.endsWith('\n')) this.flush();
  }

  flush(): void {
    if (this.#pending !== '') this.#target.write(this.#pending);
    this.#pending = '';
  }

  /** `procmail: TEXT`. */
  notice(text: string): void {
    const second = Math.floor(this.#now().getTime() / 1000);
    if (this.isVerbose && second !== this.#lastSecond) {
      this.#lastSecond = second;
      this.write(`procmail: [${process.pid}] ${ctime(this.#now())}`);
    }
    this.write(`procmail: ${text}`);
  }

  /** `procmail: TEXT "WHAT"`. */
  quote(text: string, what: string): void {
    this.notice(`${text} "${what}"\n`);
  }

  /** The same, with VERBOSE only. */
  tell(text: string, what: string): void {
    if (this.isVerbose) this.quote(text, what);
  }

  /** A clone of the process says anew who it is. */
  forgetTime(): void {
    this.#lastSecond = -1;
  }

  /** Throws what open(2) says; the log stays where it was. */
  open(file: string, mode: number): void {
    this.flush();
    const fd = openSync(toPath(file), 'a', mode);
    const before = this.#target;
    this.#target = {
      fd,
      write: text => {
        const bytes = Buffer.from(text, 'latin1');
        for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
      },
    };
    if (this.isFile) this.#close(before);
    this.isFile = true;
  }

  /** For a clone of the process, which may open another: `restore` brings this one back. */
  keep(): LogTarget {
    this.flush();
    this.#kept.add(this.#target);
    return this.#target;
  }

  restore(target: LogTarget): void {
    this.flush();
    this.#target = target;
  }

  #close(target: LogTarget): void {
    if (!this.#kept.has(target)) closeSync(target.fd);
  }
}
