/**
 * Does one short thing to each of many files: renames, removes, links. Synchronously and in slices of time, because that
 * takes less than handing each to another thread and back; a disk that is slow gets the threads.
 */
import {TimeSlice} from './time-slice.ts';

/** A disk that takes longer, twice in a row, is slow. */
const SLOW_MS = 8;

export interface FileStep {
  now(index: number): void;
  later(index: number): Promise<void>;
}

/** What a step throws ends it all. */
export async function eachFile(count: number, step: FileStep): Promise<void> {
  const slice = new TimeSlice();
  let slowInARow = 0;
  for (let index = 0; index < count; index++) {
    if (slowInARow > 1) {
      await step.later(index);
      continue;
    }
    const began = performance.now();
    step.now(index);
    slowInARow = performance.now() - began > SLOW_MS ? slowInARow + 1 : 0;
    if (slice.isOver) await slice.rest();
  }
}
