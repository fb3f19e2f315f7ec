import { afterEach, beforeEach, expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { startFakeProvider } from '../../../test/support/fake-provider.ts'
import {
  openModelStand,
  type ModelStand,
  type ModelStandOptions,
} from '../../../test/support/model-context.ts'
import type { AliasOptions, AliasTarget } from './model-alias.ts'
import { findModel, listModels } from './list-models.ts'
import type { RequestDefaults } from './request-defaults.ts'
import { resolveModel } from './resolve-model.ts'
import { createAlias } from './save-alias.ts'
import { createConnection, updateConnection } from './save-connection.ts'

interface Said {
  readonly options?: Partial<AliasOptions>
  readonly requestParams?: RequestDefaults
}

describeEachDatabase('The name of a model', (store) => {
  let stand: ModelStand
  const open = (options: ModelStandOptions) => {
    stand = openModelStand(store, options)
  }

  beforeEach(() => open({ environment: { apiKeys: { openai: 'sk-of-openai' } } }))
  afterEach(async () => {
    await stand[Symbol.asyncDispose]()
    await store.db.write(async (tx) => {
      await tx.db.deleteFrom('model_aliases').execute()
      await tx.db.deleteFrom('provider_connections').execute()
    })
  })

  const told = () => {
    stand.ctx.directory.hear({ topic: 'models', body: {} })
  }
  const addAlias = async (
    name: string,
    targets: readonly (Partial<AliasTarget> & { model: string })[],
    { options, requestParams = {} }: Said = {},
  ) => {
    await createAlias(stand.ctx, name, {
      targets: targets.map((target) => ({ isEnabled: true, ...target })),
      requestParams,
      options: { strategy: 'fallback', ...options },
    })
    told()
  }
  const addConnection = async (
    name: string,
    models: readonly string[] | null,
    baseUrl?: string,
  ) => {
    const url = baseUrl ?? `http://${name}.test/v1`
    const changes = { kind: 'openai-compatible', baseUrl: url, models }
    await createConnection(stand.ctx, name, changes, { skipsTest: true })
    told()
  }
  const placesOf = async (name: string, random = 0) => {
    const { targets } = await resolveModel(stand.ctx, name, { random })
    return targets.map(({ connection, model }) => `${connection.name}|${model}`)
  }

  it('goes by its first word to a connection, which gets the rest unchanged', async () => {
    await addConnection('lab', ['known'])
    expect(await placesOf('openai/gpt-4o')).toEqual(['openai|gpt-4o'])
    expect(await placesOf('lab/org/never-listed:8b')).toEqual(['lab|org/never-listed:8b'])
    expect(await resolveModel(stand.ctx, 'openai/gpt-4o')).toEqual({
      asked: 'openai/gpt-4o',
      alias: null,
      targets: [
        {
          connection: {
            name: 'openai',
            kind: 'openai',
            label: 'OpenAI',
            baseUrl: 'https://api.openai.com/v1',
            apiKey: 'sk-of-openai',
            isGuarded: false,
          },
          model: 'gpt-4o',
          defaults: {},
        },
      ],
      cacheSeconds: null,
      traceTokens: null,
      strategy: null,
      cooldown: null,
      aliasSavedAt: null,
    })
  })

  it('is an alias before it is anything else, by exactly these letters', async () => {
    await addConnection('lab', ['small'])
    await addAlias('openai/gpt-4o', [{ model: 'lab/small' }])
    await addAlias('Best', [{ model: 'openai/gpt-5' }])
    expect(await placesOf('openai/gpt-4o')).toEqual(['lab|small'])
    expect(await placesOf('Best')).toEqual(['openai|gpt-5'])
    await expect(placesOf('best')).rejects.toMatchObject({ code: 'not-found' })
  })

  it('alone means the one connection that lists it', async () => {
    await addConnection('lab', ['one', 'org/two', 'both'])
    await addConnection('farm', ['both'])
    expect(await placesOf('one')).toEqual(['lab|one'])
    expect(await placesOf('org/two')).toEqual(['lab|org/two'])
    await expect(placesOf('both')).rejects.toMatchObject({
      code: 'invalid',
      message: 'Several providers have a model both: ask for farm/both or lab/both',
      details: { reason: 'ambiguous_model', models: ['farm/both', 'lab/both'] },
    })
    await updateConnection(stand.ctx, 'farm', { isActive: false })
    told()
    expect(await placesOf('both')).toEqual(['lab|both'])
  })

  it('alone is looked up in what the providers themselves list', async () => {
    await using fake = await startFakeProvider('openai', { models: ['m-1', 'm-2'] })
    await stand[Symbol.asyncDispose]()
    open({})
    await addConnection('lab', null, fake.url)
    await updateConnection(stand.ctx, 'lab', { apiKey: 'sk-lab' })
    told()
    expect(await placesOf('m-2')).toEqual(['lab|m-2'])
    const asked = fake.listRequests.length
    expect(await placesOf('m-1')).toEqual(['lab|m-1'])
    expect(fake.listRequests.length).toBe(asked)
  })

  it.each(['nothing', 'nowhere/model', 'openai/', '/gpt-4o', '', 'constructor', '__proto__/x'])(
    'that means nothing is not found: %j',
    async (name) => {
      await expect(placesOf(name)).rejects.toMatchObject({
        code: 'not-found',
        details: { reason: 'model_not_found', model: name },
      })
    },
  )

  it('of a connection that cannot be called is refused with its reason', async () => {
    await expect(placesOf('anthropic/claude')).rejects.toMatchObject({
      code: 'precondition',
      message: 'Anthropic has no API key',
      details: { reason: 'no-key', provider: 'anthropic' },
    })
    await updateConnection(stand.ctx, 'openai', { isActive: false })
    told()
    await expect(placesOf('openai/gpt-4o')).rejects.toMatchObject({
      details: { reason: 'switched-off' },
    })
    const apiKeys = { google: 'g' }
    const baseUrls = { google: 'http://localhost:7474' }
    const loop = stand.as(stand.ctx.caller, { apiKeys, baseUrls })
    await expect(resolveModel(loop, 'google/gemini')).rejects.toMatchObject({
      details: { reason: 'loop_detected' },
    })
  })

  it('passes over targets that cannot be called while others remain', async () => {
    await addConnection('lab', ['small'])
    const [keyless, off] = [{ model: 'anthropic/claude' }, { model: 'openai/x', isEnabled: false }]
    await addAlias('best', [keyless, off, { model: 'lab/small', timeoutMs: 500 }])
    await addAlias('gone', [keyless, off])
    await addAlias('off', [off])
    expect(await resolveModel(stand.ctx, 'best')).toMatchObject({
      asked: 'best',
      alias: 'best',
      targets: [{ connection: { name: 'lab' }, model: 'small', firstByteMs: 500 }],
    })
    await expect(placesOf('gone')).rejects.toMatchObject({ message: 'Anthropic has no API key' })
    await expect(placesOf('off')).rejects.toMatchObject({
      code: 'precondition',
      details: { reason: 'switched-off' },
    })
  })

  it('that is weighted leads by chance, with the others after it', async () => {
    await addConnection('lab', [])
    const targets = [
      { model: 'lab/a', weight: 1 },
      { model: 'lab/b', weight: 1 },
    ]
    await addAlias('mixed', targets, { options: { strategy: 'weighted' } })
    const orders = new Set<string>()
    for (let random = 0; random < 1; random += 0.05) {
      orders.add((await placesOf('mixed', random)).join(' '))
    }
    expect(orders).toEqual(new Set(['lab|a lab|b', 'lab|b lab|a']))
  })

  it('carries the defaults of all aliases on the way, and the cache of the one asked for', async () => {
    await addConnection('lab', [])
    const inner = { requestParams: { temperature: 0.9, top_p: 0.5 }, options: { cacheSeconds: 9 } }
    await addAlias('inner', [{ model: 'lab/a' }], inner)
    const outer = { requestParams: { temperature: 0.1 }, options: { cacheSeconds: 60 } }
    await addAlias('outer', [{ model: 'inner' }, { model: 'lab/b' }], outer)
    await addAlias('plain', [{ model: 'inner' }], { options: { cacheSeconds: 0 } })
    const found = await resolveModel(stand.ctx, 'outer')
    expect(found).toMatchObject({ cacheSeconds: 60 })
    expect(found.targets.map(({ defaults }) => defaults)).toEqual([
      { temperature: 0.1, top_p: 0.5 },
      { temperature: 0.1 },
    ])
    expect(await resolveModel(stand.ctx, 'plain')).toMatchObject({ cacheSeconds: null })
  })

  it('is resolved for whoever may complete or embed, and for nobody else', async () => {
    for (const scope of ['completions:run', 'embeddings:run'] as const) {
      const ctx = stand.as(callerWith(scope))
      expect(await resolveModel(ctx, 'openai/gpt-4o')).toMatchObject({ alias: null })
    }
    const other = stand.as(callerWith('models:read', 'models:manage'))
    await expect(resolveModel(other, 'openai/gpt-4o')).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('is listed: aliases by name, then what each connection has, each once', async () => {
    await using fake = await startFakeProvider('ollama', { models: ['llama3.2', 'qwen3:8b'] })
    await stand[Symbol.asyncDispose]()
    open({ environment: { baseUrls: { ollama: fake.url } } })
    await addConnection('lab', ['small'])
    await addAlias('zeta', [{ model: 'lab/small' }])
    await addAlias('lab/small', [{ model: 'ollama/llama3.2' }])
    const { models, providers } = await listModels(stand.ctx)
    expect(models.map(({ id, source }) => `${source} ${id}`)).toEqual([
      'user lab/small',
      'user zeta',
      'provider ollama/llama3.2',
      'provider ollama/qwen3:8b',
    ])
    expect(models[2]).toMatchObject({ createdAt: 1_750_000_000, ownedBy: 'ollama' })
    expect(Object.fromEntries(providers.map(({ name, status }) => [name, status]))).toEqual({
      openai: 'no-key',
      anthropic: 'no-key',
      google: 'no-key',
      ollama: 'ok',
      deepseek: 'no-key',
      deepinfra: 'no-key',
      local: 'ok',
      lab: 'ok',
    })
    const granted = await listModels(stand.ctx, (name) => name === 'zeta')
    expect(granted.models.map(({ id }) => id)).toEqual(['zeta'])
    expect(await findModel(stand.ctx, 'qwen3:8b')).toMatchObject({
      id: 'qwen3:8b',
      provider: 'ollama',
    })
    expect(await findModel(stand.ctx, 'zeta')).toMatchObject({ source: 'user' })
    await expect(findModel(stand.ctx, 'ollama/other')).rejects.toMatchObject({ code: 'not-found' })
    await expect(findModel(stand.ctx, 'zeta', () => false)).rejects.toMatchObject({
      code: 'not-found',
    })
  })

  it('is listed although one provider is silent and another dead, whose state is told', async () => {
    await using silent = await startFakeProvider('openai')
    await using well = await startFakeProvider('openai')
    silent.whenListed({ type: 'hang' })
    await stand[Symbol.asyncDispose]()
    open({ environment: {}, waitMs: 50 })
    await addConnection('silent', null, silent.url)
    await addConnection('well', null, well.url)
    for (const name of ['silent', 'well']) {
      const apiKey = `sk-${name}-0123456789`
      await updateConnection(stand.ctx, name, { apiKey }, { skipsTest: true })
    }
    told()
    const { models, providers } = await listModels(stand.ctx)
    expect(models.map(({ id }) => id)).toEqual(['well/gpt-4o-mini'])
    const states = new Map(providers.map((each) => [each.name, each]))
    expect(states.get('silent')).toMatchObject({ status: 'unreachable', checkedAt: null })
    expect(states.get('ollama')).toMatchObject({ status: 'unreachable', modelCount: 0 })
    expect(states.get('well')).toMatchObject({ status: 'ok', modelCount: 1 })
    well.whenListed({ type: 'status', status: 401, message: 'sk-well-0123456789 is bad' })
    stand.clock.now += 301
    await listModels(stand.ctx)
    await well.untilListed(2)
    const wellNow = async () => {
      const { providers: now } = await listModels(stand.ctx)
      return now.find(({ name }) => name === 'well')
    }
    let state = await wellNow()
    while (state?.status === 'ok') {
      await new Promise((resolve) => setImmediate(resolve))
      state = await wellNow()
    }
    expect(state).toMatchObject({ status: 'refused', modelCount: 1 })
    expect(JSON.stringify(state)).not.toContain('sk-well')
  })

  it('is listed only for whoever may read models', async () => {
    const other = stand.as(callerWith('completions:run'))
    await expect(listModels(other)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(findModel(other, 'openai/gpt-4o')).rejects.toMatchObject({ code: 'forbidden' })
  })
})
