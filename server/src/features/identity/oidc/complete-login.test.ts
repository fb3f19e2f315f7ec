import { beforeEach, describe, expect, it } from 'vitest'
import { OidcBrowser } from '../../../../test/support/oidc-browser.ts'
import { callback, describeEachDesk, from, type Desk } from '../../../../test/support/oidc-desk.ts'
import { beginLogin } from './begin-login.ts'
import { completeLogin } from './complete-login.ts'

describeEachDesk('a login', (deskNow) => {
  let desk: Desk
  beforeEach(() => {
    desk = deskNow()
  })

  describe('the answer of the issuer', () => {
    const person = { email: 'ned@lab.test', roles: ['resource_user'] }

    it('counts once, also for many at once', async () => {
      desk.issuer.people.set('ned', person)
      const oidc = desk.provider()
      const back = { ...(await desk.begin('ned', oidc)), ...from, awaitsAdmin: false }
      const before = desk.issuer.tokenRequests
      const all = await Promise.all(
        Array.from({ length: 5 }, () => completeLogin({ ...desk.ctx, oidc }, back)),
      )
      const faults = all.map((outcome) => (outcome.kind === 'in' ? 'in' : outcome.fault))
      expect(faults.toSorted()).toEqual(['in', ...Array(4).fill('no-attempt')])
      expect(desk.issuer.tokenRequests - before).toBe(1)
    })

    it('is refused with another state, which leaves the login to its owner', async () => {
      desk.issuer.people.set('ned', person)
      const oidc = desk.provider()
      const back = { ...(await desk.begin('ned', oidc)), ...from, awaitsAdmin: false }
      const ctx = { ...desk.ctx, oidc }
      const forged = { ...back, answer: { ...back.answer, state: 'A'.repeat(43) } }
      expect(await completeLogin(ctx, forged)).toEqual({ kind: 'fault', fault: 'other-state' })
      const { state: _, ...stateless } = back.answer
      const unnamed = { ...back, answer: stateless }
      expect(await completeLogin(ctx, unnamed)).toEqual({ kind: 'fault', fault: 'no-state' })
      const strange = { ...back, secret: 'f'.repeat(64) }
      expect(await completeLogin(ctx, strange)).toEqual({ kind: 'fault', fault: 'no-attempt' })
      const cookieless = { ...back, secret: undefined }
      expect(await completeLogin(ctx, cookieless)).toEqual({ kind: 'fault', fault: 'no-attempt' })
      expect(await completeLogin(ctx, back)).toMatchObject({ kind: 'in' })
    })

    it('uses the login up even when the issuer does not take its code', async () => {
      desk.issuer.people.set('ned', person)
      const oidc = desk.provider()
      const back = { ...(await desk.begin('ned', oidc)), ...from, awaitsAdmin: false }
      const wrong = { ...back, answer: { ...back.answer, code: 'wrong' } }
      const code = 'auth_service_error-auth_service_api_error'
      await expect(completeLogin({ ...desk.ctx, oidc }, wrong)).rejects.toMatchObject({
        code: 'upstream',
        details: { code },
      })
      const again = await completeLogin({ ...desk.ctx, oidc }, back)
      expect(again).toEqual({ kind: 'fault', fault: 'no-attempt' })
      expect(await desk.audit()).toEqual(['user.login.failed {"by":"oidc","why":"issuer"}'])
    })

    it('does not count for the code of another login', async () => {
      desk.issuer.people.set('ned', person)
      const oidc = desk.provider()
      const one = await desk.begin('ned', oidc)
      const other = await desk.begin('ned', oidc)
      const mixed = { ...other, answer: { ...other.answer, code: one.answer['code'] } }
      await expect(
        completeLogin({ ...desk.ctx, oidc }, { ...mixed, ...from, awaitsAdmin: false }),
      ).rejects.toMatchObject({ code: 'upstream' })
    })

    it('may be an error, which ends the login', async () => {
      const oidc = desk.provider()
      const begun = await beginLogin(
        { ...desk.ctx, oidc },
        { ...from, redirectUri: callback, mayBecomeAdmin: false },
      )
      desk.issuer.subject = undefined
      const back = await new OidcBrowser().follow(begun.location, callback)
      const answer = Object.fromEntries(new URL(back).searchParams)
      expect(answer).toMatchObject({ error: 'access_denied', error_description: 'Not you' })
      const login = { secret: begun.secret, answer, ...from, awaitsAdmin: false }
      const ctx = { ...desk.ctx, oidc }
      expect(await completeLogin(ctx, login)).toEqual({ kind: 'fault', fault: 'issuer-error' })
      expect(await completeLogin(ctx, login)).toEqual({ kind: 'fault', fault: 'no-attempt' })
    })
  })

  it('begins no login while the issuer is away, and does once it is back', async () => {
    await desk.issuer.goAway()
    const oidc = desk.provider()
    const begin = () =>
      beginLogin({ ...desk.ctx, oidc }, { ...from, redirectUri: callback, mayBecomeAdmin: false })
    await expect(begin()).rejects.toMatchObject({ code: 'unavailable' })
    const rows = await desk.store.db.read((tx) =>
      tx.db.selectFrom('sessions').selectAll().execute(),
    )
    expect(rows).toEqual([])
    await desk.issuer.comeBack()
    expect((await begin()).location).toContain(`${desk.issuer.url}/auth?response_type=code&`)
  })
})
