import { randomUUID } from 'node:crypto'
import { sql, type Insertable } from 'kysely'
import { expect, it } from 'vitest'
import { Accounts, sessionOf } from '../../../../test/support/accounts.ts'
import { describeEachDatabase } from '../../../../test/support/database.ts'
import { callerWith } from '../../../../test/support/caller.ts'
import { storeLog } from '../../../../test/support/sample-logs.ts'
import type { Tx } from '../../../platform/db/database.ts'
import type { Schema } from '../../../platform/db/schema.ts'
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

  const insert = <T extends keyof Schema & string>(table: T, row: Insertable<Schema[T]>) =>
    store.db.write((tx) => tx.insertMany(table, [row]))

  /** Leaves one of everything that can bear a trace of the user. */
  async function leaveTraces(user: User): Promise<{ requestId: string; keyId: string }> {
    const caller = sessionOf(user, await accounts.begin(user.id))
    const ctx = accounts.as(caller)
    const identity = identityOf(caller)
    const at = accounts.clock.nowSeconds()
    const times = { created_at: at, updated_at: at }
    const id = randomUUID()
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
    await inviteUser(ctx, { email: `${id}@example.net`, name: 'Guest', role: 'user' })
    await resetPassword(accounts.as(localCaller()), user.id)
    await accounts.begin(user.id)
    const requestId = await storeLog(store, null)
    await insert('identities', {
      issuer: 'https://id',
      subject: id,
      user_id: user.id,
      email_at_login: user.email,
      created_at: at,
    })
    await insert('settings', {
      key: `own-${id}`,
      user_id: user.id,
      value: '1',
      updated_by: user.id,
      updated_at: at,
    })
    await insert('settings', {
      key: `all-${id}`,
      user_id: '',
      value: '1',
      updated_by: identity,
      updated_at: at,
    })
    await insert('conversations', { owner: identity, id, title: user.name, ...times })
    await insert('messages', {
      owner: identity,
      conversation_id: id,
      position: 0,
      id,
      role: 'user',
      content: user.email,
      created_at: at,
    })
    await insert('provider_connections', {
      id,
      name: id,
      kind: 'openai',
      is_active: 1,
      created_by: user.id,
      ...times,
    })
    await insert('model_aliases', {
      id,
      name: id,
      kind: 'router',
      targets: '[]',
      request_params: '{}',
      options: '{}',
      created_by: user.id,
      ...times,
    })
    await insert('downloads', {
      id,
      repo: id,
      filename: 'x',
      revision: 'main',
      status: 'completed',
      created_by: user.id,
      ...times,
    })
    await insert('prompts', {
      id,
      name: id,
      prompt: 'Hi',
      current_version: 1,
      created_by: identity,
      ...times,
    })
    await insert('prompt_revisions', {
      prompt_id: id,
      version: 1,
      name: id,
      prompt: 'Hi',
      created_by: identity,
      created_at: at,
    })
    await insert('comments', { id, text: 'Good', data: '{}', created_by: identity, ...times })
    await insert('executions', {
      id,
      seq: 1,
      user_input: '',
      provider: 'openai',
      model: 'small',
      status: 'completed',
      origin: 'app',
      created_by: identity,
      ...times,
    })
    await insert('test_groups', { id, name: id, mode: 'raw', created_by: identity, ...times })
    await insert('files', {
      id,
      sha256: id,
      name: 'x',
      original_name: 'x',
      mime_type: 'text/plain',
      size_bytes: 1,
      uploaded_by: identity,
      ...times,
    })
    const number = Math.floor(Math.random() * 1e9)
    await insert('jobs', {
      id,
      seq: number,
      type: 'sample',
      data: '{}',
      status: 'completed',
      lane: 'sample',
      priority: 1,
      attempts: 0,
      max_attempts: 1,
      scheduled_at: at,
      retry_delay_ms: 1,
      retry_backoff_multiplier: 1,
      max_retry_delay_ms: 1,
      is_cancelled: 0,
      created_by: identity,
      ...times,
    })
    await insert('job_schedules', {
      id,
      name: id,
      type: 'sample',
      data: '{}',
      every_seconds: 60,
      is_active: 0,
      next_at: at,
      created_by: identity,
      ...times,
    })
    await insert('collections', {
      id: number,
      name: 'Mine',
      owner: identity,
      created_by: user.name,
      is_public: 0,
      ...times,
    })
    await insert('collection_requests', {
      collection_id: number,
      request_id: requestId,
      added_at: at,
      added_by: user.name,
      needs_public: 0,
    })
    await insert('share_links', {
      token_hash: id,
      kind: 'log',
      target_id: requestId,
      sealed_token: 'x',
      created_by: identity,
      created_at: at,
    })
    await insert('discussions', {
      id: number,
      request_id: requestId,
      username: user.name,
      comment: 'Look',
      author: identity,
      ...times,
    })
    await store.db.write((tx) =>
      tx.db
        .updateTable('inference_logs')
        .set({ favorited_by: JSON.stringify([user.name, 'Somebody', user.email]) })
        .where('request_id', '=', requestId)
        .execute(),
    )
    await insert('audit_log', {
      id: randomUUID(),
      at,
      actor_kind: 'local',
      action: 'setting.update',
      target_kind: 'setting',
      target_id: 'mail',
      changes: JSON.stringify({ to: [user.email.toLowerCase()], for: { user: user.id } }),
    })
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
