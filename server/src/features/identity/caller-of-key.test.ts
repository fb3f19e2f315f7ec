import { expect, it } from 'vitest'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { callerOfKey } from './caller-of-key.ts'
import { createApiKey } from './create-api-key.ts'
import { revokeApiKey } from './revoke-api-key.ts'

describeEachDatabase('the caller of a key', (store) => {
  it('has what the key gives now, and is nobody once it is revoked or over', async () => {
    const clock = standingClock()
    const ctx = contextOf(store, clock)
    const scopes = ['executions:run'] as const
    const limits = { requestsPerMinute: 3 }
    const expiresAt = clock.now + 100
    const { key } = await createApiKey(ctx, { name: 'software', scopes, expiresAt, limits })
    expect(await callerOfKey(ctx, key.id)).toMatchObject({
      kind: 'apiKey',
      keyId: key.id,
      limits,
      scopes: new Set(scopes),
    })
    const other = await createApiKey(ctx, { name: 'other', scopes, expiresAt: null })
    await revokeApiKey(ctx, other.key.id)
    expect(await callerOfKey(ctx, other.key.id)).toBeUndefined()
    clock.now = expiresAt
    expect(await callerOfKey(ctx, key.id)).toBeUndefined()
    expect(await callerOfKey(ctx, 'nobody')).toBeUndefined()
  })
})
