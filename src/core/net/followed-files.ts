/**
 * Something made of several files, made anew when one of them has changed. While the new files are broken (a certificate
 * that was replaced before its key), what was made last stays in force, with one warning; they are tried again whenever
 * they change.
 */
import {statSync} from 'node:fs';
import {toPath} from '../base/bytes.ts';
import {TlsUnavailable} from './tls-unavailable.ts';

export interface FollowedFilesOptions<Made> {
  readonly files: readonly string[];
  /** Throws `TlsUnavailable`. `isChange`: not the first time. */
  make(isChange: boolean): Made;
  /** What was made before is used on. */
  complain(fault: TlsUnavailable): void;
  /** Milliseconds. */
  readonly now: () => number;
}

/** How long an answer is good for without another look at the files. */
const PATIENCE_MS = 1000;

export class FollowedFiles<Made> {
  readonly #options: FollowedFilesOptions<Made>;
  #made: Made | TlsUnavailable;
  #seen: string;
  #lookedAt: number;

  constructor(options: FollowedFilesOptions<Made>) {
    this.#options = options;
    this.#lookedAt = options.now();
    this.#seen = stamp(options.files);
    this.#made = this.#make(false);
  }

  /** The fault when nothing good was there yet. */
  get current(): Made | TlsUnavailable {
    const now = this.#options.now();
    if (Math.abs(now - this.#lookedAt) < PATIENCE_MS) return this.#made; // a clock may be set back
    this.#lookedAt = now;
    const seen = stamp(this.#options.files);
    if (seen === this.#seen) return this.#made;
    this.#seen = seen;
    const made = this.#make(true);
    if (made instanceof TlsUnavailable) this.#options.complain(made);
    else this.#made = made;
    return this.#made;
  }

  #make(isChange: boolean): Made | TlsUnavailable {
    try {
      return this.#options.make(isChange);
    } catch (fault) {
      if (!(fault instanceof TlsUnavailable)) throw fault;
      return fault;
    }
  }
}

function stamp(files: readonly string[]): string {
  return files.map(stampOne).join('|');
}

function stampOne(file: string): string {
  try {
    const {dev, ino, size, mtimeMs, ctimeMs} = statSync(toPath(file));
    return `${dev}:${ino}:${size}:${mtimeMs}:${ctimeMs}`;
  } catch {
    return ''; // what is wrong with it, `make` says
  }
}
