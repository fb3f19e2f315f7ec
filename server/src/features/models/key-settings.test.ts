import { afterEach, beforeEach, expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { startFakeProvider, type FakeProvider } from '../../../test/support/fake-provider.ts'
import { openModelStand, type ModelStand } from '../../../test/support/model-context.ts'
import { deleteKeySetting } from './delete-key-setting.ts'
import { findService } from './find-service.ts'
import { listProviderKeys } from './list-provider-keys.ts'
import { getKeySetting, listKeySettings } from './read-key-settings.ts'
import { resolveModel } from './resolve-model.ts'
import { createConnection, updateConnection } from './save-connection.ts'
import { createKeySetting, updateKeySetting } from './save-key-setting.ts'

const first = 'sk-first-0123456789'
const second = 'sk-second-9876543210'

describeEachDatabase('Settings of keys', (store) => {
  let stand: ModelStand
  let fake: FakeProvider

  beforeEach(async () => {
    fake = await startFakeProvider('openai')
    stand = openModelStand(store, { environment: { baseUrls: { openai: fake.url } } })
  })
  afterEach(async () => {
    await stand[Symbol.asyncDispose]()
    await fake[Symbol.asyncDispose]()
    await store.db.write(async (tx) => {
      await tx.db.deleteFrom('provider_connections').execute()
      await tx.db.deleteFrom('audit_log').execute()
    })
  })

  const rows = async () =>
    store.db.read((tx) => tx.db.selectFrom('provider_connections').selectAll().execute())
  const audit = async () => {
    const lines = await store.db.read((tx) =>
      tx.db.selectFrom('audit_log').select(['action', 'target_id', 'changes']).execute(),
    )
    return lines.map(({ action, target_id: id, changes }) => [action, id, changes])
  }
  const keyInUse = async () => {
    stand.ctx.directory.hear({ topic: 'models', body: {} })
    return (await resolveModel(stand.ctx, 'openai/gpt-4o-mini')).targets[0].connection.apiKey
  }
  const addOpenAi = async () => createKeySetting(stand.ctx, 'openai', { apiKey: first })

  it('are connections of their own, sealed, once the provider has taken the key', async () => {
    const made = await addOpenAi()
    expect(made).toEqual({
      id: expect.any(String),
      provider: 'openai',
      isService: false,
      key: '…6789',
      keySource: 'stored',
      storedKey: '…6789',
      isActive: true,
      createdAt: stand.clock.now,
      updatedAt: stand.clock.now,
    })
    expect(fake.listRequests.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${first}`,
    ])
    expect(JSON.stringify(await rows())).not.toContain(first)
    expect(await rows()).toMatchObject([{ id: made.id, name: 'openai', kind: 'openai' }])
    expect(await audit()).toEqual([
      ['connection.create', 'openai', '{"isActive":true,"apiKey":"(secret)"}'],
    ])
    // The same row is what Beacon shows.
    expect((await listProviderKeys(stand.ctx))[0]).toMatchObject({ stored: { lastFour: '6789' } })
    expect(await keyInUse()).toBe(first)
    expect(await getKeySetting(stand.ctx, made.id)).toEqual(made)
    await expect(addOpenAi()).rejects.toMatchObject({ code: 'conflict' })
    expect(await rows()).toHaveLength(1)
  })

  it('are not stored where the provider refuses the key, active or not', async () => {
    fake.whenListed({ type: 'status', status: 401 })
    for (const isActive of [true, false, undefined]) {
      const given = { apiKey: first, isActive }
      await expect(createKeySetting(stand.ctx, 'openai', given)).rejects.toMatchObject({
        code: 'precondition',
        details: { reason: 'refused' },
      })
    }
    expect(fake.listRequests).toHaveLength(3)
    expect([await rows(), await audit()]).toEqual([[], []])
    fake.whenListed({ type: 'raw', body: '{"data":[]}' })
    const { id } = await addOpenAi()
    fake.whenListed({ type: 'status', status: 401 })
    await expect(updateKeySetting(stand.ctx, id, { apiKey: second })).rejects.toMatchObject({
      code: 'precondition',
    })
    expect(await keyInUse()).toBe(first)
  })

  it('take another key sealed, and a switch without asking anybody', async () => {
    const { id } = await addOpenAi()
    const changed = await updateKeySetting(stand.ctx, id, { apiKey: second })
    expect(changed).toMatchObject({ id, key: '…3210' })
    expect(await keyInUse()).toBe(second)
    expect(JSON.stringify(await rows())).not.toContain(second)
    const asked = fake.listRequests.length
    fake.whenListed({ type: 'status', status: 500 })
    expect(await updateKeySetting(stand.ctx, id, { isActive: false })).toMatchObject({
      isActive: false,
    })
    await expect(keyInUse()).rejects.toMatchObject({ code: 'precondition' })
    expect(await updateKeySetting(stand.ctx, id, { isActive: true })).toMatchObject({
      isActive: true,
    })
    expect(await keyInUse()).toBe(second)
    expect(fake.listRequests.length).toBe(asked)
  })

  it('stay as they are where the mask or nothing new is written', async () => {
    const made = await addOpenAi()
    stand.clock.now += 5
    for (const changes of [{}, { apiKey: '…6789' }, { apiKey: '…6789', isActive: true }]) {
      expect(await updateKeySetting(stand.ctx, made.id, changes)).toEqual(made)
    }
    expect(await audit()).toHaveLength(1)
    // Another's mask is no key.
    await expect(updateKeySetting(stand.ctx, made.id, { apiKey: '…1111' })).rejects.toMatchObject({
      code: 'invalid',
    })
    expect(await keyInUse()).toBe(first)
  })

  it('show a key of the environment, which counts before the stored one', async () => {
    const given = 'sk-given-abcdefgh'
    const ctx = stand.as(stand.ctx.caller, { apiKeys: { openai: given }, baseUrls: {} })
    expect(await listKeySettings(ctx)).toEqual([
      {
        id: 'openai',
        provider: 'openai',
        isService: false,
        key: '…efgh',
        keySource: 'environment',
        storedKey: null,
        isActive: true,
        createdAt: null,
        updatedAt: null,
      },
    ])
    await expect(createKeySetting(ctx, 'openai', { apiKey: first })).rejects.toMatchObject({
      code: 'conflict',
    })
    await expect(deleteKeySetting(ctx, 'openai')).rejects.toMatchObject({ code: 'precondition' })
    const { id } = await addOpenAi()
    expect(await getKeySetting(ctx, id)).toMatchObject({
      key: '…efgh',
      keySource: 'environment',
      storedKey: '…6789',
    })
    expect(await updateKeySetting(ctx, id, { apiKey: '…6789' })).toMatchObject({ id })
    expect(await updateKeySetting(ctx, 'openai', { isActive: false })).toMatchObject({
      isActive: false,
    })
    await deleteKeySetting(ctx, id)
    expect(await rows()).toEqual([])
    expect(await listKeySettings(ctx)).toMatchObject([{ id: 'openai', isActive: true }])
  })

  it('take nothing else away when they are deleted', async () => {
    const untested = { skipsTest: true }
    const baseUrl = 'http://stored.test'
    await createConnection(stand.ctx, 'anthropic', { baseUrl }, untested)
    expect(await listKeySettings(stand.ctx)).toEqual([])
    await updateConnection(stand.ctx, 'anthropic', { apiKey: first }, untested)
    const [{ id } = { id: '' }] = await listKeySettings(stand.ctx)
    await deleteKeySetting(stand.ctx, id)
    expect(await rows()).toMatchObject([{ name: 'anthropic', base_url: baseUrl, secret: null }])
    expect(await listKeySettings(stand.ctx)).toEqual([])
    await expect(deleteKeySetting(stand.ctx, id)).rejects.toMatchObject({ code: 'not-found' })
  })

  it('hold an Ollama with whatever stands for its key', async () => {
    await using ollama = await startFakeProvider('ollama')
    const ctx = stand.as(stand.ctx.caller, { baseUrls: { ollama: ollama.url } })
    const given = { apiKey: 'ollama' }
    expect(await createKeySetting(ctx, 'ollama', given)).toMatchObject({ key: '…' })
    expect(ollama.listRequests).toHaveLength(1)
  })

  it('hold services, which are found with the key that counts', async () => {
    const found = async (ctx = stand.ctx) => findService(ctx, 'voyageai')
    const lack = { name: 'voyageai', label: 'Voyage AI' }
    expect(await found()).toEqual({ status: 'no-key', ...lack })
    const { id } = await createKeySetting(stand.ctx, 'voyageai', { apiKey: first })
    expect(await rows()).toMatchObject([{ id, name: 'voyageai', kind: 'voyage' }])
    expect(JSON.stringify(await rows())).not.toContain(first)
    const service = { ...lack, baseUrl: 'https://api.voyageai.com/v1', apiKey: first }
    expect(await found()).toEqual({ status: 'ready', service })
    const given = stand.as(stand.ctx.caller, {
      apiKeys: { voyageai: second },
      baseUrls: { voyageai: 'http://voyage.test/v1' },
    })
    expect(await found(given)).toEqual({
      status: 'ready',
      service: { ...lack, baseUrl: 'http://voyage.test/v1', apiKey: second },
    })
    await updateKeySetting(stand.ctx, id, { isActive: false })
    expect(await found(given)).toEqual({ status: 'switched-off', ...lack })
    await updateKeySetting(stand.ctx, id, { apiKey: second, isActive: true })
    expect(await found()).toMatchObject({ service: { apiKey: second } })
    await deleteKeySetting(stand.ctx, id)
    expect(await found()).toEqual({ status: 'no-key', ...lack })
    expect(await audit()).toEqual([
      ['connection.create', 'voyageai', '{"isActive":true,"apiKey":"(secret)"}'],
      ['connection.update', 'voyageai', '{"isActive":false}'],
      ['connection.update', 'voyageai', '{"isActive":true,"apiKey":"(secret)"}'],
      ['connection.delete', 'voyageai', '{}'],
    ])
  })

  it('leave a connection alone that somebody called as a service', async () => {
    const lab = { kind: 'openai-compatible', baseUrl: fake.url, apiKey: first }
    await createConnection(stand.ctx, 'voyageai', lab)
    expect(await listKeySettings(stand.ctx)).toEqual([])
    const taking = createKeySetting(stand.ctx, 'voyageai', { apiKey: second })
    await expect(taking).rejects.toMatchObject({ code: 'conflict' })
    expect(await findService(stand.ctx, 'voyageai')).toMatchObject({ status: 'no-key' })
    expect(await rows()).toMatchObject([{ kind: 'openai-compatible' }])
  })

  it('are made once by two who come at once', async () => {
    for (const provider of ['openai', 'voyageai']) {
      const add = async () => createKeySetting(stand.ctx, provider, { apiKey: first })
      const outcomes = await Promise.allSettled([add(), add()])
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    }
    expect(await rows()).toHaveLength(2)
  })

  it('are given their first key once, also where an address is stored already', async () => {
    await createConnection(stand.ctx, 'openai', { baseUrl: fake.url }, { skipsTest: true })
    const outcomes = await Promise.allSettled([addOpenAi(), addOpenAi()])
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const refused = outcomes.find(({ status }) => status === 'rejected')
    expect(refused).toMatchObject({ reason: { code: 'conflict' } })
  })

  it('are as the last who was heard said, key and switch together', async () => {
    const { id } = await addOpenAi()
    await updateKeySetting(stand.ctx, id, { isActive: false })
    fake.whenListed(async () => {
      await updateKeySetting(stand.ctx, id, { isActive: true })
      return { type: 'raw', body: '{"data":[]}' }
    })
    const changes = { apiKey: second, isActive: false }
    expect(await updateKeySetting(stand.ctx, id, changes)).toMatchObject({
      key: '…3210',
      isActive: false,
    })
  })

  it('are deleted once by two who come at once', async () => {
    const { id } = await addOpenAi()
    const remove = async () => deleteKeySetting(stand.ctx, id)
    const outcomes = await Promise.allSettled([remove(), remove()])
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const refused = outcomes.find(({ status }) => status === 'rejected')
    expect(refused).toMatchObject({ reason: { code: 'not-found' } })
  })

  it('need the power over settings, and no other', async () => {
    const other = stand.as(callerWith('models:manage', 'models:read', 'webhooks:manage'))
    const { id } = await addOpenAi()
    const refused = { code: 'forbidden' }
    await expect(listKeySettings(other)).rejects.toMatchObject(refused)
    await expect(getKeySetting(other, id)).rejects.toMatchObject(refused)
    await expect(createKeySetting(other, 'google', { apiKey: first })).rejects.toMatchObject(
      refused,
    )
    await expect(updateKeySetting(other, id, { isActive: false })).rejects.toMatchObject(refused)
    await expect(deleteKeySetting(other, id)).rejects.toMatchObject(refused)
    await expect(findService(other, 'voyageai')).rejects.toMatchObject(refused)
    const own = stand.as(callerWith('settings:manage'))
    expect(await updateKeySetting(own, id, { apiKey: second })).toMatchObject({ key: '…3210' })
    await deleteKeySetting(own, id)
    expect(await createKeySetting(own, 'openai', { apiKey: first })).toMatchObject({
      key: '…6789',
    })
  })
})
