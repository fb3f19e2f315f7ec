import type { Uses } from '../identity/index.ts'
import { findSetting, keepSetting } from './store.ts'

const key = 'install_id'

/** What tells this install from others, made at the first need and kept. It is no secret. */
export async function installId(ctx: Uses<'db' | 'clock' | 'ids'>): Promise<string> {
  const known = await ctx.db.read((tx) => findSetting(tx, key))
  const value =
    known ??
    (await ctx.db.write(async (tx) => {
      const made = JSON.stringify(ctx.ids.uuid())
      await keepSetting(tx, { key, value: made, at: ctx.clock.nowSeconds() })
      return findSetting(tx, key)
    }))
  return String(JSON.parse(value ?? '""'))
}
