/**
 * A small text file of the system (resolv.conf, hosts) as it is now: looked at when it is asked for, read again when it
 * has changed. A file that is not there, or can't be read any more, leaves the last content in force; at first, ''.
 */
import {readFileSync, statSync} from 'node:fs';

/** How long an answer is good for without another look at the file. */
const PATIENCE_MS = 50;
/** More than this is not read: nothing that people keep in these files is so large. */
const MAX_BYTES = 4 * 1024 * 1024;

export class FollowedText<Content> {
  readonly #path: string;
  readonly #parse: (text: string) => Content;
  readonly #now: () => number;
  #content: Content;
  #stamp = '';
  #lookedAt = -Infinity;

  constructor(path: string, parse: (text: string) => Content, now: () => number = () => performance.now()) {
    this.#path = path;
    this.#parse = parse;
    this.#now = now;
    this.#content = parse('');
  }

  get current(): Content {
    const now = this.#now();
    if (now - this.#lookedAt < PATIENCE_MS) return this.#content;
    this.#lookedAt = now;
    try {
      this.#look();
    } catch {
      // Gone or unreadable: the last content stays, as in a process that had read it before.
    }
    return this.#content;
  }

  #look(): void {
    const {mtimeMs, ctimeMs, size, ino, dev} = statSync(this.#path);
    const stamp = `${mtimeMs} ${ctimeMs} ${size} ${ino} ${dev}`;
    if (stamp === this.#stamp || size > MAX_BYTES) return;
    this.#content = this.#parse(readFileSync(this.#path, 'latin1'));
    this.#stamp = stamp;
  }
}
