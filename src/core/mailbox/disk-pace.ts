/**
 * Most messages are small and lie in the system's cache: read synchronously they are there before a thread of the pool would
 * have begun. A disk that turns out to be slow is left to other threads for a while, so that it holds up one session only.
 */

/** Up to here a message is read at once. */
export const SMALL_BYTES = 64 * 1024;
/** A disk that takes longer, for two files in a row, is left to other threads for so many files. */
const SLOW_MS = 8;
const SLOW_FILES = 64;

class DiskPace {
  #slowFiles = 0;
  #wasSlow = false;

  /** Answers what `read` answers; undefined, too, while the disk is slow. */
  read<T>(read: () => T | undefined): T | undefined {
    if (this.#slowFiles > 0) {
      this.#slowFiles--;
      return undefined;
    }
    const began = performance.now();
    const answer = read();
    const isSlow = performance.now() - began > SLOW_MS;
    if (isSlow && this.#wasSlow) this.#slowFiles = SLOW_FILES;
    this.#wasSlow = isSlow;
    return answer;
  }
}

/** One for the process: what is slow holds up all of its sessions. */
export const diskPace = new DiskPace();
