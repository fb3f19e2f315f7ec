import { afterEach, beforeEach, expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { describeEachDatabase, openForTest } from '../../../test/support/database.ts'
import { openModelStand, type ModelStand } from '../../../test/support/model-context.ts'
import { deleteAlias } from './delete-alias.ts'
import { getAlias, listAliases } from './list-aliases.ts'
import type { AliasInput, AliasTarget } from './model-alias.ts'
import { createAlias, updateAlias } from './save-alias.ts'
import type { RequestDefaults } from './request-defaults.ts'

const to = (...models: readonly string[]): AliasInput => ({
  targets: models.map((model) => ({ model, isEnabled: true })),
  requestParams: {},
  options: { strategy: 'fallback' },
})

describeEachDatabase('Aliases', (store) => {
  let stand: ModelStand

  beforeEach(() => {
    stand = openModelStand(store)
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
  }
  const names = async () => {
    told()
    return (await listAliases(stand.ctx)).map(({ name }) => name)
  }
  const whole: AliasInput = {
    targets: [
      { model: 'openai/gpt-4o', isEnabled: true, weight: 2.5, timeoutMs: 100 },
      { model: 'anthropic/claude', isEnabled: false },
    ],
    requestParams: {
      frequency_penalty: -2,
      max_tokens: 4_294_967_295,
      presence_penalty: 2,
      seed: -5,
      stop: ['\n\n', 'END'],
      temperature: 0.7,
      top_p: 1,
      user: 'ada',
      system_prompt: 'Be brief.\nSay “yes”.',
    },
    options: { strategy: 'weighted', cacheSeconds: 60 },
  }

  it('are kept as they were said and replaced whole', async () => {
    const made = await createAlias(stand.ctx, 'team/best:fast', whole)
    told()
    expect(await getAlias(stand.ctx, 'team/best:fast')).toEqual(made)
    expect(made).toMatchObject({ name: 'team/best:fast', kind: 'router', ...whole })
    stand.clock.now += 10
    const changed = await updateAlias(stand.ctx, 'team/best:fast', to('ollama/llama3.2'))
    told()
    expect(await getAlias(stand.ctx, 'team/best:fast')).toEqual(changed)
    expect(changed).toEqual({
      ...made,
      ...to('ollama/llama3.2'),
      updatedAt: made.createdAt + 10,
    })
    await deleteAlias(stand.ctx, 'team/best:fast')
    told()
    await expect(getAlias(stand.ctx, 'team/best:fast')).rejects.toMatchObject({
      code: 'not-found',
    })
  })

  it('are listed by name', async () => {
    for (const name of ['zeta', 'Alpha', 'beta']) await createAlias(stand.ctx, name, to('openai/a'))
    expect(await names()).toEqual(['Alpha', 'beta', 'zeta'])
  })

  it.each(['', ' a', 'a ', 'a\u0000b', 'a\nb', 'x'.repeat(256), '..', 'copy', '\ud800'])(
    'cannot be called %j',
    async (name) => {
      await expect(createAlias(stand.ctx, name, to('openai/a'))).rejects.toMatchObject({
        code: 'invalid',
      })
      expect(await names()).toEqual([])
    },
  )

  it.each<[string, Partial<AliasTarget>]>([
    ['targets.0.weight', { weight: 0 }],
    ['targets.0.weight', { weight: -1 }],
    ['targets.0.weight', { weight: Number.NaN }],
    ['targets.0.timeout_ms', { timeoutMs: 99 }],
    ['targets.0.timeout_ms', { timeoutMs: 600_001 }],
    ['targets.0.timeout_ms', { timeoutMs: 100.5 }],
    ['targets.0.model', { model: '' }],
    ['targets', { model: 'unknown/model' }],
    ['targets', { model: 'openai/' }],
    ['targets', { model: 'gpt-4o' }],
    ['targets', { model: '/gpt-4o' }],
  ])('name the field of a target that does not fit: %s %j', async (param, target) => {
    const targets = [{ model: 'openai/a', isEnabled: true, ...target }]
    await expect(createAlias(stand.ctx, 'a', { ...to(), targets })).rejects.toMatchObject({
      code: 'invalid',
      details: { param },
    })
  })

  it.each<[string, RequestDefaults]>([
    ['temperature', { temperature: 2.1 }],
    ['temperature', { temperature: -0.1 }],
    ['top_p', { top_p: 1.1 }],
    ['frequency_penalty', { frequency_penalty: -2.1 }],
    ['presence_penalty', { presence_penalty: 3 }],
    ['max_tokens', { max_tokens: -1 }],
    ['max_tokens', { max_tokens: 1.5 }],
    ['seed', { seed: 0.5 }],
    ['stop', { stop: ['a', 'b', 'c', 'd', 'e'] }],
    ['stop', { stop: [''] }],
    ['user', { user: '' }],
    ['system_prompt', { system_prompt: '' }],
  ])('name the default that is out of its range: %s %j', async (field, requestParams) => {
    const input = { ...to('openai/a'), requestParams }
    await expect(createAlias(stand.ctx, 'a', input)).rejects.toMatchObject({
      code: 'invalid',
      details: { param: `request_params.${field}` },
    })
  })

  it('have 1 to 16 targets and a cache of at most a year', async () => {
    const many = Array.from({ length: 17 }, (_, index) => `openai/m${index}`)
    const cached = (cacheSeconds: number): AliasInput => ({
      ...to('openai/a'),
      options: { strategy: 'fallback', cacheSeconds },
    })
    for (const input of [to(), to(...many), cached(-1), cached(0.5), cached(31_536_001)]) {
      await expect(createAlias(stand.ctx, 'a', input)).rejects.toMatchObject({ code: 'invalid' })
    }
    await createAlias(stand.ctx, 'a', to(...many.slice(0, 16)))
  })

  it('may lead to one another, but not back and not five in a row', async () => {
    await createAlias(stand.ctx, 'd', to('openai/a'))
    await createAlias(stand.ctx, 'c', to('d'))
    await createAlias(stand.ctx, 'b', to('c'))
    await createAlias(stand.ctx, 'a', to('b'))
    await expect(createAlias(stand.ctx, 'top', to('a'))).rejects.toMatchObject({
      code: 'invalid',
      message: 'From top more than 4 aliases stand in a row',
    })
    await expect(updateAlias(stand.ctx, 'd', to('openai/a', 'b'))).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('The alias leads back to itself'),
    })
    await expect(createAlias(stand.ctx, 'self', to('self'))).rejects.toMatchObject({
      message: 'The alias leads back to itself: self → self',
    })
    expect(await names()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('never close a circle between two that are saved at the same time', async () => {
    const other = await openForTest(store.location)
    try {
      await createAlias(stand.ctx, 'left', to('openai/a'))
      await createAlias(stand.ctx, 'right', to('openai/a'))
      // One SQLite file has one process.
      const db = store.dialect === 'postgres' ? other.db : store.db
      const outcomes = await Promise.allSettled([
        updateAlias(stand.ctx, 'left', to('right')),
        updateAlias({ ...stand.ctx, db }, 'right', to('left')),
      ])
      const states = outcomes.map(({ status }) => status).toSorted()
      expect(states).toEqual(['fulfilled', 'rejected'])
    } finally {
      await other.db[Symbol.asyncDispose]()
    }
  })

  it('have one name each, and stay while another leads to them', async () => {
    await createAlias(stand.ctx, 'inner', to('openai/a'))
    await createAlias(stand.ctx, 'outer', to('inner'))
    await expect(createAlias(stand.ctx, 'inner', to('openai/b'))).rejects.toMatchObject({
      code: 'conflict',
    })
    await expect(deleteAlias(stand.ctx, 'inner')).rejects.toMatchObject({
      code: 'conflict',
      message: 'The alias outer leads to inner',
    })
    await expect(updateAlias(stand.ctx, 'none', to('openai/a'))).rejects.toMatchObject({
      code: 'not-found',
    })
    await expect(deleteAlias(stand.ctx, 'none')).rejects.toMatchObject({ code: 'not-found' })
    await deleteAlias(stand.ctx, 'outer')
    await deleteAlias(stand.ctx, 'inner')
    expect(await names()).toEqual([])
  })

  it('leave lines in the audit', async () => {
    await createAlias(stand.ctx, 'a', to('openai/a'))
    stand.clock.now += 1
    await updateAlias(stand.ctx, 'a', to('openai/b'))
    stand.clock.now += 1
    await deleteAlias(stand.ctx, 'a')
    const lines = await store.db.read((tx) =>
      tx.db.selectFrom('audit_log').selectAll().orderBy('at').execute(),
    )
    const words = lines.map(({ action, target_id: id }) => `${action} ${id}`)
    expect(words).toEqual(['model-alias.create a', 'model-alias.update a', 'model-alias.delete a'])
    expect(lines[1]?.changes).toContain('openai/b')
  })

  it('are managed and read only with the scope', async () => {
    await createAlias(stand.ctx, 'a', to('openai/a'))
    const other = stand.as(callerWith('settings:manage', 'completions:run', 'models:read'))
    const refused = { code: 'forbidden', message: 'This needs the scope models:manage' }
    await expect(createAlias(other, 'b', to('openai/a'))).rejects.toMatchObject(refused)
    await expect(updateAlias(other, 'a', to('openai/b'))).rejects.toMatchObject(refused)
    await expect(deleteAlias(other, 'a')).rejects.toMatchObject(refused)
    const stranger = stand.as(callerWith('models:manage'))
    await expect(listAliases(stranger)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(getAlias(stranger, 'a')).rejects.toMatchObject({ code: 'forbidden' })
    expect(await names()).toEqual(['a'])
  })
})
