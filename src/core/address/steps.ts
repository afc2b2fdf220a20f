/**
 * Work that is synchronous as long as no table needs time: a generator asks tables with `yield* ask(...)`, and `run`
 * drives it to a value at once, or to a promise from the first answer that is one. The common case (tables in memory
 * or in files) then costs no turn of the event loop.
 */
import type {Later} from './address-rewriter.ts';

/** Steps that answer T in the end; what they yield are promises to wait for. */
export type Steps<T> = Generator<Promise<unknown>, T, unknown>;

export function* ask<T>(answer: Later<T>): Steps<T> {
  if (!(answer instanceof Promise)) return answer;
  return (yield answer) as T; // `run` sends what this very promise was fulfilled with
}

export function run<T>(steps: Steps<T>): Later<T> {
  const first = steps.next();
  return first.done === true ? first.value : finish(steps, first.value);
}

async function finish<T>(steps: Steps<T>, first: Promise<unknown>): Promise<T> {
  let waitFor = first;
  for (;;) {
    const next = await settle(steps, waitFor);
    if (next.done === true) return next.value;
    waitFor = next.value;
  }
}

async function settle<T>(steps: Steps<T>, waitFor: Promise<unknown>): Promise<IteratorResult<Promise<unknown>, T>> {
  let answer: unknown;
  try {
    answer = await waitFor;
  } catch (fault) {
    return steps.throw(fault); // where it was asked, so that `catch` there works
  }
  return steps.next(answer);
}
