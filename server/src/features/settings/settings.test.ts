import { expect, it } from 'vitest'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { createVault } from '../../platform/secrets/vault.ts'
import { jobCaller, localCaller, type Caller } from '../identity/index.ts'
import { checkMasterKey } from './check-master-key.ts'

describeEachDatabase('the master key', (store) => {
  const contextOf = (caller: Caller = localCaller(), vault = createVault(Buffer.alloc(32, 1))) => ({
    db: store.db,
    clock: { nowSeconds: () => 1000, elapsedMs: () => 0 },
    vault,
    caller,
  })

  it('that comes first binds the store', async () => {
    await checkMasterKey(contextOf())
    await checkMasterKey(contextOf())
    const other = contextOf(localCaller(), createVault(Buffer.alloc(32, 2)))
    await expect(checkMasterKey(other)).rejects.toMatchObject({
      code: 'precondition',
      message: expect.stringContaining('sealed with another key'),
    })
  })

  it('is checked only for callers with the scope', async () => {
    const other = contextOf(jobCaller('test', ['completions:run', 'keys:manage']))
    await expect(checkMasterKey(other)).rejects.toMatchObject({
      code: 'forbidden',
      message: 'This needs the scope settings:manage',
    })
  })
})
