import type { LoadPlan } from './load-plan.ts'
import { usualContext, usualSequences } from './usual-size.ts'

/** A model that holds memory. */
export interface Tenant<M> {
  readonly model: M
  readonly bytes: number
  readonly isIdle: boolean
  readonly state: 'loading' | 'ready' | 'draining'
  readonly lastUsedMs: number
}

export type RoomPlan<M> =
  | { readonly kind: 'fits' }
  /** These have to go, and can at once. */
  | { readonly kind: 'evict'; readonly models: readonly M[] }
  /** These have to go, or go already, but something runs in some of them. */
  | { readonly kind: 'wait'; readonly models: readonly M[] }

/**
 * Who makes room for a model: idle ones first, of them and of the busy ones whoever was not used
 * for longest, no more than are needed. What fits in no budget is tried alone.
 */
export function planRoom<M>(
  budgetBytes: number,
  neededBytes: number,
  tenants: readonly Tenant<M>[],
): RoomPlan<M> {
  const held = tenants.reduce((sum, { bytes }) => sum + bytes, 0)
  let missing = held + neededBytes - budgetBytes
  if (missing <= 0 || tenants.length === 0) return { kind: 'fits' }
  const going: Tenant<M>[] = []
  for (const tenant of tenants.toSorted(byReadiness)) {
    if (missing <= 0) break
    going.push(tenant)
    missing -= tenant.bytes
  }
  const models = going.filter(({ state }) => state === 'ready').map(({ model }) => model)
  const canGoNow = going.every(({ isIdle, state }) => isIdle && state === 'ready')
  return { kind: canGoNow ? 'evict' : 'wait', models }
}

function byReadiness(a: Tenant<unknown>, b: Tenant<unknown>): number {
  return rankOf(a) - rankOf(b) || a.lastUsedMs - b.lastUsedMs
}

/** Whoever leaves anyway comes before others, so that one look after the next picks the same. */
function rankOf({ isIdle, state }: Tenant<unknown>): number {
  if (state === 'loading') return 4
  return (isIdle ? 0 : 2) + (state === 'draining' ? 0 : 1)
}

/** For a file whose size is not known. */
const unknownBytes = 1e9
/** Keys and values of a token take about so much of the weights' size; seen from 0.5 to 70 B. */
const contextShare = 3e-5

/** What a model will take, before the engine has told. */
export function estimatedBytes({ sizeBytes, options }: LoadPlan): number {
  const weights = sizeBytes ?? unknownBytes
  const tokens = (options.contextSize ?? usualContext) * (options.parallel ?? usualSequences)
  return Math.round(weights * 1.1 + tokens * Math.max(1024, weights * contextShare))
}
