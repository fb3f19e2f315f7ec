import { allow } from '../allow.ts'
import type { Uses } from '../uses.ts'
import type { User } from './user.ts'
import { pageOfUsers, type UserFilter } from './user-store.ts'

/** Users, the newest first, and how many fit the filter. */
export async function listUsers(
  ctx: Uses<'db' | 'caller'>,
  filter: UserFilter,
): Promise<{ readonly users: readonly User[]; readonly total: number }> {
  allow(ctx.caller, 'users:manage')
  return ctx.db.read((tx) => pageOfUsers(tx, filter))
}
