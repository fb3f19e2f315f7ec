import type { Tx } from '../../../platform/db/database.ts'
import { toStorableText } from '../../../platform/db/storable-text.ts'

/** Who an issuer says somebody is: a pair that never changes, unlike an e-mail address. */
export interface IdentityKey {
  readonly issuer: string
  readonly subject: string
}

export async function userIdOfIdentity(
  tx: Tx,
  { issuer, subject }: IdentityKey,
): Promise<string | undefined> {
  const row = await tx.db
    .selectFrom('identities')
    .select('user_id')
    .where('issuer', '=', toStorableText(issuer))
    .where('subject', '=', toStorableText(subject))
    .executeTakeFirst()
  return row?.user_id
}

export interface NewIdentity extends IdentityKey {
  readonly userId: string
  /** The address for which the issuer vouches; null where it only repeats what it was told. */
  readonly verifiedEmail: string | null
  readonly at: number
}

/** Takes the place of one whose user is gone. */
export async function saveIdentity(tx: Tx, identity: NewIdentity): Promise<void> {
  const changes = {
    user_id: identity.userId,
    email_at_login: identity.verifiedEmail && toStorableText(identity.verifiedEmail),
  }
  await tx.db
    .insertInto('identities')
    .values({
      issuer: toStorableText(identity.issuer),
      subject: toStorableText(identity.subject),
      ...changes,
      created_at: identity.at,
    })
    .onConflict((clash) => clash.columns(['issuer', 'subject']).doUpdateSet(changes))
    .execute()
}

/** Whether somebody logs in as this user for whose address no issuer ever vouched. */
export async function hasUnverifiedIdentity(tx: Tx, userId: string): Promise<boolean> {
  const row = await tx.db
    .selectFrom('identities')
    .select('subject')
    .where('user_id', '=', userId)
    .where('email_at_login', 'is', null)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** An invitation is used up by whoever comes in another way. */
export async function dropInvitation(tx: Tx, userId: string): Promise<void> {
  await tx.db.deleteFrom('invitations').where('user_id', '=', userId).execute()
}

export async function noteIssuerLogin(tx: Tx, userId: string, at: number): Promise<void> {
  await tx.db.updateTable('users').set({ last_login_at: at }).where('id', '=', userId).execute()
}

/** Ends the session in which a login has begun; true for one of those who ask at once. */
export async function takeAnonymousSession(tx: Tx, id: string): Promise<boolean> {
  const { numDeletedRows } = await tx.db
    .deleteFrom('sessions')
    .where('id', '=', id)
    .where('kind', '=', 'anonymous')
    .executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}
