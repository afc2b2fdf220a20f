/**
 * Long work gives way: after a few milliseconds without a turn of the event loop, whoever asks gets a promise to wait
 * for. One for the whole process, because its sessions share the loop.
 */
const SLICE_MILLISECONDS = 5;

class TimeSlice {
  #began = 0;
  #pausing: Promise<void> | undefined;

  /** undefined: go on. */
  pause(): Promise<void> | undefined {
    if (this.#pausing !== undefined) return this.#pausing;
    if (performance.now() - this.#began < SLICE_MILLISECONDS) return undefined;
    this.#pausing = new Promise(resolve => {
      setImmediate(() => {
        this.#pausing = undefined;
        this.#began = performance.now();
        resolve();
      });
    });
    return this.#pausing;
  }
}

export const sharedSlice = new TimeSlice();
