/** Runs many small system calls, a few at the same time, without a promise for each; faults go to `done` of each. */
export function eachAtOnce(
  count: number,
  atOnce: number,
  start: (index: number, done: () => void) => void,
): Promise<void> {
  return new Promise(resolve => {
    if (count === 0) return resolve();
    let next = 0;
    let ended = 0;
    const done = (): void => {
      if (++ended === count) resolve();
      else if (next < count) start(next++, done);
    };
    while (next < Math.min(atOnce, count)) start(next++, done);
  });
}
