import type { Role } from '@pharos/contract/vocabulary.ts'
import {
  mintSessionToken,
  startSession,
  type User,
  type Uses,
} from '../../src/features/identity/index.ts'
import { deleteSession } from '../../src/features/identity/sessions/session-store.ts'
import { Accounts } from './accounts.ts'
import type { TestApp } from './app.ts'

/** A person who is logged in at a whole server. */
export interface Login {
  readonly user: User
  readonly sessionId: string
  /** The `Cookie` header of the person's browser. */
  readonly cookie: string
  /** The same session as a bearer. */
  readonly token: string
}

/** Adds a person and begins a session, as a login would. */
export async function logIn(server: TestApp, role: Role): Promise<Login> {
  const { context } = server.app
  const user = await new Accounts(context).add({ role })
  const input = { userId: user.id, kind: 'password', ip: null, userAgent: null } as const
  const { secret, session } = await startSession(context, input)
  const token = await mintSessionToken(context, { ...session, userId: user.id })
  return { user, sessionId: session.id, cookie: `bodhiapp_session_id=${secret}`, token }
}

/** Ends a session as its logout would, without the line in the audit. */
export async function endSession({ db }: Uses<'db'>, id: string): Promise<void> {
  await db.write((tx) => deleteSession(tx, id))
}

/** Whether nobody has ended the session yet. */
export function isLoggedIn({ db }: Uses<'db'>, { sessionId }: Login): Promise<boolean> {
  return db.read(async (tx) => {
    const session = tx.db.selectFrom('sessions').select('id').where('id', '=', sessionId)
    return (await session.executeTakeFirst()) !== undefined
  })
}
