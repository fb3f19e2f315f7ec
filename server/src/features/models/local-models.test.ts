import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { addToCache } from '../../../test/support/gguf/model-cache.ts'
import { openModelStand, type ModelStand } from '../../../test/support/model-context.ts'
import type { Caller } from '../identity/index.ts'
import { describeModel } from './describe-model.ts'
import { getConnection } from './list-connections.ts'
import { listLoadedModels } from './list-loaded-models.ts'
import { findModel, listModels } from './list-models.ts'
import { loadModel } from './load-model.ts'
import type { AliasInput, FileAliasInput } from './model-alias.ts'
import { resolveModel } from './resolve-model.ts'
import { createAlias } from './save-alias.ts'
import { createConnection, updateConnection } from './save-connection.ts'
import { createFileAlias } from './save-file-alias.ts'
import { testConnection } from './test-connection.ts'

const place = { repo: 'ada/tiny', filename: 'tiny-F32.gguf' }
const found = 'ada/tiny:F32'
const signal = new AbortController().signal
const question = { more: {}, hops: 0, signal }

describeEachDatabase('A model on this machine', (store) => {
  let stand: ModelStand
  let path = ''

  beforeEach(async () => {
    const baseUrls = { openai: 'http://127.0.0.1:9', ollama: 'http://127.0.0.1:9' }
    const environment = { apiKeys: { openai: 'sk-of-openai' }, baseUrls }
    stand = openModelStand(store, { environment })
    const cached = await addToCache(stand.hubDir, place)
    path = cached.path
  })
  afterEach(async () => {
    await stand[Symbol.asyncDispose]()
    await store.db.write(async (tx) => {
      await tx.db.deleteFrom('model_aliases').execute()
      await tx.db.deleteFrom('provider_connections').execute()
    })
  })

  const told = () => {
    stand.ctx.directory.hear({ topic: 'models', body: {} })
    stand.ctx.library.forget()
  }
  const addFileAlias = async (alias: string, said: Partial<FileAliasInput> = {}) => {
    const nothing = { requestParams: {}, contextParams: {}, options: {} }
    await createFileAlias(stand.ctx, { alias, ...place, ...nothing, ...said })
    told()
  }
  const addRouter = async (
    name: string,
    models: readonly string[],
    more: Partial<AliasInput> = {},
  ) => {
    await createAlias(stand.ctx, name, {
      targets: models.map((model) => ({ model, isEnabled: true })),
      requestParams: {},
      options: { strategy: 'fallback' },
      ...more,
    })
    told()
  }
  const placesOf = async (name: string) => {
    const { targets } = await resolveModel(stand.ctx, name)
    return targets.map(({ connection, model }) => `${connection.name}|${model}`)
  }
  const loads = async (name: string) => {
    const { targets } = await resolveModel(stand.ctx, name)
    return targets.map(({ connection }) => connection.load)
  }
  const keyFor = (...models: readonly string[]): Caller => {
    const scopes = new Set(['models:read', 'completions:run'] as const)
    return { kind: 'apiKey', keyId: 'k', userId: null, subject: null, scopes, models }
  }

  it('is asked for by the name of its file, with local before it or without', async () => {
    expect(await resolveModel(stand.ctx, found)).toEqual({
      asked: found,
      alias: null,
      targets: [
        {
          connection: {
            name: 'local',
            kind: 'local',
            label: 'Local engine',
            baseUrl: 'local:',
            apiKey: null,
            isGuarded: false,
            load: { name: found, path, sizeBytes: expect.any(Number), options: {} },
          },
          model: found,
          defaults: {},
        },
      ],
      cacheSeconds: null,
      traceTokens: null,
      strategy: null,
      cooldown: null,
      aliasSavedAt: null,
    })
    expect(await placesOf(`local/${found}`)).toEqual([`local|${found}`])
    for (const name of ['local/none', 'local/ada/none:F32', 'ada/tiny', 'ada/tiny:f32', 'local/']) {
      await expect(placesOf(name)).rejects.toMatchObject({
        code: 'not-found',
        details: { reason: 'model_not_found', model: name },
      })
    }
  })

  it('goes after an alias and before a connection of that name', async () => {
    const changes = { kind: 'openai-compatible', baseUrl: 'http://ada.test/v1', models: [found] }
    await createConnection(stand.ctx, 'ada', changes, { skipsTest: true })
    told()
    expect(await placesOf(found)).toEqual([`local|${found}`])
    expect(await placesOf('ada/other:F32')).toEqual(['ada|other:F32'])
    await rm(path)
    told()
    expect(await placesOf(found)).toEqual(['ada|tiny:F32'])
    await addRouter(found, ['openai/gpt-4o'])
    await addToCache(stand.hubDir, place)
    told()
    expect(await placesOf(found)).toEqual(['openai|gpt-4o'])
    expect(await placesOf(`local/${found}`)).toEqual([`local|${found}`])
  })

  it('is loaded as its alias says, with what the alias adds to requests', async () => {
    await addFileAlias('mine', {
      requestParams: { temperature: 0.5 },
      contextParams: ['--ctx-size 256', '--threads 2'],
      options: { cacheSeconds: 9, traceTokens: 5 },
    })
    expect(await resolveModel(stand.ctx, 'mine')).toMatchObject({
      alias: 'mine',
      targets: [
        {
          model: found,
          defaults: { temperature: 0.5 },
          connection: { load: { name: found, path, options: { contextSize: 256, threads: 2 } } },
        },
      ],
      cacheSeconds: 9,
      traceTokens: 5,
    })
  })

  it('is reached through routers, whose words count before its own', async () => {
    await addFileAlias('mine', { requestParams: { temperature: 0.5, seed: 1 } })
    await addRouter('outer', ['openai/gpt-4o', 'mine', found, `local/${found}`], {
      requestParams: { temperature: 0.1 },
      options: { strategy: 'fallback', traceTokens: 0 },
    })
    const { targets, traceTokens } = await resolveModel(stand.ctx, 'outer')
    expect(
      targets.map(({ connection, model, defaults }) => [connection.name, model, defaults]),
    ).toEqual([
      ['openai', 'gpt-4o', { temperature: 0.1 }],
      ['local', found, { temperature: 0.1, seed: 1 }],
      ['local', found, { temperature: 0.1 }],
      ['local', found, { temperature: 0.1 }],
    ])
    expect(traceTokens).toBe(0)
  })

  it('whose file is gone is passed over while others remain, else refused by its file', async () => {
    await addFileAlias('mine')
    await addRouter('outer', ['mine', 'openai/gpt-4o'])
    await rm(path)
    told()
    expect(await placesOf('outer')).toEqual(['openai|gpt-4o'])
    await expect(placesOf('mine')).rejects.toMatchObject({
      code: 'not-found',
      details: { code: 'hub_file_not_found_error', ...place },
    })
  })

  it('stays at the commit of its alias when a newer one comes', async () => {
    await addFileAlias('mine')
    const newer = await addToCache(stand.hubDir, { ...place, snapshot: 'b'.repeat(40) })
    told()
    expect(await loads('mine')).toMatchObject([{ path }])
    expect(await loads(found)).toMatchObject([{ path: newer.path }])
  })

  it('is refused while the engine is switched off, which is all that can be said of it', async () => {
    await addFileAlias('mine')
    expect(await updateConnection(stand.ctx, 'local', { isActive: false })).toMatchObject({
      facts: { name: 'local', kind: 'local', isActive: false, baseUrl: 'local:', needsKey: false },
      key: null,
    })
    told()
    for (const name of ['mine', found, `local/${found}`]) {
      await expect(placesOf(name)).rejects.toMatchObject({
        code: 'precondition',
        details: { reason: 'switched-off', provider: 'local' },
      })
    }
    const { models, providers } = await listModels(stand.ctx)
    expect(models.map(({ id }) => id)).toEqual(['mine'])
    expect(providers.find(({ name }) => name === 'local')).toMatchObject({
      status: 'switched-off',
      modelCount: 0,
    })
    const shown = { kind: 'local', baseUrl: 'local:', label: 'Local engine', isActive: true }
    await updateConnection(stand.ctx, 'local', { ...shown, models: null, apiKey: null })
    told()
    expect(await placesOf('mine')).toEqual([`local|${found}`])
    for (const changes of [
      { baseUrl: 'http://127.0.0.1:1' },
      { apiKey: 'sk-0123456789' },
      { models: ['a'] },
      { kind: 'openai' },
      { label: 'Mine' },
      { prefix: 'x/' },
    ]) {
      await expect(
        updateConnection(stand.ctx, 'local', changes, { skipsTest: true }),
      ).rejects.toMatchObject({ code: 'invalid' })
    }
    for (const name of ['local', 'mine']) {
      await expect(createConnection(stand.ctx, name, { kind: 'local' })).rejects.toMatchObject({
        code: 'invalid',
      })
    }
    expect(await getConnection(stand.ctx, 'local')).toMatchObject({ storedKey: null })
  })

  it('is never taken for this server, nor asked over the network', async () => {
    const ownUrls = () => ['http://127.0.0.1', 'http://0.0.0.0:80', 'http://[::1]']
    const ctx = stand.as(stand.ctx.caller, { ownUrls })
    const post = vi.spyOn(ctx.upstream, 'post')
    const { targets } = await resolveModel(ctx, found)
    expect(targets).toHaveLength(1)
    const status = { name: 'local', status: 'ok', modelCount: 1, checkedAt: null }
    expect(await testConnection(ctx, 'local')).toEqual(status)
    expect(post).not.toHaveBeenCalled()
    post.mockRestore()
  })

  it('needs no disk where an alias or a provider is asked for', async () => {
    await addRouter('best', ['openai/gpt-4o', 'deepinfra/org/model'])
    const { library } = stand.ctx
    const looks = [vi.spyOn(library, 'discovered'), vi.spyOn(library, 'files')]
    const find = vi.spyOn(library, 'find')
    await placesOf('best')
    await placesOf('openai/gpt-4o')
    for (const look of [...looks, find]) expect(look).not.toHaveBeenCalled()
    await addFileAlias('mine')
    find.mockClear()
    await placesOf('mine')
    // What is known of the disk is enough for a file that is there.
    expect(find).not.toHaveBeenCalled()
  })

  it('is listed after the aliases and before providers, each once', async () => {
    const changes = { kind: 'openai-compatible', baseUrl: 'http://lab.test/v1', models: ['small'] }
    await createConnection(stand.ctx, 'lab', changes, { skipsTest: true })
    await addToCache(stand.hubDir, { repo: 'ada/big', filename: 'big.Q8_0.gguf' })
    await addFileAlias('zeta')
    await addRouter('Alpha', ['lab/small'])
    const { models } = await listModels(stand.ctx)
    expect(models.map(({ id, source }) => `${source} ${id}`)).toEqual([
      'user Alpha',
      'user zeta',
      'model ada/big:Q8_0',
      `model ${found}`,
      'provider lab/small',
    ])
    const file = await stand.ctx.library.find(place)
    expect(models[1]).toMatchObject({ createdAt: stand.clock.now, file })
    const { modifiedAt = 0 } = file ?? {}
    expect(models[3]).toEqual({
      id: found,
      createdAt: Math.trunc(modifiedAt),
      ownedBy: 'pharos',
      source: 'model',
      file,
    })
    expect(modifiedAt).toBeGreaterThan(1_600_000_000)
    expect(await findModel(stand.ctx, found)).toMatchObject({ id: found, source: 'model' })
    const placed = `local/${found}`
    expect(await findModel(stand.ctx, placed)).toMatchObject({ id: placed, source: 'model' })
    await expect(findModel(stand.ctx, 'local/ada/none:F32')).rejects.toMatchObject({
      code: 'not-found',
    })
  })

  it('is listed and found by whichever name the caller may use', async () => {
    await addFileAlias('mine')
    const listedFor = async (...grants: readonly string[]) => {
      const { models } = await listModels(stand.ctx, (name) => grants.includes(name))
      return models.map(({ id }) => id)
    }
    expect(await listedFor(found)).toEqual([found])
    expect(await listedFor(`local/${found}`)).toEqual([`local/${found}`])
    expect(await listedFor(found, `local/${found}`)).toEqual([found])
    expect(await listedFor('mine')).toEqual(['mine'])
    await expect(findModel(stand.ctx, found, (name) => name === 'mine')).rejects.toMatchObject({
      code: 'not-found',
    })
    const ctx = stand.as(keyFor('local/*'))
    await expect(describeModel(ctx, found, question)).rejects.toMatchObject({ code: 'not-found' })
    await expect(describeModel(ctx, 'mine', question)).rejects.toMatchObject({ code: 'not-found' })
    expect(await describeModel(ctx, `local/${found}`, question)).toMatchObject({ source: 'file' })
    const load = { keepAlive: 0, hops: 0, signal }
    await expect(loadModel(ctx, found, load)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(loadModel(ctx, `local/${found}`, load)).resolves.toBeUndefined()
  })

  it('is described by its file and its alias', async () => {
    await addFileAlias('mine', {
      requestParams: { temperature: 0.5 },
      contextParams: ['--ctx-size 64'],
    })
    const described = await describeModel(stand.ctx, 'mine', question)
    expect(described).toMatchObject({
      source: 'file',
      file: { ...place, path, sizeBytes: expect.any(Number) },
      metadata: {
        architecture: { family: 'llama', quantization: 'F32' },
        chatTemplate: expect.stringContaining('message'),
      },
      template: expect.stringContaining('message'),
      defaults: { temperature: 0.5 },
      options: { contextSize: 64 },
    })
    const bytes = new TextEncoder().encode('no model at all')
    await addToCache(stand.hubDir, { repo: 'ada/bad', filename: 'bad-F16.gguf', bytes })
    told()
    expect(await describeModel(stand.ctx, 'ada/bad:F16', question)).toMatchObject({
      source: 'file',
      metadata: null,
      template: null,
    })
    await expect(
      describeModel(stand.as(callerWith('completions:run')), 'mine', question),
    ).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('that is not loaded is let go and left out without a word', async () => {
    for (const keepAlive of [0, '0s', '0']) {
      await loadModel(stand.ctx, found, { keepAlive, hops: 0, signal })
    }
    await expect(
      loadModel(stand.ctx, found, { keepAlive: 'soon', hops: 0, signal }),
    ).rejects.toMatchObject({ code: 'invalid', details: { param: 'keep_alive' } })
    expect(await listLoadedModels(stand.ctx, 0)).toEqual([])
  })
})
