import { expect, it } from 'vitest'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { randomIds } from '../../platform/ids.ts'
import { localCaller } from './caller.ts'
import { createApiKey } from './create-api-key.ts'
import { KeyWatch } from './key-watch.ts'
import { revokeApiKey } from './revoke-api-key.ts'

describeEachDatabase('the watch on keys', (store) => {
  const clock = { now: 1000, nowSeconds: () => clock.now, elapsedMs: () => 0 }
  const contextOf = () => ({ db: store.db, clock, ids: randomIds, caller: localCaller() })
  const createKey = async (expiresAt: number | null = null) =>
    (await createApiKey(contextOf(), { name: 'watched', scopes: ['traces:read'], expiresAt })).key
      .id
  const open = (): KeyWatch =>
    new KeyWatch({
      ...contextOf(),
      onError: (error) => {
        throw error
      },
    })
  const ended = (watch: KeyWatch, keyId: string): Promise<string> =>
    new Promise((resolve) => watch.watch({ keyId }, () => resolve(keyId)))

  it('tells everything that was opened with a key once it is revoked', async () => {
    await using watch = open()
    const keyId = await createKey()
    const all = Promise.all([ended(watch, keyId), ended(watch, keyId)])
    await revokeApiKey(contextOf(), keyId)
    expect(await all).toEqual([keyId, keyId])
  })

  it('tells when the time of a key is over', async () => {
    await using watch = open()
    clock.now = 1000
    const keyId = await createKey(1010)
    const over = ended(watch, keyId)
    clock.now = 1010
    expect(await over).toBe(keyId)
  })

  it('says nothing of a good key, nor to what is no longer open', async () => {
    await using watch = open()
    clock.now = 1000
    const [good, left, revoked] = [await createKey(), await createKey(), await createKey()]
    const told: string[] = []
    watch.watch({ keyId: good }, () => told.push('good'))
    watch.watch({ keyId: left }, () => told.push('left'))[Symbol.dispose]()
    const over = ended(watch, revoked)
    for (const keyId of [left, revoked]) await revokeApiKey(contextOf(), keyId)
    await over
    expect(told).toEqual([])
  })
})
