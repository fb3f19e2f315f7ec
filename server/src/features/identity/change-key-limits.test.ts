import type { Scope } from '@pharos/contract/vocabulary.ts'
import { expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { createVault } from '../../platform/secrets/vault.ts'
import { apiKeyCaller, localCaller, type Caller } from './caller.ts'
import { changeKeyLimits } from './change-key-limits.ts'
import { createApiKey } from './create-api-key.ts'
import { createPlaygroundKey } from './create-playground-key.ts'
import { createThunderKey } from './create-thunder-key.ts'
import { findCredential } from './find-credential.ts'
import type { KeyLimitChanges } from './key-limits.ts'
import { listApiKeys } from './list-api-keys.ts'
import { revokeApiKey } from './revoke-api-key.ts'
import { issueTicket, redeemTicket } from './stream-ticket.ts'

describeEachDatabase('limits of stored keys', (store) => {
  const clock = standingClock(1000)
  const vault = createVault(Buffer.alloc(32, 1))
  const ctxOf = (caller: Caller = localCaller()) => ({ ...contextOf(store, clock, caller), vault })
  const allScopes: readonly Scope[] = ['keys:manage', 'completions:run', 'traces:read']
  const create = async (limits?: KeyLimitChanges, scopes = allScopes) =>
    createApiKey(ctxOf(), { name: 'k', scopes, expiresAt: null, ...(limits && { limits }) })
  const auditOf = async (id: string, action: string): Promise<unknown[]> => {
    const rows = await store.db.read((tx) =>
      tx.db
        .selectFrom('audit_log')
        .select('changes')
        .where('target_id', '=', id)
        .where('action', '=', action)
        .execute(),
    )
    return rows.map(({ changes }): unknown => JSON.parse(changes))
  }

  it('come with the key wherever it is looked up', async () => {
    const { key, secret } = await create({ budgetUsd: 0.1, models: ['a', 'openai/*', 'a'] })
    expect(key).toMatchObject({
      limits: { budgetUsd: 0.1, budgetPeriod: 'total' },
      models: ['a', 'openai/*'],
    })
    expect(await findCredential(ctxOf(), { keys: [secret], cookies: [] })).toEqual({
      kind: 'apiKey',
      key,
    })
    const listed = await listApiKeys(ctxOf())
    expect(listed.find(({ id }) => id === key.id)).toEqual(key)
    expect(apiKeyCaller(key)).toMatchObject({ limits: key.limits, models: key.models })
    expect(await auditOf(key.id, 'api-key.create')).toMatchObject([
      { limits: key.limits, models: key.models },
    ])
    const plain = await create()
    expect(plain.key).toMatchObject({ limits: null, models: null })
    expect(apiKeyCaller(plain.key)).not.toHaveProperty('limits')
    expect(apiKeyCaller(plain.key)).not.toHaveProperty('models')
  })

  it('stay on a caller that comes back by a ticket', async () => {
    const { key } = await create({ requestsPerMinute: 3, models: ['a'] })
    const caller = apiKeyCaller(key)
    expect(await redeemTicket(ctxOf(), issueTicket(ctxOf(caller)))).toEqual(caller)
  })

  it('change by id and by prefix, from the next look-up on', async () => {
    const { key, secret } = await create({ budgetUsd: 5, tokensPerMinute: 100 })
    const first = await changeKeyLimits(ctxOf(), key.prefix, {
      tokensPerMinute: null,
      budgetPeriod: 'day',
      models: ['gpt-4o'],
    })
    expect(first).toMatchObject({
      limits: { budgetUsd: 5, budgetPeriod: 'day' },
      models: ['gpt-4o'],
    })
    expect(first.updatedAt).toBeGreaterThan(key.updatedAt)
    expect(await findCredential(ctxOf(), { keys: [secret], cookies: [] })).toEqual({
      kind: 'apiKey',
      key: first,
    })
    const second = await changeKeyLimits(ctxOf(), key.id, { budgetUsd: null, models: null })
    expect(second).toMatchObject({ limits: null, models: null })
    expect(await auditOf(key.id, 'api-key.update')).toEqual(
      expect.arrayContaining([
        { limits: { budgetUsd: 5, budgetPeriod: 'day' }, models: ['gpt-4o'] },
        { limits: null, models: null },
      ]),
    )
  })

  it('of a key nobody knows, or one that is revoked, do not change', async () => {
    await expect(changeKeyLimits(ctxOf(), 'nobody', {})).rejects.toMatchObject({
      code: 'not-found',
    })
    const { key } = await create()
    await revokeApiKey(ctxOf(), key.id)
    const change = changeKeyLimits(ctxOf(), key.id, { budgetUsd: 1 })
    await expect(change).rejects.toMatchObject({ code: 'conflict' })
  })

  it('that make no sense are refused and change nothing', async () => {
    const { key } = await create({ requestsPerMinute: 5 })
    for (const changes of [{ budgetUsd: -1 }, { budgetPeriod: 'day' }, { models: [] }] as const) {
      const change = changeKeyLimits(ctxOf(), key.id, { requestsPerMinute: 9, ...changes })
      await expect(change).rejects.toMatchObject({ code: 'invalid' })
    }
    const listed = await listApiKeys(ctxOf())
    expect(listed.find(({ id }) => id === key.id)).toEqual(key)
    expect(await auditOf(key.id, 'api-key.update')).toEqual([])
  })

  it('are changed only by holders of the scope, within their own label', async () => {
    const { key } = await create()
    const stranger = ctxOf(callerWith('completions:run', 'settings:manage'))
    await expect(changeKeyLimits(stranger, key.id, { budgetUsd: 1 })).rejects.toMatchObject({
      code: 'forbidden',
      message: 'This needs the scope keys:manage',
    })
    const labelled = ctxOf(apiKeyCaller({ ...key, subject: 'team-a' }))
    await expect(changeKeyLimits(labelled, key.id, { budgetUsd: 1 })).rejects.toMatchObject({
      code: 'not-found',
    })
  })

  it.each([{ budgetUsd: 1 }, { models: ['gpt-4o'] }])(
    'are not got round by a key with %j that manages keys',
    async (limits) => {
      const { key } = await create(limits)
      const ctx = ctxOf(apiKeyCaller(key))
      const refused = { code: 'forbidden', message: 'A key with limits does not manage keys' }
      const input = { name: 'more', scopes: ['completions:run'], expiresAt: null } as const
      await expect(createApiKey(ctx, input)).rejects.toMatchObject(refused)
      await expect(changeKeyLimits(ctx, key.id, { budgetUsd: 9 })).rejects.toMatchObject(refused)
      const thunder = { name: 'x', description: null, label: null, isAdmin: false, expiresAt: null }
      await expect(createThunderKey(ctx, thunder)).rejects.toMatchObject(refused)
      const visit = { sessionId: null, expiresAt: null }
      const playground = await createPlaygroundKey(ctx, visit)
      expect(playground.key.scopes).not.toContain('completions:run')
      const free = await createPlaygroundKey(ctxOf(), visit)
      expect(free.key.scopes).toContain('completions:run')
    },
  )
})
