import type { Role } from '@pharos/contract/vocabulary.ts'
import type { Tx } from '../../../platform/db/database.ts'
import { auditEntry } from '../audit.ts'
import { insertAudit } from '../store.ts'
import type { Uses } from '../uses.ts'
import { emailKeyOf } from '../users/account-input.ts'
import { promoteFirstAdmin } from '../users/first-admin.ts'
import { isLastAdmin } from '../users/last-admin.ts'
import {
  findUser,
  findUserByEmail,
  insertUser,
  isThereAnActiveAdmin,
  lockUsers,
  saveUser,
} from '../users/user-store.ts'
import type { User } from '../users/user.ts'
import type { Person } from './claims.ts'
import {
  dropInvitation,
  hasUnverifiedIdentity,
  noteIssuerLogin,
  saveIdentity,
  userIdOfIdentity,
} from './identity-store.ts'

export interface AdmissionRules {
  /** For people to whom the issuer gives no role. */
  readonly defaultRole: Role | undefined
  /** Whether this login may make the first admin, if there is none. */
  readonly mayBecomeAdmin: boolean
}

/** Why somebody for whom an issuer vouches does not come in. */
export type Refusal = 'no-role' | 'no-email' | 'email-unverified' | 'email-taken' | 'not-active'

export type Admission =
  | { readonly isIn: true; readonly user: User; readonly isFirstAdmin: boolean }
  | { readonly isIn: false; readonly why: Refusal; readonly userId: string | null }

type Powers = Uses<'clock' | 'ids' | 'caller'>

interface Entry {
  readonly person: Person
  readonly rules: AdmissionRules
  /** Whether whoever comes in now becomes the first admin. */
  readonly becomesAdmin: boolean
}

/**
 * Finds or makes the user of somebody for whom an issuer vouches, in the transaction of the login.
 * Issuer and subject decide. At first sight a verified e-mail address leads to the user who has it,
 * also to one who is only invited; a new user needs a role, from the issuer or by default. The
 * issuer's role counts anew at each login, unless people gave the user's, and never takes the last
 * admin's away. Source: rulings §1, §2.
 */
export async function admitPerson(
  ctx: Powers,
  tx: Tx,
  person: Person,
  rules: AdmissionRules,
): Promise<Admission> {
  await lockUsers(tx)
  const becomesAdmin = rules.mayBecomeAdmin && !(await isThereAnActiveAdmin(tx))
  const entry: Entry = { person, rules, becomesAdmin }
  const userId = await userIdOfIdentity(tx, person)
  const known = userId === undefined ? undefined : await findUser(tx, userId)
  const found = known ?? (await findByAddress(ctx, tx, entry))
  if (typeof found === 'string') return { isIn: false, why: found, userId: null }
  return enter(ctx, tx, found, entry)
}

/** The user of somebody who was never here, made if need be. */
async function findByAddress(ctx: Powers, tx: Tx, entry: Entry): Promise<User | Refusal> {
  const { email, isEmailVerified } = entry.person
  if (email === undefined) return 'no-email'
  const found = await findUserByEmail(tx, emailKeyOf(email))
  if (found === undefined) return createUser(ctx, tx, email, entry)
  if (!isEmailVerified) return 'email-unverified'
  // Who was first to claim an address without proof must not share in its owner's account.
  if (await hasUnverifiedIdentity(tx, found.id)) return 'email-taken'
  if (found.status !== 'pending') return found
  await dropInvitation(tx, found.id)
  return changeUser(ctx, tx, found, { status: 'active' })
}

async function createUser(
  ctx: Powers,
  tx: Tx,
  email: string,
  { person, rules, becomesAdmin }: Entry,
): Promise<User | Refusal> {
  const role = person.role ?? rules.defaultRole ?? (becomesAdmin ? 'viewer' : undefined)
  if (role === undefined) return 'no-role'
  const now = ctx.clock.nowSeconds()
  const user = await insertUser(tx, {
    id: ctx.ids.uuid(),
    email,
    emailKey: emailKeyOf(email),
    name: person.name,
    role,
    roleSource: 'claim',
    status: 'active',
    passwordHash: null,
    profile: {},
    createdAt: now,
    updatedAt: now,
  })
  const changes = { email, name: user.name, role, status: user.status, by: 'oidc' }
  await insertAudit(tx, [auditEntry(ctx, { kind: 'user', id: user.id }, 'create', changes)])
  return user
}

async function enter(ctx: Powers, tx: Tx, user: User, entry: Entry): Promise<Admission> {
  const refused = (why: Refusal): Admission => ({ isIn: false, why, userId: user.id })
  if (user.status !== 'active') return refused('not-active')
  const { becomesAdmin } = entry
  const entered = becomesAdmin
    ? await promoteFirstAdmin(ctx, tx, user)
    : await withClaimedRole(ctx, tx, user, entry)
  if (entered === undefined) return refused('no-role')
  const now = ctx.clock.nowSeconds()
  const { issuer, subject, email, isEmailVerified } = entry.person
  const verifiedEmail = isEmailVerified ? (email ?? null) : null
  await saveIdentity(tx, { issuer, subject, userId: user.id, verifiedEmail, at: now })
  await noteIssuerLogin(tx, user.id, now)
  return { isIn: true, user: { ...entered, lastLoginAt: now }, isFirstAdmin: becomesAdmin }
}

/** Undefined for somebody to whom the issuer has left no role. */
async function withClaimedRole(
  ctx: Powers,
  tx: Tx,
  user: User,
  { person, rules }: Entry,
): Promise<User | undefined> {
  if (user.roleSource === 'local') return user
  const role = person.role ?? rules.defaultRole
  if (role === user.role || (await isLastAdmin(tx, user))) return user
  return role === undefined ? undefined : changeUser(ctx, tx, user, { role })
}

async function changeUser(
  ctx: Powers,
  tx: Tx,
  user: User,
  changes: Partial<Pick<User, 'role' | 'status'>>,
): Promise<User> {
  const changed = { ...user, ...changes, updatedAt: ctx.clock.nowSeconds() }
  await saveUser(tx, changed)
  const told = { ...changes, by: 'oidc' }
  await insertAudit(tx, [auditEntry(ctx, { kind: 'user', id: user.id }, 'update', told)])
  return changed
}
