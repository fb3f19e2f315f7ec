/** When executions were completed, in Unix seconds; open where it says nothing. */
export interface UsageWindow {
  readonly from?: number
  /** Inclusive. */
  readonly to?: number
  /** Exclusive. */
  readonly before?: number
}

const hourSeconds = 3_600
const daySeconds = 24 * hourSeconds

/**
 * The last so many days in UTC, the one in which the window ends (or now) among them, unless the
 * window says where it begins. Source: hypersigil contract §1.15, repair 30.
 */
export function lastDays(window: UsageWindow, days: number, now: number): UsageWindow {
  const { from, to, before } = window
  if (from !== undefined) return window
  const firstSecondAfter =
    before === undefined
      ? (Math.floor((to ?? now) / daySeconds) + 1) * daySeconds
      : Math.ceil(before / daySeconds) * daySeconds
  return { ...window, from: firstSecondAfter - Math.ceil(days) * daySeconds }
}

/** The last so many hours, unless the window says anything. */
export function lastHours(window: UsageWindow, hours: number, now: number): UsageWindow {
  const isOpen = Object.values(window).every((bound) => bound === undefined)
  return isOpen ? { from: now - hours * hourSeconds } : window
}
