import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { addToCache, defaultSnapshot } from '../../../test/support/gguf/model-cache.ts'
import { openModelStand, type ModelStand } from '../../../test/support/model-context.ts'
import { copyAlias } from './copy-alias.ts'
import { checkPlannedAlias, createDownloadedAlias } from './create-downloaded-alias.ts'
import { deleteAlias } from './delete-alias.ts'
import { getAlias, listAliases } from './list-aliases.ts'
import type { ContextParams, FileAliasInput } from './model-alias.ts'
import { createAlias, updateAlias } from './save-alias.ts'
import { createFileAlias, updateFileAlias } from './save-file-alias.ts'

const place = { repo: 'ada/tiny', filename: 'tiny-F32.gguf' }
const found = 'ada/tiny:F32'
const newer = 'b'.repeat(40)

const named = (alias: string, more: Partial<FileAliasInput> = {}): FileAliasInput => ({
  alias,
  ...place,
  requestParams: {},
  contextParams: {},
  options: {},
  ...more,
})
const to = (...models: readonly string[]) => ({
  targets: models.map((model) => ({ model, isEnabled: true })),
  requestParams: {},
  options: { strategy: 'fallback' as const },
})

describeEachDatabase('Aliases of files', (store) => {
  let stand: ModelStand

  beforeEach(async () => {
    stand = openModelStand(store)
    await addToCache(stand.hubDir, place)
  })
  afterEach(async () => {
    await stand[Symbol.asyncDispose]()
    await store.db.write(async (tx) => {
      await tx.db.deleteFrom('model_aliases').execute()
      await tx.db.deleteFrom('audit_log').execute()
    })
  })

  const told = () => {
    stand.ctx.directory.hear({ topic: 'models', body: {} })
    stand.ctx.library.forget()
  }
  const names = async () => {
    told()
    return (await listAliases(stand.ctx)).map(({ name, kind }) => `${kind} ${name}`)
  }
  const conflict = { code: 'conflict', details: { code: 'alias_exists_error' } }

  it('are kept as they were said, with the commit, and replaced whole', async () => {
    const made = await createFileAlias(
      stand.ctx,
      named('team/small:fast', {
        snapshot: 'main',
        requestParams: { temperature: 0.5, stop: ['END'] },
        contextParams: ['--ctx-size 256', '--threads 2'],
        options: { cacheSeconds: 60, traceTokens: 20 },
      }),
    )
    expect(made).toEqual({
      id: expect.any(String),
      name: 'team/small:fast',
      kind: 'file',
      ...place,
      snapshot: defaultSnapshot,
      requestParams: { temperature: 0.5, stop: ['END'] },
      contextParams: ['--ctx-size 256', '--threads 2'],
      options: { cacheSeconds: 60, traceTokens: 20 },
      createdBy: null,
      createdAt: stand.clock.now,
      updatedAt: stand.clock.now,
    })
    told()
    expect(await getAlias(stand.ctx, 'team/small:fast')).toEqual(made)
    stand.clock.now += 10
    const other = named('team/small:fast', { contextParams: { n_ctx: 128, n_seed: null } })
    const changed = await updateFileAlias(stand.ctx, other)
    told()
    expect(await getAlias(stand.ctx, 'team/small:fast')).toEqual(changed)
    expect(changed).toEqual({
      ...made,
      requestParams: {},
      contextParams: { n_ctx: 128, n_seed: null },
      options: {},
      updatedAt: made.createdAt + 10,
    })
  })

  it('name a file that is there, of the commit that was given or that main is at', async () => {
    await addToCache(stand.hubDir, { ...place, snapshot: newer })
    stand.ctx.library.forget()
    expect(await createFileAlias(stand.ctx, named('now'))).toMatchObject({ snapshot: newer })
    const old = named('old', { snapshot: defaultSnapshot })
    expect(await createFileAlias(stand.ctx, old)).toMatchObject({ snapshot: defaultSnapshot })
    for (const absent of [
      { filename: 'other.gguf' },
      { repo: 'ada/other' },
      { repo: '../..' },
      { snapshot: 'c'.repeat(40) },
    ]) {
      const { repo, filename, snapshot = 'main' } = { ...place, ...absent }
      await expect(createFileAlias(stand.ctx, named('a', absent))).rejects.toMatchObject({
        code: 'not-found',
        details: { code: 'hub_file_not_found_error', repo, filename, snapshot },
      })
    }
    expect(await names()).toEqual(['file now', 'file old'])
  })

  it('have a name that neither an alias nor a file has', async () => {
    await createAlias(stand.ctx, 'route', to('openai/a'))
    await createFileAlias(stand.ctx, named('file'))
    for (const name of ['route', 'file', found]) {
      await expect(createFileAlias(stand.ctx, named(name))).rejects.toMatchObject(conflict)
      await expect(createAlias(stand.ctx, name, to('openai/a'))).rejects.toMatchObject(conflict)
      await expect(copyAlias(stand.ctx, 'file', name)).rejects.toMatchObject(conflict)
    }
    await expect(createFileAlias(stand.ctx, named('copy'))).rejects.toMatchObject({
      code: 'invalid',
    })
    expect(await names()).toEqual(['file file', 'router route'])
  })

  it('keep their name when a file with that name comes later', async () => {
    await createAlias(stand.ctx, 'ada/late:F32', to('openai/a'))
    await addToCache(stand.hubDir, { repo: 'ada/late', filename: 'late-F32.gguf' })
    expect(await names()).toEqual(['router ada/late:F32'])
    await updateAlias(stand.ctx, 'ada/late:F32', to('openai/b'))
    await deleteAlias(stand.ctx, 'ada/late:F32')
    await expect(deleteAlias(stand.ctx, 'ada/late:F32')).rejects.toMatchObject({ code: 'invalid' })
  })

  it.each<[ContextParams]>([
    [{ n_ctx: 4096, n_threads: 2, n_parallel: 4, n_seed: 1, n_predict: -1, n_keep: 5 }],
    [['--ctx-size 4096', '-t 2']],
    [['--ctx-size', '4096']],
    [[]],
  ])('say how they are loaded: %j', async (contextParams) => {
    await createFileAlias(stand.ctx, named('a', { contextParams }))
    told()
    expect(await getAlias(stand.ctx, 'a')).toMatchObject({ contextParams })
  })

  it.each<[string, Partial<FileAliasInput>]>([
    ['context_params.n_what', { contextParams: { n_what: 1 } }],
    ['context_params.n_ctx', { contextParams: { n_ctx: -5 } }],
    ['context_params', { contextParams: ['--log-file /tmp/x'] }],
    ['context_params', { contextParams: ['--model /etc/passwd'] }],
    ['context_params', { contextParams: ['--ctx-size 5', '--host 0.0.0.0'] }],
    ['request_params.temperature', { requestParams: { temperature: 3 } }],
    ['options.trace_tokens', { options: { traceTokens: 21 } }],
    ['options.trace_tokens', { options: { traceTokens: 0.5 } }],
    ['options.cache_seconds', { options: { cacheSeconds: -1 } }],
  ])('name what does not fit: %s', async (param, said) => {
    const refused = { code: 'invalid', details: { param } }
    await expect(createFileAlias(stand.ctx, named('a', said))).rejects.toMatchObject(refused)
    await createFileAlias(stand.ctx, named('a'))
    await expect(updateFileAlias(stand.ctx, named('a', said))).rejects.toMatchObject(refused)
  })

  it('may be led to by others, as may files without an alias', async () => {
    await createFileAlias(stand.ctx, named('file'))
    await createAlias(stand.ctx, 'outer', to('file', found, `local/${found}`, 'openai/a'))
    await expect(deleteAlias(stand.ctx, 'file')).rejects.toMatchObject({
      code: 'conflict',
      message: 'The alias outer leads to file',
    })
    await expect(createAlias(stand.ctx, 'x', to('ada/none:F32'))).rejects.toMatchObject({
      details: { param: 'targets' },
    })
    await createAlias(stand.ctx, 'c', to('outer'))
    await createAlias(stand.ctx, 'b', to('c'))
    await expect(createAlias(stand.ctx, 'a', to('b'))).rejects.toMatchObject({
      message: 'From a more than 4 aliases stand in a row',
    })
  })

  it('stay what they are', async () => {
    await createFileAlias(stand.ctx, named('file'))
    await createAlias(stand.ctx, 'route', to('openai/a'))
    await expect(updateAlias(stand.ctx, 'file', to('openai/a'))).rejects.toMatchObject({
      code: 'invalid',
      message: 'The alias file names a file and goes on to do so',
    })
    await expect(updateFileAlias(stand.ctx, named('route'))).rejects.toMatchObject({
      code: 'invalid',
    })
    await expect(updateFileAlias(stand.ctx, named('none'))).rejects.toMatchObject({
      code: 'not-found',
      details: { code: 'alias_not_found_error' },
    })
  })

  it('are copied with all that they say, and so are routers and files without an alias', async () => {
    const said = { contextParams: { n_ctx: 64 }, options: { traceTokens: 0 } }
    const first = await createFileAlias(stand.ctx, named('first', said))
    const router = await createAlias(stand.ctx, 'route', to('openai/a'))
    stand.clock.now += 5
    const copy = await copyAlias(stand.ctx, 'first', 'second')
    const at = { createdAt: stand.clock.now, updatedAt: stand.clock.now }
    expect(copy).toEqual({ ...first, id: copy.id, name: 'second', ...at })
    expect(copy.id).not.toBe(first.id)
    expect(await copyAlias(stand.ctx, 'route', 'other')).toMatchObject({
      kind: 'router',
      targets: router.targets,
    })
    expect(await copyAlias(stand.ctx, found, 'mine')).toMatchObject({
      kind: 'file',
      ...place,
      snapshot: defaultSnapshot,
      contextParams: {},
    })
    await expect(copyAlias(stand.ctx, 'none', 'x')).rejects.toMatchObject({
      code: 'not-found',
      details: { code: 'alias_not_found_error' },
    })
    expect(await names()).toEqual([
      'file first',
      'file mine',
      'router other',
      'router route',
      'file second',
    ])
  })

  it('are made of what was fetched, once', async () => {
    const planned = {
      alias: 'tiny:instruct',
      requestParams: { temperature: 0.2, stop: ['</s>'], user: null },
      contextParams: { n_ctx: 64 },
    }
    await checkPlannedAlias(stand.ctx, planned)
    const file = { ...place, snapshot: defaultSnapshot }
    await createDownloadedAlias(stand.ctx, { alias: null }, file)
    await createDownloadedAlias(stand.ctx, { alias: planned }, file)
    await createDownloadedAlias(stand.ctx, { alias: planned }, file)
    expect(await names()).toEqual(['file tiny:instruct'])
    expect(await getAlias(stand.ctx, 'tiny:instruct')).toMatchObject({
      ...place,
      requestParams: { temperature: 0.2, stop: ['</s>'] },
      contextParams: { n_ctx: 64 },
    })
    await expect(checkPlannedAlias(stand.ctx, planned)).rejects.toMatchObject(conflict)
    await addToCache(stand.hubDir, { repo: 'ada/other', filename: 'other.gguf' })
    stand.ctx.library.forget()
    const other = { repo: 'ada/other', filename: 'other.gguf', snapshot: defaultSnapshot }
    await expect(createDownloadedAlias(stand.ctx, { alias: planned }, other)).rejects.toMatchObject(
      conflict,
    )
    for (const requestParams of [
      { top_k: 1 },
      { temperature: 'hot' },
      { stop: 'END' },
      { stop: [1] },
    ]) {
      const wrong = { ...planned, alias: 'other', requestParams }
      await expect(checkPlannedAlias(stand.ctx, wrong)).rejects.toMatchObject({ code: 'invalid' })
    }
  })

  it('leave lines in the audit', async () => {
    await createFileAlias(stand.ctx, named('a', { contextParams: { n_ctx: 77 } }))
    stand.clock.now += 1
    await updateFileAlias(stand.ctx, named('a', { contextParams: { n_ctx: 88 } }))
    stand.clock.now += 1
    await copyAlias(stand.ctx, 'a', 'b')
    stand.clock.now += 1
    await deleteAlias(stand.ctx, 'a')
    const lines = await store.db.read((tx) =>
      tx.db.selectFrom('audit_log').selectAll().orderBy('at').execute(),
    )
    const words = lines.map(({ action, target_id: id }) => `${action} ${id}`)
    expect(words).toEqual([
      'model-alias.create a',
      'model-alias.update a',
      'model-alias.create b',
      'model-alias.delete a',
    ])
    expect(lines[0]?.changes).toContain('"n_ctx":77')
    expect(lines[1]?.changes).toContain('"n_ctx":88')
  })

  it('are forgotten without their files, and stay when these are gone', async () => {
    await createFileAlias(stand.ctx, named('a'))
    await createFileAlias(stand.ctx, named('b'))
    await deleteAlias(stand.ctx, 'a')
    expect(await stand.ctx.library.find(place)).toBeDefined()
    await rm(stand.hubDir, { recursive: true })
    expect(await names()).toEqual(['file b'])
    await deleteAlias(stand.ctx, 'b')
  })

  it('are managed only with the scope', async () => {
    await createFileAlias(stand.ctx, named('a'))
    const other = stand.as(callerWith('settings:manage', 'completions:run', 'models:read'))
    const refused = { code: 'forbidden', message: 'This needs the scope models:manage' }
    await expect(createFileAlias(other, named('b'))).rejects.toMatchObject(refused)
    await expect(updateFileAlias(other, named('a'))).rejects.toMatchObject(refused)
    await expect(copyAlias(other, 'a', 'b')).rejects.toMatchObject(refused)
    const planned = { alias: 'b', requestParams: {}, contextParams: {} }
    await expect(checkPlannedAlias(other, planned)).rejects.toMatchObject(refused)
    const file = { ...place, snapshot: defaultSnapshot }
    await expect(createDownloadedAlias(other, { alias: planned }, file)).rejects.toMatchObject(
      refused,
    )
    expect(await names()).toEqual(['file a'])
  })
})
