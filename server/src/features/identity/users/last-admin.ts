import type { Tx } from '../../../platform/db/database.ts'
import { DomainError } from '../../../platform/domain-error.ts'
import type { User } from './user.ts'
import { isThereAnActiveAdmin } from './user-store.ts'

export function isActiveAdmin({ role, status }: Pick<User, 'role' | 'status'>): boolean {
  return role === 'admin' && status === 'active'
}

/** Whether nobody could manage the server without this user. Ask it behind `lockUsers`. */
export async function isLastAdmin(tx: Tx, user: User): Promise<boolean> {
  return isActiveAdmin(user) && !(await isThereAnActiveAdmin(tx, user.id))
}

/** The last admin who can log in is neither deleted, demoted nor switched off (rulings §2). */
export async function refuseLastAdmin(tx: Tx, user: User): Promise<void> {
  if (!(await isLastAdmin(tx, user))) return
  throw new DomainError('forbidden', 'This is the last active admin, who must stay one')
}
