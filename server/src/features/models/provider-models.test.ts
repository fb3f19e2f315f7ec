import { afterEach, beforeEach, expect, it } from 'vitest'
import { callerWith, ownerCaller } from '../../../test/support/caller.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { startFakeProvider, type FakeProvider } from '../../../test/support/fake-provider.ts'
import { openModelStand, type ModelStand } from '../../../test/support/model-context.ts'
import { addToCache } from '../../../test/support/gguf/model-cache.ts'
import { listProviderModels } from './list-provider-models.ts'
import { createAlias } from './save-alias.ts'
import { createConnection, updateConnection } from './save-connection.ts'

const untested = { skipsTest: true }

describeEachDatabase('Models by provider', (store) => {
  let stand: ModelStand
  let fake: FakeProvider

  beforeEach(async () => {
    fake = await startFakeProvider('openai', { models: ['small', 'big'] })
    stand = openModelStand(store)
  })
  afterEach(async () => {
    await stand[Symbol.asyncDispose]()
    await fake[Symbol.asyncDispose]()
    await store.db.write(async (tx) => {
      await tx.db.deleteFrom('model_aliases').execute()
      await tx.db.deleteFrom('provider_connections').execute()
    })
  })

  const told = () => {
    stand.ctx.directory.hear({ topic: 'models', body: {} })
    stand.ctx.library.forget()
  }
  const addLab = async (changes: object = {}) => {
    const lab = { kind: 'openai-compatible', baseUrl: fake.url, apiKey: 'sk-lab', ...changes }
    await createConnection(stand.ctx, 'lab', lab, untested)
    told()
  }
  const lab = { name: 'lab', kind: 'openai-compatible', isAvailable: true }

  it('are none where nothing was set up', async () => {
    // No test may meet an Ollama that runs on the machine.
    await updateConnection(stand.ctx, 'ollama', { isActive: false })
    told()
    expect(await listProviderModels(stand.ctx)).toEqual({ providers: [], aliases: [] })
  })

  it('are those that providers list, under their own names, beside aliases', async () => {
    await addLab({ prefix: 'l-' })
    await createAlias(stand.ctx, 'fast', {
      targets: [{ model: 'lab/small', isEnabled: true }],
      requestParams: {},
      options: { strategy: 'fallback' },
    })
    told()
    expect(await listProviderModels(stand.as(callerWith('models:read')))).toEqual({
      providers: [
        {
          name: 'ollama',
          kind: 'ollama',
          isAvailable: false,
          error: expect.stringContaining('cannot be reached'),
          models: [],
        },
        { ...lab, models: ['small', 'big'] },
      ],
      aliases: ['fast'],
    })
  })

  it('count from the last list, so that nobody waits for a provider twice', async () => {
    await addLab()
    await listProviderModels(stand.ctx)
    fake.whenListed({ type: 'status', status: 500 })
    const again = await Promise.all([1, 2, 3].map(() => listProviderModels(stand.ctx)))
    for (const { providers } of again)
      expect(providers).toContainEqual({ ...lab, models: ['small', 'big'] })
    expect(fake.listRequests).toHaveLength(1)
  })

  it('are those that somebody chose, without asking', async () => {
    await addLab({ models: ['mine'] })
    const { providers } = await listProviderModels(stand.ctx)
    expect(providers).toContainEqual({ ...lab, models: ['mine'] })
    expect(fake.listRequests).toHaveLength(0)
  })

  it('are those for prompts, unless somebody chose others', async () => {
    await using own = await startFakeProvider('openai', { models: ['whisper-1', 'gpt-4o'] })
    const given = { baseUrl: own.url, apiKey: 'sk-own' }
    const openai = { name: 'openai', kind: 'openai', isAvailable: true }
    await createConnection(stand.ctx, 'openai', given, untested)
    told()
    const before = await listProviderModels(stand.ctx)
    expect(before.providers).toContainEqual({ ...openai, models: ['gpt-4o'] })
    await updateConnection(stand.ctx, 'openai', { models: ['whisper-1'] }, untested)
    told()
    const { providers } = await listProviderModels(stand.ctx)
    expect(providers).toContainEqual({ ...openai, models: ['whisper-1'] })
  })

  it('are left out where a provider has no key or is switched off', async () => {
    await createConnection(stand.ctx, 'anthropic', { baseUrl: 'http://127.0.0.1:9' }, untested)
    await addLab()
    await updateConnection(stand.ctx, 'lab', { isActive: false })
    told()
    const { providers } = await listProviderModels(stand.ctx)
    expect(providers.map(({ name }) => name)).toEqual(['ollama'])
  })

  it('are files of this machine too, while its engine is on', async () => {
    await addToCache(stand.hubDir, { repo: 'ada/tiny', filename: 'tiny-F32.gguf' })
    told()
    const local = { name: 'local', kind: 'local', isAvailable: true, models: ['ada/tiny:F32'] }
    expect((await listProviderModels(stand.ctx)).providers).toContainEqual(local)
    await updateConnection(stand.ctx, 'local', { isActive: false })
    told()
    const { providers } = await listProviderModels(stand.ctx)
    expect(providers.map(({ name }) => name)).toEqual(['ollama'])
  })

  it('are those of an Ollama that nobody set up, once it has some', async () => {
    await using ollama = await startFakeProvider('ollama', { models: ['llama3'] })
    const ctx = stand.as(stand.ctx.caller, { baseUrls: { ollama: ollama.url } })
    const { providers } = await listProviderModels(ctx)
    expect(providers).toEqual([
      { name: 'ollama', kind: 'ollama', isAvailable: true, models: ['llama3'] },
    ])
  })

  it('are shown as far as a key reaches', async () => {
    await addLab()
    const key = ownerCaller('an owner', 'models:read')
    const grants = { models: ['lab/small'], hidesModels: true }
    const shown = await listProviderModels({ ...stand.ctx, caller: { ...key, ...grants } })
    expect(shown.providers).toEqual([{ ...lab, models: ['small'] }])
    const other = listProviderModels(stand.as(callerWith('executions:read')))
    await expect(other).rejects.toMatchObject({ code: 'forbidden' })
  })
})
