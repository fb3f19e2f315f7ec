import {
  acceptInvitation,
  activateUser,
  checkEmail,
  checkName,
  deactivateUser,
  getUserByEmail,
  hasActiveAdmin,
  inviteUser,
  listUsers,
  PasswordRoom,
  registerFirstAdmin,
  resetPassword,
  type User,
  type Uses,
} from '../features/identity/index.ts'
import { systemClock } from '../platform/clock.ts'
import { DomainError } from '../platform/domain-error.ts'
import type { Command, Config } from './config.ts'
import { readNewPassword } from './read-new-password.ts'
import { dayOf, minuteOf } from './time-words.ts'
import { withStore, type Print } from './with-store.ts'

const usersAtATime = 500

interface NewAccount extends Pick<User, 'email' | 'name' | 'role'> {
  readonly password: string
}

/** `users create`: who is made can log in at once, also at a server that runs. */
export async function createUser(
  config: Config,
  command: Extract<Command, { name: 'users create' }>,
  print: Print,
): Promise<void> {
  const { role } = command
  const email = checkEmail(command.email)
  const name = checkName(command.label)
  // Before the store is opened: who types must not keep a server from starting on its folder.
  const password = await readNewPassword({ input: process.stdin, output: process.stderr })
  await withStore(config, async (store) => {
    const ctx = { ...store, passwords: new PasswordRoom() }
    const user = await addUser(ctx, { email, name, role, password })
    print(`Made ${nameOf(user)}, ${user.role}.\n`)
  })
}

/**
 * Where there is no admin yet the first one comes through the one verb for it. Ended between the two
 * steps of the other way it leaves an invited user, whom `users reset` lets in.
 */
async function addUser(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller' | 'passwords'>,
  { password, ...person }: NewAccount,
): Promise<User> {
  if (person.role === 'admin' && !(await hasActiveAdmin(ctx))) {
    return registerFirstAdmin(ctx, { ...person, password })
  }
  const { token } = await inviteUser(ctx, person)
  return acceptInvitation(ctx, { token, password })
}

/** `users list`: one line a user, the newest first. */
export async function listAllUsers(config: Config, print: Print): Promise<void> {
  await withStore(config, async (ctx) => {
    let shown = 0
    for (let more = true; more;) {
      const { users, total } = await listUsers(ctx, { limit: usersAtATime, offset: shown })
      for (const user of users) print(`${describe(user)}\n`)
      shown += users.length
      more = users.length > 0 && shown < total
    }
    if (shown > 0) return
    print('There are no users yet: npm start -- users create --email ann@example.org --name Ann\n')
  })
}

/** `users reset`: the token is printed alone on the last line, this once. */
export async function reset(config: Config, email: string, print: Print): Promise<void> {
  await withStore(config, async (ctx) => {
    const found = await getUserByEmail(ctx, email)
    if (found.status === 'inactive') {
      throw new DomainError('precondition', `${nameOf(found)} is deactivated: activate it first`)
    }
    const { user, token, invitation } = await resetPassword(ctx, found.id)
    print(`${nameOf(user)} has no password and no session any more. A new password is chosen\n`)
    print(`until ${minuteOf(invitation.expiresAt)} at /auth/invitation/${token}\n`)
    print(`Keep the token now, it is not shown again:\n${token}\n`)
  })
}

/** `users activate`: takes a lock away as well. */
export async function activate(config: Config, email: string, print: Print): Promise<void> {
  await withStore(config, async (ctx) => {
    const { id } = await getUserByEmail(ctx, email)
    const user = await activateUser(ctx, id)
    const way = user.hasPassword ? '' : ' There is no password: "users reset" lets choose one.'
    print(`Activated ${nameOf(user)}, ${user.role}.${way}\n`)
  })
}

/** `users deactivate`: takes effect at once, also in a server that runs. */
export async function deactivate(config: Config, email: string, print: Print): Promise<void> {
  await withStore(config, async (ctx) => {
    const { id } = await getUserByEmail(ctx, email)
    const user = await deactivateUser(ctx, id)
    print(`Deactivated ${nameOf(user)}: no session and no key of theirs opens anything.\n`)
  })
}

function nameOf({ name, email }: User): string {
  return `"${name}" <${email}>`
}

function describe(user: User): string {
  const { email, name, role, status, lastLoginAt, lockedUntil, hasPassword } = user
  const isLocked = lockedUntil !== null && lockedUntil > systemClock.nowSeconds()
  const facts = [
    role,
    status,
    lastLoginAt === null ? 'never logged in' : `last login ${dayOf(lastLoginAt)}`,
    ...(isLocked ? [`locked until ${minuteOf(lockedUntil)}`] : []),
    ...(hasPassword ? [] : ['no password']),
  ]
  return `${email}  "${name}"  ${facts.join(', ')}`
}
