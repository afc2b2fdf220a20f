/** Time as the engine is handed it, so that tests own it. */
export interface Clock {
  /** Milliseconds since 1970, with a fraction where the system has it. */
  now(): number;
}

export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
};
