/** Lets others have the event loop while something long is computed: `if (slice.isOver) await slice.rest();`. */
import {setImmediate as turn} from 'node:timers/promises';

const SLICE_MS = 15;

export class TimeSlice {
  #end = performance.now() + SLICE_MS;

  get isOver(): boolean {
    return performance.now() > this.#end;
  }

  async rest(): Promise<void> {
    await turn();
    this.#end = performance.now() + SLICE_MS;
  }
}
