import { systemClock } from '../platform/clock.ts'
import type { Print } from './with-store.ts'

export interface Speech {
  readonly print: Print
  /** Beside the result: where the work stands. */
  readonly printProgress: Print
}

/** Passes on the first call and then no more than one a second. */
export function everySecond<T extends readonly unknown[]>(
  tell: (...value: T) => void,
): (...value: T) => void {
  let toldAt = -Infinity
  return (...value) => {
    const now = systemClock.nowSeconds()
    if (now - toldAt < 1) return
    toldAt = now
    tell(...value)
  }
}
