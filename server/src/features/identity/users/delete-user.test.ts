import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { Accounts, sessionOf } from '../../../../test/support/accounts.ts'
import { describeEachDatabase } from '../../../../test/support/database.ts'
import { callerWith } from '../../../../test/support/caller.ts'
import { plantRowsOf } from '../../../../test/support/rows-of-person.ts'
import { storeLog } from '../../../../test/support/sample-logs.ts'
import type { Tx } from '../../../platform/db/database.ts'
import { identityOf } from '../identity-of.ts'
import { createApiKey } from '../create-api-key.ts'
import { anonymousCaller, lendScope, localCaller } from '../caller.ts'
import { deleteUser } from './delete-user.ts'
import { identities, makers, ownRows, special } from './forget-person-store.ts'
import { inviteUser } from './invite-user.ts'
import { logInWithPassword } from './log-in.ts'
import { changeOwnPassword } from './own-account.ts'
import { resetPassword } from './reset-password.ts'
import { updateUser } from './update-user.ts'
import type { User } from './user.ts'

interface Cell {
  readonly table: string
  readonly column: string
}

const known = [...ownRows, ...makers, ...identities, ...special].map((pair) => pair.join('.'))

describeEachDatabase('A deleted user', (store) => {
  const accounts = new Accounts(store)

  async function columns(tx: Tx): Promise<readonly Cell[]> {
    const found =
      tx.dialect === 'sqlite'
        ? sql<Cell>`select tables.name as "table", columns.name as "column"
            from sqlite_master as tables, pragma_table_info(tables.name) as columns
            where tables.type = 'table'`
        : sql<Cell>`select table_name as "table", column_name as "column"
            from information_schema.columns where table_schema = 'public'`
    return (await found.execute(tx.db)).rows
  }

  /** Where in the whole database a text stands. */
  const placesOf = (text: string) =>
    store.db.read(async (tx) => {
      const places: string[] = []
      for (const { table, column } of await columns(tx)) {
        const value = sql`lower(cast(${sql.ref(column)} as text))`
        const word = text.toLowerCase()
        const holds =
          tx.dialect === 'sqlite' ? sql`instr(${value}, ${word})` : sql`strpos(${value}, ${word})`
        const { rows } =
          await sql`select 1 from ${sql.table(table)} where ${holds} > 0 limit 1`.execute(tx.db)
        if (rows.length > 0) places.push(`${table}.${column}`)
      }
      return places
    })

  /** Leaves one of everything that can bear a trace of the user. */
  async function leaveTraces(user: User): Promise<{ requestId: string; keyId: string }> {
    const caller = sessionOf(user, await accounts.begin(user.id))
    const ctx = accounts.as(caller)
    const identity = identityOf(caller)
    const at = accounts.clock.nowSeconds()
    const shown = { email: user.email, password: 'password' }
    await logInWithPassword(
      accounts.as({ ...anonymousCaller(), from: { ip: '192.0.2.7', requestId: null } }),
      shown,
    )
    await changeOwnPassword(ctx, { current: 'password', next: 'another password' })
    const { key } = await createApiKey(
      { ...ctx, caller: lendScope(caller, 'keys:manage') },
      {
        name: `Laptop of ${user.name}`,
        scopes: ['traces:read'],
        expiresAt: null,
      },
    )
    await inviteUser(ctx, { email: `${randomUUID()}@example.net`, name: 'Guest', role: 'user' })
    await resetPassword(accounts.as(localCaller()), user.id)
    await accounts.begin(user.id)
    const requestId = await storeLog(store, null)
    await plantRowsOf({ store, user, identity, at, requestId })
    return { requestId, keyId: key.id }
  }

  it('leaves neither id nor e-mail nor name anywhere', async () => {
    const name = 'Zo\u00eb "Z" O\'Neil-Quetzal'
    const email = `Zoe.${randomUUID()}@Example.org`
    const { id } = await accounts.add({ email, emailKey: email.toLowerCase(), role: 'manager' })
    const user = await updateUser(accounts.as(localCaller()), id, { name })
    const other = await accounts.add({ role: 'manager' })
    await accounts.begin(other.id)
    await leaveTraces(other)
    const { requestId, keyId } = await leaveTraces(user)
    await updateUser(accounts.as(localCaller()), user.id, { name: `${name} II` })
    const marks = [user.id, email, 'Neil-Quetzal']
    const before = (await Promise.all(marks.map(placesOf))).flat()
    expect(before).toEqual(expect.arrayContaining([...known, 'audit_log.changes', 'api_keys.name']))
    const linesBefore = await store.db.read((tx) =>
      tx.db.selectFrom('audit_log').select('id').execute(),
    )

    await deleteUser(accounts.as(sessionOf(user)), user.id)

    for (const mark of marks) expect(await placesOf(mark)).toEqual([])
    const { lines, key, log, said, audit } = await store.db.read(async (tx) => ({
      lines: await tx.db.selectFrom('audit_log').select('id').execute(),
      key: await tx.db
        .selectFrom('api_keys')
        .selectAll()
        .where('id', '=', keyId)
        .executeTakeFirst(),
      log: await tx.db
        .selectFrom('inference_logs')
        .selectAll()
        .where('request_id', '=', requestId)
        .executeTakeFirst(),
      said: await tx.db
        .selectFrom('discussions')
        .selectAll()
        .where('request_id', '=', requestId)
        .execute(),
      audit: await tx.db
        .selectFrom('audit_log')
        .selectAll()
        .where('action', '=', 'user.delete')
        .executeTakeFirstOrThrow(),
    }))
    expect(lines).toHaveLength(linesBefore.length + 1)
    expect(key).toMatchObject({ status: 'revoked', user_id: null, name: 'key of a deleted user' })
    expect(log?.favorited_by).toBe('["Somebody"]')
    expect(said).toMatchObject([{ username: 'deleted user', comment: 'Look' }])
    expect(audit.actor_id).toBe(audit.target_id)
    expect(audit.target_id).toMatch(/^deleted-/)
    expect(said[0]?.author).toBe(`user:${audit.target_id}`)
    const ips = await store.db.read((tx) =>
      tx.db.selectFrom('audit_log').select('target_id').where('ip', '=', '192.0.2.7').execute(),
    )
    expect(ips).toEqual([{ target_id: other.id }])
    for (const table of [
      'sessions.user_id',
      'api_keys.user_id',
      'conversations.owner',
      'discussions.author',
    ]) {
      expect(await placesOf(other.id)).toContain(table)
    }
  })

  it('had no name that others lose with it', async () => {
    const user = await accounts.add({ name: 'Sam' })
    await accounts.add({ name: 'Sam' })
    const requestId = await storeLog(store, null)
    await store.db.write((tx) =>
      tx.db
        .updateTable('inference_logs')
        .set({ favorited_by: '["Sam"]' })
        .where('request_id', '=', requestId)
        .execute(),
    )
    await deleteUser(accounts.as(localCaller()), user.id)
    const log = await store.db.read((tx) =>
      tx.db
        .selectFrom('inference_logs')
        .selectAll()
        .where('request_id', '=', requestId)
        .executeTakeFirst(),
    )
    expect(log?.favorited_by).toBe('["Sam"]')
  })

  it('is not deleted by halves', async () => {
    const user = await accounts.add({ role: 'manager' })
    await leaveTraces(user)
    const before = await placesOf(user.id)
    const refused = deleteUser(accounts.as(callerWith('users:manage')), user.id)
    await expect(refused).rejects.toMatchObject({ code: 'forbidden' })
    expect(await placesOf(user.id)).toEqual(before)
  })

  it('is known of in every column that names a person', async () => {
    const reviewed = new Set([
      // Labels of owners and engines, never users: keyed fingerprints.
      'traces.owner_key',
      'inference_logs.owner_key',
      'inference_logs.sealed_owner',
      'activation_runs.owner_key',
      'users.email',
      'users.email_key',
      'identities.email_at_login',
      'audit_log.actor_kind',
      'sessions.user_agent',
      // Of processes.
      'jobs.lease_owner',
      // What is asked, and what somebody thinks of the answer.
      'executions.user_input',
      'executions.user_status',
    ])
    const naming = /user|_by$|owner|author|actor|email|creator/
    const unknown = (await store.db.read(columns))
      .filter(({ column }) => naming.test(column))
      .map(({ table, column }) => `${table}.${column}`)
      .filter((place) => !known.includes(place) && !reviewed.has(place))
    expect(unknown).toEqual([])
  })
})
