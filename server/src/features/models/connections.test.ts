import { afterEach, beforeEach, expect, it } from 'vitest'
import { callerWith, ownerCaller } from '../../../test/support/caller.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { startFakeProvider, type FakeProvider } from '../../../test/support/fake-provider.ts'
import { openModelStand, type ModelStand } from '../../../test/support/model-context.ts'
import { createAlias } from './save-alias.ts'
import { deleteConnection } from './delete-connection.ts'
import { getConnection, listConnections } from './list-connections.ts'
import { listModels } from './list-models.ts'
import { listProviderKeys } from './list-provider-keys.ts'
import type { ConnectionChanges } from './plan-connection.ts'
import { resolveModel } from './resolve-model.ts'
import { createConnection, updateConnection } from './save-connection.ts'
import { saveProviderKey } from './save-provider-key.ts'
import { testConnection } from './test-connection.ts'

const secret = 'sk-lab-0123456789'
const untested = { skipsTest: true }

describeEachDatabase('Connections', (store) => {
  let stand: ModelStand
  let fake: FakeProvider

  beforeEach(async () => {
    fake = await startFakeProvider('openai')
    stand = openModelStand(store, { environment: { apiKeys: { deepseek: 'sk-given-0123456789' } } })
  })
  afterEach(async () => {
    await stand[Symbol.asyncDispose]()
    await fake[Symbol.asyncDispose]()
    await store.db.write(async (tx) => {
      await tx.db.deleteFrom('model_aliases').execute()
      await tx.db.deleteFrom('provider_connections').execute()
      await tx.db.deleteFrom('audit_log').execute()
    })
  })

  const told = () => {
    stand.ctx.directory.hear({ topic: 'models', body: {} })
  }
  const rows = async () =>
    store.db.read((tx) => tx.db.selectFrom('provider_connections').selectAll().execute())
  const audit = async () =>
    store.db.read((tx) => tx.db.selectFrom('audit_log').selectAll().orderBy('at').execute())
  const lab = (): ConnectionChanges => ({
    kind: 'openai-compatible',
    baseUrl: fake.url,
    apiKey: secret,
  })
  const addLab = async () => {
    const made = await createConnection(stand.ctx, 'lab', lab())
    told()
    return made
  }
  const keyInUse = async (model: string) => {
    const { targets } = await resolveModel(stand.ctx, model)
    return targets[0].connection.apiKey
  }

  it('are shown to a key that hides models only where it reaches some of theirs', async () => {
    await createConnection(stand.ctx, 'lab', { ...lab(), ...untested })
    told()
    const key = { ...ownerCaller('an owner', 'models:read'), models: ['lab/small'] }
    const ctx = { ...stand.ctx, caller: { ...key, hidesModels: true } }
    expect((await listConnections(ctx)).map(({ facts }) => facts.name)).toEqual(['lab'])
    expect((await listModels(ctx)).providers.map(({ name }) => name)).toEqual(['lab'])
    expect(await getConnection(ctx, 'lab')).toMatchObject({ facts: { name: 'lab' } })
    await expect(getConnection(ctx, 'openai')).rejects.toMatchObject({ code: 'not-found' })
    expect((await listConnections({ ...ctx, caller: key })).length).toBeGreaterThan(1)
  })

  it('are saved sealed, once their provider has told its models', async () => {
    expect(await addLab()).toMatchObject({
      facts: {
        name: 'lab',
        kind: 'openai-compatible',
        baseUrl: fake.url,
        baseUrlSource: 'stored',
        keySource: 'stored',
        isActive: true,
        isBuiltIn: false,
        isGuarded: false,
      },
      key: '…6789',
      storedKey: '…6789',
      isStored: true,
      createdAt: stand.clock.now,
    })
    expect(fake.listRequests).toHaveLength(1)
    expect(fake.listRequests[0]?.headers.authorization).toBe(`Bearer ${secret}`)
    expect(JSON.stringify(await rows())).not.toContain(secret)
    expect(await keyInUse('lab/gpt-4o-mini')).toBe(secret)
    // What the test brought is kept, so the list is there at once.
    const { models } = await listModels(stand.ctx)
    expect(models.map(({ id }) => id)).toEqual(['lab/gpt-4o-mini'])
    expect(fake.listRequests).toHaveLength(1)
  })

  it('are not saved when the key is refused or nothing answers', async () => {
    const ctx = { ...stand.ctx }
    fake.whenListed({ type: 'status', status: 401, message: `${secret} is wrong` })
    await expect(createConnection(ctx, 'lab', lab())).rejects.toMatchObject({
      code: 'precondition',
      message: 'lab is not available: It does not take the key (status 401)',
      details: { reason: 'refused', provider: 'lab' },
    })
    fake.whenListed({ type: 'status', status: 404 })
    await expect(createConnection(ctx, 'lab', lab())).rejects.toMatchObject({
      details: { reason: 'unreachable' },
    })
    const dead = { ...lab(), baseUrl: 'http://127.0.0.1:9' }
    await expect(createConnection(ctx, 'lab', dead)).rejects.toMatchObject({
      details: { reason: 'unreachable' },
    })
    expect(await rows()).toEqual([])
    expect(await audit()).toEqual([])
    await createConnection(ctx, 'lab', dead, untested)
    expect(await rows()).toHaveLength(1)
  })

  it('that name their models themselves need a provider that answers, but no list', async () => {
    fake.whenListed({ type: 'status', status: 404 })
    await createConnection(stand.ctx, 'lab', { ...lab(), models: ['mine', 'mine'] })
    fake.whenListed({ type: 'status', status: 403 })
    await expect(
      createConnection(stand.ctx, 'other', { ...lab(), models: ['mine'] }),
    ).rejects.toMatchObject({ details: { reason: 'refused' } })
    const asked = fake.listRequests.length
    told()
    const { models } = await listModels(stand.ctx)
    expect(models.map(({ id }) => id)).toEqual(['lab/mine'])
    expect(fake.listRequests).toHaveLength(asked)
  })

  it('change in what is said, and are tested only when it matters', async () => {
    await addLab()
    const asked = fake.listRequests.length
    stand.clock.now += 5
    const off = await updateConnection(stand.ctx, 'lab', { isActive: false })
    expect(off).toMatchObject({ facts: { isActive: false, baseUrl: fake.url }, key: '…6789' })
    expect(off).toMatchObject({ createdAt: stand.clock.now - 5, updatedAt: stand.clock.now })
    await updateConnection(stand.ctx, 'lab', { models: ['a'] })
    expect(fake.listRequests).toHaveLength(asked)
    await updateConnection(stand.ctx, 'lab', { isActive: true, models: null })
    expect(fake.listRequests).toHaveLength(asked + 1)
    const renewed = await updateConnection(stand.ctx, 'lab', { apiKey: 'sk-renewed-abcd' })
    expect(renewed).toMatchObject({ key: '…abcd', facts: { models: null } })
    expect(fake.listRequests).toHaveLength(asked + 2)
    const keyless = await updateConnection(stand.ctx, 'lab', { apiKey: null }, untested)
    expect(keyless).toMatchObject({ key: null, facts: { keySource: null } })
  })

  it('keep their key when the mask is written back', async () => {
    await addLab()
    const before = await rows()
    stand.clock.now += 1
    await updateConnection(stand.ctx, 'lab', { apiKey: '…6789' })
    const [after] = await rows()
    expect(after?.secret).toBe(before[0]?.secret)
    expect(fake.listRequests).toHaveLength(1)
    await expect(updateConnection(stand.ctx, 'lab', { apiKey: '…0000' })).rejects.toMatchObject({
      code: 'invalid',
    })
  })

  it('show the key of the environment with its source, and keep a stored one beside it', async () => {
    const shown = await getConnection(stand.ctx, 'deepseek')
    expect(shown).toMatchObject({ key: '…6789', storedKey: null, isStored: false })
    expect(shown.facts).toMatchObject({ keySource: 'environment', isBuiltIn: true })
    await updateConnection(stand.ctx, 'deepseek', { apiKey: 'sk-stored-4321' }, untested)
    told()
    expect(await getConnection(stand.ctx, 'deepseek')).toMatchObject({
      key: '…6789',
      storedKey: '…4321',
      facts: { keySource: 'environment' },
    })
    expect(await keyInUse('deepseek/chat')).toBe('sk-given-0123456789')
    await updateConnection(stand.ctx, 'deepseek', { apiKey: '…6789' }, untested)
    told()
    expect(await getConnection(stand.ctx, 'deepseek')).toMatchObject({ storedKey: '…4321' })
    await updateConnection(stand.ctx, 'deepseek', { isActive: false })
    told()
    await expect(keyInUse('deepseek/chat')).rejects.toMatchObject({
      details: { reason: 'switched-off' },
    })
  })

  it('and Beacon’s keys are views of the same rows', async () => {
    await saveProviderKey(stand.ctx, 'openai', 'sk-of-beacon-1234')
    told()
    expect(await getConnection(stand.ctx, 'openai')).toMatchObject({ key: '…1234' })
    await updateConnection(stand.ctx, 'openai', { apiKey: 'sk-of-the-house-5678' }, untested)
    expect((await listProviderKeys(stand.ctx))[0]).toMatchObject({ stored: { lastFour: '5678' } })
    told()
    await deleteConnection(stand.ctx, 'openai')
    expect((await listProviderKeys(stand.ctx))[0]).toMatchObject({ stored: null })
  })

  it('are all listed, the built-in ones first', async () => {
    await addLab()
    const all = await listConnections(stand.ctx)
    const names = [
      'openai',
      'anthropic',
      'google',
      'ollama',
      'deepseek',
      'deepinfra',
      'local',
      'lab',
    ]
    expect(all.map(({ facts }) => facts.name)).toEqual(names)
    const reader = await listConnections(stand.as(callerWith('models:read')))
    expect(reader.at(-1)).toMatchObject({ key: '…', storedKey: '…' })
  })

  it.each<[string, ConnectionChanges]>([
    ['Upper', {}],
    ['', {}],
    ['x'.repeat(41), {}],
    ['a/b', {}],
    ['local', {}],
    ['lab', { kind: undefined }],
    ['lab', { kind: 'voyage' }],
    ['lab', { baseUrl: undefined }],
    ['lab', { baseUrl: 'ftp://lab.test' }],
    ['lab', { baseUrl: 'lab.test' }],
    ['lab', { baseUrl: 'https://me:you@lab.test/v1' }],
    ['lab', { baseUrl: 'https://lab.test/v1?key=1' }],
    ['lab', { baseUrl: 'https://lab.test/v1#top' }],
    ['lab', { apiKey: '' }],
    ['lab', { apiKey: 'two\nlines' }],
    ['lab', { apiKey: 'schlüssel' }],
    ['lab', { models: [''] }],
    ['openai', { kind: 'anthropic' }],
  ])('are refused when they cannot be: %j %j', async (name, changes) => {
    const given = { ...lab(), ...(name === 'openai' ? { kind: 'openai' } : {}), ...changes }
    await expect(createConnection(stand.ctx, name, given, untested)).rejects.toMatchObject({
      code: 'invalid',
    })
    expect(await rows()).toEqual([])
  })

  it('have one name each, which stays, as does their kind', async () => {
    await addLab()
    await expect(createConnection(stand.ctx, 'lab', lab())).rejects.toMatchObject({
      code: 'conflict',
    })
    await expect(updateConnection(stand.ctx, 'none', lab())).rejects.toMatchObject({
      code: 'not-found',
    })
    await expect(updateConnection(stand.ctx, 'lab', { kind: 'ollama' })).rejects.toMatchObject({
      code: 'invalid',
    })
    await expect(getConnection(stand.ctx, 'none')).rejects.toMatchObject({ code: 'not-found' })
  })

  it('cannot lead to this server itself', async () => {
    const loop = { ...lab(), baseUrl: 'http://localhost:7474/v1' }
    await expect(createConnection(stand.ctx, 'lab', loop)).rejects.toMatchObject({
      code: 'precondition',
    })
    expect(await rows()).toEqual([])
  })

  it('do not carry a key away to whoever may name addresses but not keys', async () => {
    const manager = stand.as(callerWith('models:manage', 'models:read'))
    await createConnection(manager, 'lab', lab())
    told()
    const evil = 'http://evil.test/v1'
    await expect(
      updateConnection(manager, 'lab', { baseUrl: evil }, untested),
    ).rejects.toMatchObject({ code: 'forbidden' })
    await expect(
      updateConnection(manager, 'deepseek', { baseUrl: evil }, untested),
    ).rejects.toMatchObject({ code: 'forbidden' })
    const mine = { baseUrl: evil, apiKey: 'sk-of-my-own-key' }
    await updateConnection(manager, 'lab', mine, untested)
    await updateConnection(stand.ctx, 'deepseek', { baseUrl: 'https://mirror.test' }, untested)
  })

  it.each([
    ['address that the environment hides today', { baseUrls: { openai: 'http://x.test' } }],
    ['address for a key that may come tomorrow', {}],
  ])('take no %s from whoever may not name keys', async (_, environment) => {
    const manager = callerWith('models:manage', 'models:read')
    const evil = { baseUrl: 'http://evil.test/v1' }
    for (const changes of [evil, { ...evil, apiKey: 'sk-of-my-own-key' }]) {
      await expect(
        updateConnection(stand.as(manager, environment), 'openai', changes, untested),
      ).rejects.toMatchObject({ code: 'forbidden' })
    }
    expect(await rows()).toEqual([])
    const owner = stand.as(stand.ctx.caller, environment)
    await updateConnection(owner, 'openai', evil, untested)
    await updateConnection(stand.as(manager, environment), 'openai', { isActive: false }, untested)
  })

  it('are marked as guarded where addresses are, until the operator decides otherwise', async () => {
    const guarded = stand.as(stand.ctx.caller, { guardsBaseUrls: true })
    await expect(createConnection(guarded, 'lab', lab())).rejects.toMatchObject({
      details: { reason: 'unreachable' },
      message: expect.stringContaining('--allow-private-addresses'),
    })
    expect(fake.listRequests).toHaveLength(0)
    await createConnection(guarded, 'lab', lab(), untested)
    told()
    const target = async (ctx: typeof guarded) => (await resolveModel(ctx, 'lab/x')).targets[0]
    expect(await target(guarded)).toMatchObject({ connection: { isGuarded: true } })
    expect(await target(stand.ctx)).toMatchObject({ connection: { isGuarded: false } })
    await updateConnection(guarded, 'lab', { isActive: true }, untested)
    expect(await rows()).toMatchObject([{ is_guarded: 1 }])
    await updateConnection(stand.ctx, 'lab', { baseUrl: `${fake.url}/other` }, untested)
    expect(await rows()).toMatchObject([{ is_guarded: 0 }])
    await updateConnection(guarded, 'lab', { models: [] }, untested)
    expect(await rows()).toMatchObject([{ is_guarded: 0 }])
  })

  it('are tested whenever somebody asks', async () => {
    await addLab()
    expect(await testConnection(stand.ctx, 'lab')).toEqual({
      name: 'lab',
      status: 'ok',
      modelCount: 1,
      checkedAt: stand.clock.now,
    })
    fake.whenListed({ type: 'status', status: 403 })
    expect(await testConnection(stand.ctx, 'lab')).toMatchObject({ status: 'refused' })
    expect(await testConnection(stand.ctx, 'anthropic')).toMatchObject({ status: 'no-key' })
    await expect(testConnection(stand.ctx, 'none')).rejects.toMatchObject({ code: 'not-found' })
  })

  it('stay while an alias leads to them', async () => {
    await addLab()
    const targets = [{ model: 'lab/small', isEnabled: true }]
    const input = { targets, requestParams: {}, options: { strategy: 'fallback' } } as const
    await createAlias(stand.ctx, 'best', input)
    await expect(deleteConnection(stand.ctx, 'lab')).rejects.toMatchObject({
      code: 'conflict',
      message: 'The alias best leads to lab',
      details: { alias: 'best' },
    })
    await store.db.write(async (tx) => {
      await tx.db.deleteFrom('model_aliases').execute()
    })
    await deleteConnection(stand.ctx, 'lab')
    expect(await rows()).toEqual([])
    await expect(deleteConnection(stand.ctx, 'lab')).rejects.toMatchObject({ code: 'not-found' })
  })

  it('leave lines in the audit, without keys', async () => {
    await addLab()
    stand.clock.now += 1
    await updateConnection(stand.ctx, 'lab', { isActive: false })
    stand.clock.now += 1
    await deleteConnection(stand.ctx, 'lab')
    const lines = await audit()
    const words = lines.map(({ action, target_id: id }) => `${action} ${id}`)
    expect(words).toEqual([
      'connection.create lab',
      'connection.update lab',
      'connection.delete lab',
    ])
    expect(lines[0]?.changes).toContain('"apiKey":"(secret)"')
    expect(JSON.stringify(lines)).not.toContain(secret)
  })

  it('are managed and read only with the scope', async () => {
    await addLab()
    const other = stand.as(callerWith('settings:manage', 'completions:run', 'models:read'))
    const refused = { code: 'forbidden', message: 'This needs the scope models:manage' }
    for (const attempt of [
      createConnection(other, 'more', lab(), untested),
      updateConnection(other, 'lab', { isActive: false }),
      deleteConnection(other, 'lab'),
      testConnection(other, 'lab'),
    ]) {
      await expect(attempt).rejects.toMatchObject(refused)
    }
    const stranger = stand.as(callerWith('models:manage'))
    await expect(listConnections(stranger)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(getConnection(stranger, 'lab')).rejects.toMatchObject({ code: 'forbidden' })
    expect(await rows()).toMatchObject([{ name: 'lab', is_active: 1 }])
  })
})
