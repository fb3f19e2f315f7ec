/** The time as a power: tests inject their own. */
export interface Clock {
  /** Unix epoch in seconds, with a fraction. */
  nowSeconds(): number
  /** Monotonic, for durations, in milliseconds. */
  elapsedMs(): number
}

export const systemClock: Clock = {
  nowSeconds: () => Date.now() / 1000,
  elapsedMs: () => performance.now(),
}
