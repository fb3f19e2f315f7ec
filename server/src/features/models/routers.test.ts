import { afterEach, beforeEach, expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { addToCache } from '../../../test/support/gguf/model-cache.ts'
import { openModelStand, type ModelStand } from '../../../test/support/model-context.ts'
import { getModelView } from './list-model-views.ts'
import type { AliasOptions } from './model-alias.ts'
import { resolveModel } from './resolve-model.ts'
import type { RouterTarget } from './router-targets.ts'
import { createAlias, updateAlias } from './save-alias.ts'
import { createConnection } from './save-connection.ts'
import { createFileAlias } from './save-file-alias.ts'
import { createRouter, updateRouter, type RouterInput } from './save-router.ts'

const place = { repo: 'ada/tiny', filename: 'tiny-F32.gguf' }
const found = 'ada/tiny:F32'
const target = (alias: string, model = alias, more: Partial<RouterTarget> = {}) => ({
  alias,
  model,
  isEnabled: true,
  ...more,
})
const fallback = { strategy: 'fallback' } as const

describeEachDatabase('Routers', (store) => {
  let stand: ModelStand

  beforeEach(async () => {
    stand = openModelStand(store)
    await addToCache(stand.hubDir, place)
    await addLab()
    const nothing = { requestParams: {}, contextParams: {}, options: {} }
    await createFileAlias(stand.ctx, { alias: 'mine', ...place, ...nothing })
    told()
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
  }
  const addLab = async () => {
    await createConnection(
      stand.ctx,
      'lab',
      {
        kind: 'openai-compatible',
        baseUrl: 'http://lab.test/v1',
        models: ['small', 'large'],
        label: 'The Lab',
        prefix: 'l-',
      },
      { skipsTest: true },
    )
  }
  const route = async (
    targets: readonly RouterTarget[],
    strategy: RouterInput['strategy'] = fallback,
  ) => {
    const made = await createRouter(stand.ctx, { alias: 'best', targets, strategy })
    told()
    return made
  }
  const addAlias = async (
    name: string,
    models: readonly string[],
    options: Partial<AliasOptions>,
  ) => {
    await createAlias(stand.ctx, name, {
      targets: models.map((model) => ({ model, isEnabled: true })),
      requestParams: {},
      options: { strategy: 'fallback', ...options },
    })
    told()
  }
  const resolve = (name: string) => resolveModel(stand.ctx, name)
  const modelsOf = async (name: string) => {
    const { targets } = await resolve(name)
    return targets.map(({ model }) => model)
  }

  it('lead to aliases, files and providers, and are shown as they were said', async () => {
    const targets = [
      target('mine'),
      target(found),
      target('The Lab', 'small', { weight: 2 }),
      target('lab', 'l-large', { isEnabled: false }),
    ]
    const made = await route(targets, { strategy: 'weighted', cooldownSeconds: 5 })
    expect(made).toMatchObject({ kind: 'router', name: 'best' })
    expect(made.targets.map(({ model }) => model)).toEqual([
      'mine',
      found,
      'lab/small',
      'lab/large',
    ])
    expect(made.options).toEqual({
      strategy: 'weighted',
      cooldownSeconds: 5,
      maxAttempts: 0,
      honorsRetryAfter: false,
    })
    for (const word of ['best', made.id]) {
      expect(await getModelView(stand.ctx, word)).toMatchObject({
        source: 'model_router',
        alias: { name: 'best' },
        targets,
        mayUse: true,
      })
    }
    expect((await modelsOf('best')).toSorted()).toEqual([found, found, 'small'])
    expect((await route2()).options).toMatchObject({ cooldownSeconds: 30 })
  })
  const route2 = () =>
    createRouter(stand.ctx, { alias: 'second', targets: [target('best')], strategy: fallback })

  it('made elsewhere are shown in words that say the same', async () => {
    await addAlias('best', ['mine', found, 'lab/other', 'l-small', 'openai/gpt-4o'], {})
    expect(await getModelView(stand.ctx, 'best')).toMatchObject({
      targets: [
        target('mine'),
        target(found),
        target('lab', 'other'),
        target('lab', 'small'),
        target('openai', 'gpt-4o'),
      ],
    })
  })

  it('keep on replacement what Bodhi cannot say of them', async () => {
    await createAlias(stand.ctx, 'best', {
      targets: [{ model: 'lab/small', isEnabled: true, timeoutMs: 900 }],
      requestParams: { temperature: 0.5 },
      options: { strategy: 'weighted', cacheSeconds: 60, traceTokens: 1 },
    })
    told()
    const targets = [target('lab', 'small'), target('lab', 'large')]
    const said = { alias: 'best', targets, strategy: { ...fallback, maxAttempts: 1 } }
    expect(await updateRouter(stand.ctx, 'best', said)).toMatchObject({
      targets: [{ model: 'lab/small', timeoutMs: 900 }, { model: 'lab/large' }],
      requestParams: { temperature: 0.5 },
      options: { strategy: 'fallback', cacheSeconds: 60, traceTokens: 1, maxAttempts: 1 },
    })
    const renamed = updateRouter(stand.ctx, 'best', { ...said, alias: 'other' })
    await expect(renamed).rejects.toMatchObject({
      code: 'invalid',
      details: { code: 'create_alias_error-alias_mismatch' },
    })
    for (const name of ['none', 'mine']) {
      await expect(updateRouter(stand.ctx, name, { ...said, alias: name })).rejects.toMatchObject({
        code: 'not-found',
      })
    }
  })

  it.each<[string, string, readonly RouterTarget[]]>([
    ['invalid', 'model_router_error-empty_chain', []],
    ['invalid', 'model_router_error-self_reference', [target('best')]],
    ['invalid', 'model_router_error-invalid_pinned_model', [target('mine', 'other')]],
    ['invalid', 'model_router_error-invalid_pinned_model', [target('lab', 'none')]],
    ['not-found', 'model_router_error-referenced_alias_not_found', [target('none')]],
    ['not-found', 'model_router_error-referenced_alias_not_found', [target('local', found)]],
  ])('are refused as %s: %s', async (code, word, targets) => {
    await expect(route(targets)).rejects.toMatchObject({ code, details: { code: word } })
  })

  it('have a name of their own, and numbers within bounds', async () => {
    const taken = { code: 'conflict', details: { code: 'alias_exists_error' } }
    for (const alias of ['mine', found]) {
      const said = { alias, targets: [target('lab', 'small')], strategy: fallback }
      await expect(createRouter(stand.ctx, said)).rejects.toMatchObject(taken)
    }
    for (const more of [{ cooldownSeconds: 86_401 }, { maxAttempts: 17 }, { maxAttempts: 0.5 }]) {
      await expect(route([target('mine')], { ...fallback, ...more })).rejects.toMatchObject({
        code: 'invalid',
      })
    }
    const other = stand.as(callerWith('models:read', 'settings:manage'))
    const said = { alias: 'best', targets: [target('mine')], strategy: fallback }
    const refused = { code: 'forbidden', message: 'This needs the scope models:manage' }
    await expect(createRouter(other, said)).rejects.toMatchObject(refused)
    await expect(updateRouter(other, 'best', said)).rejects.toMatchObject(refused)
  })

  it('try as many targets as they may', async () => {
    await addAlias('best', ['anthropic/no-key', 'lab/a', 'lab/b', 'lab/c'], { maxAttempts: 2 })
    expect(await modelsOf('best')).toEqual(['a', 'b'])
    await addAlias('all', ['lab/a', 'lab/b', 'lab/c'], { maxAttempts: 0 })
    expect(await modelsOf('all')).toEqual(['a', 'b', 'c'])
  })

  it('let a target that failed rest, unless all of them do', async () => {
    await addAlias('best', ['lab/a', 'lab/b'], { cooldownSeconds: 30, maxAttempts: 1 })
    await addAlias('other', ['lab/a', 'lab/b'], { cooldownSeconds: 5 })
    const { directory } = stand.ctx
    const best = await resolve('best')
    const [a] = best.targets
    directory.restTarget(best, a)
    expect(directory.isResting('best', a)).toBe(true)
    expect(await modelsOf('best')).toEqual(['b'])
    expect(await modelsOf('other')).toEqual(['a', 'b'])
    const [b] = (await resolve('best')).targets
    directory.restTarget(best, b, 60)
    expect(await modelsOf('best')).toEqual(['a'])
    stand.clock.now += 29
    expect(directory.isResting('best', a)).toBe(true)
    stand.clock.now += 1
    expect(directory.isResting('best', a)).toBe(false)
    expect(directory.isResting('best', b)).toBe(false)
  })

  it('wait as long as a target asks for, where they are told to', async () => {
    const options = { cooldownSeconds: 30, honorsRetryAfter: true }
    await addAlias('best', ['lab/a', 'lab/b'], options)
    const { directory } = stand.ctx
    const best = await resolve('best')
    const [a] = best.targets
    directory.restTarget(best, a, 600)
    stand.clock.now += 599
    expect(await modelsOf('best')).toEqual(['b'])
    stand.clock.now += 1
    expect(await modelsOf('best')).toEqual(['a', 'b'])
    directory.restTarget(best, a, 1)
    stand.clock.now += 29
    expect(await modelsOf('best')).toEqual(['b'])
    const targets = ['lab/a', 'lab/b'].map((model) => ({ model, isEnabled: true }))
    const plain = { targets, requestParams: {}, options: fallback }
    await updateAlias(stand.ctx, 'best', plain)
    told()
    const changed = await resolve('best')
    expect(changed.cooldown).toBeNull()
    expect(directory.isResting('best', a)).toBe(true)
    expect(await modelsOf('best')).toEqual(['a', 'b'])
    directory.restTarget(changed, a, 600)
    stand.clock.now += 1
    expect(directory.isResting('best', a)).toBe(false)
  })
})
