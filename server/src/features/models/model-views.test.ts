import { afterEach, beforeEach, expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { addToCache } from '../../../test/support/gguf/model-cache.ts'
import { openModelStand, type ModelStand } from '../../../test/support/model-context.ts'
import type { Caller } from '../identity/index.ts'
import { getModelView, listModelViews } from './list-model-views.ts'
import type { ModelView, ModelViewQuery } from './model-view.ts'
import { createAlias } from './save-alias.ts'
import { createConnection, updateConnection } from './save-connection.ts'
import { createFileAlias } from './save-file-alias.ts'

const tools = "{% for tool in tools %}{{ tool | tojson }}{% endfor %}{{ messages[0]['content'] }}"

describeEachDatabase('The views of models', (store) => {
  let stand: ModelStand

  beforeEach(async () => {
    stand = openModelStand(store)
    const { hubDir } = stand
    const plain = { chatTemplate: '{{ messages[0].content }}' }
    await addToCache(hubDir, { repo: 'ada/tiny', filename: 'tiny-F32.gguf', writeOptions: plain })
    const able = { chatTemplate: tools, vocabSize: 1024 }
    await addToCache(hubDir, { repo: 'bob/able', filename: 'able-Q8_0.gguf', writeOptions: able })
    const bytes = new TextEncoder().encode('no model at all')
    await addToCache(hubDir, { repo: 'cy/bad', filename: 'bad-F16.gguf', bytes })
    const nothing = { requestParams: {}, contextParams: {}, options: {} }
    const place = { repo: 'ada/tiny', filename: 'tiny-F32.gguf' }
    await createFileAlias(stand.ctx, { alias: 'mine', ...place, ...nothing })
    await createConnection(
      stand.ctx,
      'lab',
      { kind: 'openai-compatible', baseUrl: 'http://lab.test/v1', models: ['small'], label: 'Lab' },
      { skipsTest: true },
    )
    await createAlias(stand.ctx, 'Zed', {
      targets: [{ model: 'mine', isEnabled: true }],
      requestParams: {},
      options: { strategy: 'fallback' },
    })
    told()
  })
  afterEach(async () => {
    await stand[Symbol.asyncDispose]()
    await store.db.write(async (tx) => {
      await tx.db.deleteFrom('model_aliases').execute()
      await tx.db.deleteFrom('provider_connections').execute()
      await tx.db.deleteFrom('model_metadata').execute()
    })
  })

  const told = () => {
    stand.ctx.directory.hear({ topic: 'models', body: {} })
  }
  const nameOf = (view: ModelView): string => {
    switch (view.source) {
      case 'user':
      case 'model_router':
        return view.alias.name
      case 'model':
        return view.name
      case 'api':
        return view.label
    }
  }
  const list = async (query: Partial<ModelViewQuery> = {}) => {
    const { views, total } = await listModelViews(stand.ctx, { page: 1, pageSize: 30, ...query })
    return { names: views.map(nameOf), views, total }
  }
  const all = ['Lab', 'Zed', 'ada/tiny:F32', 'bob/able:Q8_0', 'cy/bad:F16', 'mine']

  it('are of four kinds, by name', async () => {
    const { names, views, total } = await list()
    expect(names).toEqual(all)
    expect(total).toBe(6)
    expect(views).toMatchObject([
      { source: 'api', connection: 'lab', format: 'openai', models: [{ name: 'small' }] },
      { source: 'model_router', targets: [{ alias: 'mine', model: 'mine' }], mayUse: true },
      {
        source: 'model',
        file: { repo: 'ada/tiny', filename: 'tiny-F32.gguf', sizeBytes: expect.any(Number) },
        metadata: { architecture: { family: 'llama', quantization: 'F32' } },
        mayUse: true,
      },
      { source: 'model', metadata: { capabilities: { tools: { functionCalling: true } } } },
      { source: 'model', metadata: null },
      {
        source: 'user',
        alias: { kind: 'file', repo: 'ada/tiny' },
        file: { filename: 'tiny-F32.gguf' },
        metadata: { context: { maxInputTokens: 512 } },
      },
    ])
  })

  it.each<[string, Partial<ModelViewQuery>, readonly string[]]>([
    ['a kind', { source: 'user' }, ['mine']],
    ['a kind', { source: 'model_router' }, ['Zed']],
    ['a format', { format: 'openai' }, ['Lab']],
    ['a format', { format: 'gemini' }, []],
    ['what can be done', { capability: 'function_calling' }, ['bob/able:Q8_0']],
    ['what can be done', { capability: 'vision' }, []],
    ['a size', { sizeMax: 100 }, ['cy/bad:F16']],
    ['a size', { sizeMin: 100 }, ['ada/tiny:F32', 'bob/able:Q8_0', 'mine']],
    ['words', { search: 'TINY' }, ['ada/tiny:F32', 'mine']],
    ['words', { search: 'small' }, ['Lab']],
    ['words', { search: 'lab' }, ['Lab']],
    ['words', { search: 'q8', source: 'user' }, []],
  ])('are narrowed by %s: %j', async (_, query, names) => {
    const found = await list(query)
    expect(found.names).toEqual(names)
    expect(found.total).toBe(names.length)
  })

  it.each<[Partial<ModelViewQuery>, readonly string[]]>([
    [{ order: 'desc' }, all.toReversed()],
    [{ sort: 'source' }, ['Lab', 'ada/tiny:F32', 'bob/able:Q8_0', 'cy/bad:F16', 'Zed', 'mine']],
    [{ sort: 'repo' }, ['Lab', 'Zed', 'ada/tiny:F32', 'mine', 'bob/able:Q8_0', 'cy/bad:F16']],
    [{ sort: 'filename', source: 'model' }, ['bob/able:Q8_0', 'cy/bad:F16', 'ada/tiny:F32']],
  ])('are put in order: %j', async (query, names) => {
    expect((await list(query)).names).toEqual(names)
  })

  it('come in pages, whose files alone are read', async () => {
    const metadataOf = async () =>
      store.db.read((tx) => tx.db.selectFrom('model_metadata').select('repo').execute())
    expect(await list({ page: 3, pageSize: 2 })).toMatchObject({ names: all.slice(4), total: 6 })
    expect(await metadataOf()).toEqual([{ repo: 'ada/tiny' }])
    expect(await list({ page: 2, pageSize: 4 })).toMatchObject({ names: all.slice(4), total: 6 })
    expect(await list({ page: 9, pageSize: 4 })).toMatchObject({ names: [], total: 6 })
  })

  it('are found one by one, by name or id', async () => {
    const { views } = await list()
    for (const view of views) expect(await getModelView(stand.ctx, nameOf(view))).toEqual(view)
    for (const view of views) {
      if (view.source === 'api') expect(await getModelView(stand.ctx, view.id)).toEqual(view)
      if (view.source === 'user' || view.source === 'model_router') {
        expect(await getModelView(stand.ctx, view.alias.id)).toEqual(view)
      }
    }
    expect(await getModelView(stand.ctx, 'local/ada/tiny:F32')).toMatchObject({ source: 'model' })
    expect(await getModelView(stand.ctx, 'lab')).toMatchObject({ source: 'api' })
    for (const name of ['none', 'local', 'openai', 'ada/tiny']) {
      await expect(getModelView(stand.ctx, name)).rejects.toMatchObject({
        code: 'not-found',
        details: { code: 'alias_not_found_error' },
      })
    }
  })

  it('tell whether the caller may use what they show', async () => {
    const scopes = new Set(['models:read'] as const)
    const key = { kind: 'apiKey', keyId: 'k', userId: null, subject: null, scopes } as const
    const usable = async (...models: readonly string[]) => {
      const caller: Caller = { ...key, models }
      const { views } = await listModelViews(stand.as(caller), { page: 1, pageSize: 30 })
      return views
        .filter((view) =>
          view.source === 'api' ? view.models.some(({ mayUse }) => mayUse) : view.mayUse,
        )
        .map(nameOf)
    }
    expect(await usable('*')).toEqual(all)
    expect(await usable('mine', 'lab/*')).toEqual(['Lab', 'mine'])
    expect(await usable('local/*')).toEqual(['ada/tiny:F32', 'bob/able:Q8_0', 'cy/bad:F16'])
  })

  it('leave out files without an alias while the engine is off, and connections nobody made', async () => {
    await updateConnection(stand.ctx, 'local', { isActive: false })
    told()
    expect((await list()).names).toEqual(['Lab', 'Zed', 'mine'])
    const given = stand.as(stand.ctx.caller, {
      apiKeys: { google: 'g-0123456789' },
      // Nobody outside is asked.
      baseUrls: { google: 'http://127.0.0.1:9', ollama: 'http://127.0.0.1:9' },
    })
    const query = { page: 1, pageSize: 30, source: 'api' } as const
    const { views } = await listModelViews(given, query)
    expect(views.map(nameOf)).toEqual(['Google', 'Lab'])
    expect(views[0]).toMatchObject({ format: 'gemini', hasKey: true, createdAt: 0, id: 'google' })
  })

  it('are shown only to whoever may read models', async () => {
    const other = stand.as(callerWith('models:manage', 'completions:run'))
    const refused = { code: 'forbidden' }
    await expect(listModelViews(other, { page: 1, pageSize: 1 })).rejects.toMatchObject(refused)
    await expect(getModelView(other, 'mine')).rejects.toMatchObject(refused)
  })
})
