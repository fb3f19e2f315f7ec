import { expect, it } from 'vitest'
import { Accounts } from '../../../../test/support/accounts.ts'
import { describeEachDatabase } from '../../../../test/support/database.ts'
import { anonymousCaller, localCaller } from '../caller.ts'
import { getUserByEmail } from './get-user.ts'

describeEachDatabase('the user of an e-mail', (store) => {
  const accounts = new Accounts(store)

  it('is found whatever its case, and only by all of it', async () => {
    const ctx = accounts.as(localCaller())
    const user = await accounts.add({ email: 'Änne@example.org', emailKey: 'änne@example.org' })
    expect(await getUserByEmail(ctx, ' ÄNNE@example.org')).toEqual(user)
    for (const other of ['nne@example.org', 'Änne', '%', '']) {
      await expect(getUserByEmail(ctx, other)).rejects.toMatchObject({
        code: 'not-found',
        message: `No user "${other}"`,
      })
    }
  })

  it('is not told to whom may not manage users', async () => {
    const { email } = await accounts.add()
    const nobody = accounts.as(anonymousCaller(['logs:read']))
    await expect(getUserByEmail(nobody, email)).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})
