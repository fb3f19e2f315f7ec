import { SharedReads } from '../../platform/shared-reads.ts'
import { allow, type Uses } from '../identity/index.ts'
import { modelUsageOverTime, usageOfModels, usageOverTime } from './usage-store.ts'
import { lastDays, lastHours, type UsageWindow } from './usage-window.ts'
import {
  summarizeUsage,
  tokensOf,
  type ModelUsage,
  type Usage,
  type UsageSummary,
} from './usage.ts'

/** Charts of many people ask for the same at the same time: they share what is read of the whole table. */
export class UsageReads {
  readonly models = new SharedReads<readonly ModelUsage[]>(together)
  readonly times = new SharedReads<readonly (Usage & OfPeriod)[]>(together)
  readonly modelTimes = new SharedReads<readonly (ModelUsage & OfPeriod)[]>(together)
}

const together = { gathersMs: 8 } as const

type Ctx = Uses<'db' | 'clock' | 'caller'> & { readonly usage: UsageReads }

/** What was completed within a window, together. Needs `executions:read`. */
export async function usageSummary(ctx: Ctx, window: UsageWindow): Promise<UsageSummary> {
  allow(ctx.caller, 'executions:read')
  return summarizeUsage(await ofModels(ctx, window))
}

/** By model, the most tokens first. Needs `executions:read`. */
export async function usageByModel(ctx: Ctx, window: UsageWindow): Promise<readonly ModelUsage[]> {
  allow(ctx.caller, 'executions:read')
  const rows = await ofModels(ctx, window)
  return rows.toSorted(
    (one, other) => tokensOf(other) - tokensOf(one) || (nameOf(one) < nameOf(other) ? -1 : 1),
  )
}

function ofModels({ db, usage }: Ctx, window: UsageWindow): Promise<readonly ModelUsage[]> {
  return usage.models.share(JSON.stringify(window), () =>
    db.read((tx) => usageOfModels(tx, window)),
  )
}

function nameOf({ provider, model }: ModelUsage): string {
  return `${provider}:${model}`
}

interface OfPeriod {
  /** Days since 1970, or the hour of the day, in UTC. */
  readonly bucket: number
}

/**
 * By day, of the last so many days unless the window has a beginning. Needs `executions:read`.
 */
export async function usageByDay(
  ctx: Ctx,
  window: UsageWindow,
  days: number,
): Promise<readonly (Usage & OfPeriod)[]> {
  allow(ctx.caller, 'executions:read')
  return ctx.usage.times.share(JSON.stringify(['day', window, days]), () => {
    const within = lastDays(window, days, ctx.clock.nowSeconds())
    return ctx.db.read((tx) => usageOverTime(tx, within, 'day'))
  })
}

/** By hour of the day, of the last so many hours or the window. Needs `executions:read`. */
export async function usageByHour(
  ctx: Ctx,
  window: UsageWindow,
  hours: number,
): Promise<readonly (Usage & OfPeriod)[]> {
  allow(ctx.caller, 'executions:read')
  return ctx.usage.times.share(JSON.stringify(['hour', window, hours]), () => {
    const within = lastHours(window, hours, ctx.clock.nowSeconds())
    return ctx.db.read((tx) => usageOverTime(tx, within, 'hour'))
  })
}

/**
 * By day and model; of the last so many days, if a number is given and the window has no beginning.
 * Needs `executions:read`.
 */
export async function modelUsageByDay(
  ctx: Ctx,
  window: UsageWindow,
  days?: number,
): Promise<readonly (ModelUsage & OfPeriod)[]> {
  allow(ctx.caller, 'executions:read')
  return ctx.usage.modelTimes.share(JSON.stringify(['day', window, days]), () => {
    const within = days === undefined ? window : lastDays(window, days, ctx.clock.nowSeconds())
    return ctx.db.read((tx) => modelUsageOverTime(tx, within, 'day'))
  })
}

/** By hour of the day and model, of the last so many hours or the window. Needs `executions:read`. */
export async function modelUsageByHour(
  ctx: Ctx,
  window: UsageWindow,
  hours: number,
): Promise<readonly (ModelUsage & OfPeriod)[]> {
  allow(ctx.caller, 'executions:read')
  return ctx.usage.modelTimes.share(JSON.stringify(['hour', window, hours]), () => {
    const within = lastHours(window, hours, ctx.clock.nowSeconds())
    return ctx.db.read((tx) => modelUsageOverTime(tx, within, 'hour'))
  })
}
