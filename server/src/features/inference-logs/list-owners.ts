import { allow, type Uses } from '../identity/index.ts'
import { ownerReachOf } from './list-logs.ts'
import { pageOfOwners } from './list-store.ts'
import { ownerLabel } from './redact.ts'

const mostOwners = 100

/** An owner and what came with its key. */
export interface OwnerCount {
  /** The key for an admin, its first characters for anybody else. */
  readonly label: string
  readonly requestCount: number
  /** Unix seconds. */
  readonly latestAt: number
}

/** Whose logs the caller reaches, the most recently active first. */
export async function listOwners(ctx: Uses<'db' | 'vault' | 'caller'>): Promise<OwnerCount[]> {
  allow(ctx.caller, 'logs:read')
  const ownerKey = ownerReachOf(ctx.caller)
  const rows = await ctx.db.run(pageOfOwners, { ownerKey, limit: mostOwners })
  return rows.map(({ sealedOwner, count, latestAt }) => ({
    label: ownerLabel(ctx, sealedOwner),
    requestCount: count,
    latestAt,
  }))
}
