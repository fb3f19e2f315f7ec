import { randomUUID } from 'node:crypto'
import type { Role } from '@pharos/contract/vocabulary.ts'
import {
  PasswordRoom,
  type Caller,
  type User,
  type Uses,
} from '../../src/features/identity/index.ts'
import { scopesOfRole } from '../../src/features/identity/role-scopes.ts'
import { insertUser, type NewUser } from '../../src/features/identity/users/user-store.ts'
import { randomIds } from '../../src/platform/ids.ts'
import { standingClock, type StandingClock } from './context.ts'
import type { TestDatabase } from './database.ts'

/** `password`, hashed by the reference program at a cost so low that tests need not wait. */
export const cheapHash =
  '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'

type AccountContext = Uses<'db' | 'clock' | 'ids' | 'caller' | 'passwords'>

/** People of one suite's database. Their passwords are `password`. */
export class Accounts {
  readonly clock: StandingClock = standingClock()
  readonly #store: Pick<TestDatabase, 'db'>
  readonly #passwords = new PasswordRoom()

  constructor(store: Pick<TestDatabase, 'db'>) {
    this.#store = store
  }

  as(caller: Caller): AccountContext {
    const { db } = this.#store
    return { db, clock: this.clock, ids: randomIds, caller, passwords: this.#passwords }
  }

  async add(changes: Partial<NewUser> = {}): Promise<User> {
    const id = randomUUID()
    const email = changes.email ?? `${id}@example.org`
    const now = this.clock.nowSeconds()
    return this.#store.db.write((tx) =>
      insertUser(tx, {
        id,
        email,
        emailKey: email.toLowerCase(),
        name: `Person ${id.slice(0, 8)}`,
        role: 'user',
        roleSource: 'local',
        status: 'active',
        passwordHash: cheapHash,
        profile: {},
        createdAt: now,
        updatedAt: now,
        ...changes,
      }),
    )
  }

  /** Begins a session and gives its id. */
  async begin(userId: string): Promise<string> {
    const id = randomUUID()
    const at = this.clock.nowSeconds()
    await this.#store.db.write((tx) =>
      tx.db
        .insertInto('sessions')
        .values({
          id,
          user_id: userId,
          kind: 'password',
          created_at: at,
          expires_at: at + 1000,
          last_seen_at: at,
        })
        .execute(),
    )
    return id
  }

  async sessionsOf(userId: string): Promise<readonly string[]> {
    const rows = await this.#store.db.read((tx) =>
      tx.db.selectFrom('sessions').select('id').where('user_id', '=', userId).execute(),
    )
    return rows.map((row) => row.id)
  }

  /** The audit's lines about a user, in order: what was done, and the changes. */
  async auditOf(userId: string): Promise<readonly { action: string; changes: unknown }[]> {
    const rows = await this.#store.db.read((tx) =>
      tx.db
        .selectFrom('audit_log')
        .select(['action', 'changes', 'at'])
        .where('target_id', '=', userId)
        .orderBy('at')
        .execute(),
    )
    return rows.map(({ action, changes }) => ({ action, changes: JSON.parse(changes) }))
  }

  /** How often each thing was done to a user. */
  async countedAudit(userId: string): Promise<Readonly<Record<string, number>>> {
    const counts: Record<string, number> = {}
    for (const { action } of await this.auditOf(userId)) counts[action] = (counts[action] ?? 0) + 1
    return counts
  }
}

export function sessionOf(user: Pick<User, 'id' | 'role'>, sessionId = 'a session'): Caller {
  const { id: userId, role } = user
  return { kind: 'session', sessionId, userId, role, scopes: scopesOfRole(role) }
}

export const everyRole: readonly Role[] = ['viewer', 'user', 'power_user', 'manager', 'admin']
