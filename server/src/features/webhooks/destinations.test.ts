import { beforeEach, expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { randomIds } from '../../platform/ids.ts'
import { createVault } from '../../platform/secrets/vault.ts'
import { localCaller, type Caller } from '../identity/index.ts'
import { webhookSecretPurpose } from './destination.ts'
import {
  unknownDestinations,
  createDestination,
  deleteDestination,
  getDestination,
  getDestinationByIdentifier,
  listDestinations,
  updateDestination,
  type DestinationContext,
} from './index.ts'

describeEachDatabase('Destinations of webhooks', (store) => {
  const vault = createVault(Buffer.alloc(32, 1))
  const clock = standingClock()
  const as = (caller: Caller): DestinationContext => {
    return { db: store.db, clock, ids: randomIds, vault, caller }
  }
  const ctx = (): DestinationContext => as(localCaller())
  beforeEach(() => store.db.write((tx) => tx.db.deleteFrom('webhook_destinations').execute()))

  const storedOf = (id: string) =>
    store.db.read((tx) =>
      tx.db
        .selectFrom('webhook_destinations')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirstOrThrow(),
    )
  const notedOf = async (id: string) => {
    const rows = await store.db.read((tx) =>
      tx.db
        .selectFrom('audit_log')
        .select(['action', 'changes'])
        .where('target_id', '=', id)
        .orderBy('at')
        .execute(),
    )
    return rows.map(({ action, changes }) => [action, JSON.parse(changes ?? '{}')])
  }

  it('are made, changed and deleted, which is noted without secrets', async () => {
    const url = 'https://user:password@hooks.test/x'
    const secret = 'a secret of sixteen'
    const made = await createDestination(ctx(), { name: 'Alerts', url, secret })
    const shown = 'https://user:****@hooks.test/x'
    expect(made).toMatchObject({ name: 'Alerts', url: shown, isActive: true, hasSecret: true })
    expect(made.identifier).not.toBe(made.id)
    expect(JSON.stringify(made)).not.toContain(secret)
    const stored = await storedOf(made.id)
    expect(JSON.stringify(stored)).not.toContain(secret)
    expect(JSON.stringify(stored)).not.toContain('password')
    expect(vault.open(stored.secret ?? '', webhookSecretPurpose)).toBe(secret)
    clock.now += 1
    expect(await updateDestination(ctx(), made.id, { isActive: false })).toEqual({
      ...made,
      isActive: false,
      updatedAt: clock.now,
    })
    clock.now += 1
    const open = await updateDestination(ctx(), made.id, { name: 'Other', secret: null })
    expect(open).toMatchObject({ name: 'Other', url: shown, isActive: false, hasSecret: false })
    clock.now += 1
    await deleteDestination(ctx(), made.id)
    expect(await notedOf(made.id)).toEqual([
      ['webhook.create', { name: 'Alerts', url: 'https://hooks.test/x', secret: '(secret)' }],
      ['webhook.update', { isActive: false }],
      ['webhook.update', { name: 'Other', secret: null }],
      ['webhook.delete', {}],
    ])
    const gone = { code: 'not-found' }
    await expect(getDestination(ctx(), made.id)).rejects.toMatchObject(gone)
    await expect(updateDestination(ctx(), made.id, {})).rejects.toMatchObject(gone)
    await expect(deleteDestination(ctx(), made.id)).rejects.toMatchObject(gone)
  })

  it.each([
    ['user:password', 'user:****'],
    ['token', '****'],
    [':p%40ss', ':****'],
  ])('keep the password of %s where its mask comes back', async (credentials, masked) => {
    const at = (who: string, rest: string): string => `https://${who}@${rest}`
    const given = { name: 'Alerts', url: at(credentials, 'hooks.test/x') }
    const { id, url } = await createDestination(ctx(), given)
    expect(url).toBe(at(masked, 'hooks.test/x'))
    const { credentials: sealed } = await storedOf(id)
    await updateDestination(ctx(), id, { url })
    const moved = { name: 'Other', url: at(masked, 'hooks.test/y?z=1') }
    expect(await updateDestination(ctx(), id, moved)).toMatchObject(moved)
    expect((await storedOf(id)).credentials).toBe(sealed)
    for (const elsewhere of ['hooks.test:8443/x', 'other.test/x']) {
      const changes = { url: at(masked, elsewhere) }
      const refused = { code: 'invalid', message: expect.stringContaining('is a mask') }
      await expect(updateDestination(ctx(), id, changes)).rejects.toMatchObject(refused)
    }
    expect(await storedOf(id)).toMatchObject({ url: moved.url, credentials: sealed })
    await updateDestination(ctx(), id, { url: 'https://hooks.test/' })
    expect(await storedOf(id)).toMatchObject({ url: 'https://hooks.test/', credentials: null })
  })

  it('are found by either name and listed with the newest first', async () => {
    const given = { name: 'Same', url: 'http://127.0.0.1:9/' }
    const first = await createDestination(ctx(), given)
    clock.now += 1
    const second = await createDestination(ctx(), { ...given, isActive: false })
    expect(await listDestinations(ctx())).toEqual([second, first])
    expect(await getDestination(ctx(), first.id)).toEqual(first)
    expect(await getDestinationByIdentifier(ctx(), second.identifier)).toEqual(second)
    const missing = await store.db.read((tx) =>
      unknownDestinations(tx, ['x', first.id, second.identifier, second.id, 'x']),
    )
    expect(missing).toEqual(['x', second.identifier])
  })

  it.each([
    ['an empty name', { name: '' }],
    ['another scheme', { url: 'ftp://hooks.test/' }],
    ['no address', { url: 'hooks' }],
    ['a mask for a password', { url: 'https://me:****@hooks.test/' }],
    ['a secret that is too short', { secret: 'short' }],
  ])('cannot have %s', async (_, wrong) => {
    const given = { name: 'Good', url: 'https://hooks.test/' }
    const refused = { code: 'invalid' }
    await expect(createDestination(ctx(), { ...given, ...wrong })).rejects.toMatchObject(refused)
    const { id } = await createDestination(ctx(), given)
    await expect(updateDestination(ctx(), id, wrong)).rejects.toMatchObject(refused)
    expect(await getDestination(ctx(), id)).toMatchObject(given)
  })

  it('are looked for by any text', async () => {
    const odd = 'a\u0000b\uD800'
    const gone = { code: 'not-found' }
    await expect(getDestination(ctx(), odd)).rejects.toMatchObject(gone)
    await expect(getDestinationByIdentifier(ctx(), odd)).rejects.toMatchObject(gone)
    await expect(updateDestination(ctx(), odd, {})).rejects.toMatchObject(gone)
    await expect(deleteDestination(ctx(), odd)).rejects.toMatchObject(gone)
    expect(await store.db.read((tx) => unknownDestinations(tx, [odd]))).toEqual([odd])
    const made = await createDestination(ctx(), { name: odd, url: `http://hooks.test/${odd}` })
    const url = 'http://hooks.test/a%00b%EF%BF%BD'
    expect(made).toMatchObject({ name: 'a\uFFFDb\uFFFD', url })
    expect(await getDestination(ctx(), made.id)).toEqual(made)
  })

  it.each([
    ['list', (by: DestinationContext) => listDestinations(by)],
    ['read', (by: DestinationContext) => getDestination(by, 'x')],
    ['find', (by: DestinationContext) => getDestinationByIdentifier(by, 'x')],
    ['make', (by: DestinationContext) => createDestination(by, { name: 'x', url: 'http://x' })],
    ['change', (by: DestinationContext) => updateDestination(by, 'x', {})],
    ['delete', (by: DestinationContext) => deleteDestination(by, 'x')],
  ])('are for nobody without the scope to %s', async (_, verb) => {
    const caller = callerWith('settings:manage', 'deployments:manage')
    await expect(verb(as(caller))).rejects.toMatchObject({ code: 'forbidden' })
  })
})
