import { randomUUID } from 'node:crypto'
import { beforeAll, expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { useDeployments } from '../../../test/support/deployments.ts'
import { deletePrompt } from '../prompts/index.ts'
import { createDestination } from '../webhooks/index.ts'
import {
  createDeployment,
  deleteDeployment,
  rollBackDeployment,
  updateDeployment,
} from './change-deployments.ts'
import {
  getDeployment,
  getDeploymentByName,
  listDeployments,
  listRevisions,
} from './read-deployments.ts'

const everything = { limit: 100, offset: 0 } as const

describeEachDatabase('Deployments', (store) => {
  const { contextOf, promptOf } = useDeployments(store)
  let promptId: string
  beforeAll(async () => {
    promptId = await promptOf('one', 'two')
  })

  const given = (more: object = {}) => ({
    name: `d-${randomUUID()}`,
    promptId,
    promptVersion: 1,
    provider: 'openai',
    model: 'gpt-4o-mini',
    options: null,
    webhookIds: null,
    ...more,
  })
  const destination = async () => {
    const { id } = await createDestination(contextOf(), {
      name: 'receiver',
      url: 'https://receiver.example/hook',
    })
    return id
  }

  it('are what was said, their webhooks included', async () => {
    const ctx = contextOf()
    const webhookIds = [await destination()]
    const said = given({ options: { temperature: 0.5, topK: 3 }, webhookIds })
    const made = await createDeployment(ctx, said)
    expect(made).toMatchObject({ ...said, revision: 1 })
    expect(await getDeployment(ctx, made.id)).toEqual(made)
    expect(await getDeploymentByName(ctx, said.name)).toEqual(made)
  })

  it('store what no database holds as another letter, and say so at once', async () => {
    const ctx = contextOf()
    const made = await createDeployment(ctx, given({ model: 'a\0b\ud800' }))
    expect(made.model).toBe('a\ufffdb\ufffd')
    expect(await getDeployment(ctx, made.id)).toEqual(made)
    const same = await updateDeployment(ctx, made.id, { promptVersion: 1, model: 'a\0b\ud800' })
    expect(same.revision).toBe(1)
  })

  it('keep each change as a revision, and can be what they were again', async () => {
    const ctx = contextOf()
    const { id, name } = await createDeployment(ctx, given({ options: { topP: 0.5 } }))
    const changed = await updateDeployment(ctx, id, { promptVersion: 2, model: 'gpt-4o' })
    expect(changed).toMatchObject({ revision: 2, promptVersion: 2, options: { topP: 0.5 } })
    const same = await updateDeployment(ctx, id, { promptVersion: 2 })
    expect(same.revision).toBe(2)
    const back = await rollBackDeployment(ctx, id, 1)
    expect(back).toMatchObject({ name, revision: 3, promptVersion: 1, model: 'gpt-4o-mini' })
    expect(await getDeployment(ctx, id)).toEqual(back)
    const { revisions, total } = await listRevisions(ctx, id, everything)
    expect(revisions.map(({ revision, model }) => [revision, model])).toEqual([
      [3, 'gpt-4o-mini'],
      [2, 'gpt-4o'],
      [1, 'gpt-4o-mini'],
    ])
    expect(total).toBe(3)
    await expect(rollBackDeployment(ctx, id, 4)).rejects.toMatchObject({ code: 'not-found' })
  })

  it.each([
    ['a prompt', { promptId: randomUUID() }, /no prompt/u],
    ['a version', { promptVersion: 3 }, /no version 3/u],
    ['a provider', { provider: 'nobody' }, /no model nobody\//u],
    ['a provider without its key', { provider: 'deepseek' }, /no API key/u],
    ['an alias', { provider: 'alias', model: 'nothing' }, /no model nothing/u],
    ['a webhook', { webhookIds: ['nowhere'] }, /no webhook destination nowhere/u],
  ])('need %s that is there', async (_what, lack, message) => {
    const ctx = contextOf()
    const refusal = { code: 'invalid', message: expect.stringMatching(message) }
    await expect(createDeployment(ctx, given(lack))).rejects.toMatchObject(refusal)
    const { id } = await createDeployment(ctx, given())
    const changing = updateDeployment(ctx, id, { promptVersion: 1, ...lack })
    await expect(changing).rejects.toMatchObject(refusal)
    expect((await getDeployment(ctx, id)).revision).toBe(1)
  })

  it('know providers by the words of clients', async () => {
    const gemini = given({ provider: 'gemini', model: 'gemini-2.5-flash' })
    expect(await createDeployment(contextOf(), gemini)).toMatchObject({ provider: 'gemini' })
  })

  it('have a name each', async () => {
    const ctx = contextOf()
    const { name } = await createDeployment(ctx, given())
    const again = createDeployment(ctx, given({ name }))
    await expect(again).rejects.toMatchObject({ code: 'conflict' })
  })

  it('are found by parts of name, provider and model, in the order asked for', async () => {
    const ctx = contextOf()
    const mark = randomUUID().slice(0, 8)
    const names = ['b', 'a', 'c'].map((word) => `${word}-${mark}`)
    for (const name of names) await createDeployment(ctx, given({ name }))
    const search = mark.toUpperCase()
    const asked = { search, orderBy: 'name', order: 'asc', limit: 2, offset: 1 } as const
    const { deployments, total } = await listDeployments(ctx, asked)
    expect(deployments.map(({ name }) => name)).toEqual([`b-${mark}`, `c-${mark}`])
    expect(total).toBe(3)
    const model = `m-${mark}`
    const { id } = await createDeployment(ctx, given({ model }))
    const byModel = await listDeployments(ctx, { ...asked, search: model, offset: 0 })
    expect(byModel.deployments.map((one) => one.id)).toEqual([id])
  })

  it('cannot be again what is not there any more', async () => {
    const ctx = contextOf()
    const gone = await promptOf('short-lived')
    const { id } = await createDeployment(ctx, given({ promptId: gone }))
    await updateDeployment(ctx, id, { promptId, promptVersion: 1 })
    await deletePrompt(ctx, gone)
    await expect(rollBackDeployment(ctx, id, 1)).rejects.toMatchObject({ code: 'invalid' })
    expect((await getDeployment(ctx, id)).revision).toBe(2)
  })

  it('go with their history', async () => {
    const ctx = contextOf()
    const { id } = await createDeployment(ctx, given())
    await deleteDeployment(ctx, id)
    const missing = { code: 'not-found' }
    await expect(getDeployment(ctx, id)).rejects.toMatchObject(missing)
    await expect(listRevisions(ctx, id, everything)).rejects.toMatchObject(missing)
    await expect(deleteDeployment(ctx, id)).rejects.toMatchObject(missing)
    await expect(updateDeployment(ctx, id, { promptVersion: 1 })).rejects.toMatchObject(missing)
    await expect(rollBackDeployment(ctx, id, 1)).rejects.toMatchObject(missing)
  })

  it('leave a line of the audit with each change', async () => {
    const clock = standingClock()
    const later = { ...clock, nowSeconds: () => (clock.now += 1) }
    const ctx = contextOf({ clock: later })
    const { id } = await createDeployment(ctx, given())
    await updateDeployment(ctx, id, { promptVersion: 2 })
    await rollBackDeployment(ctx, id, 1)
    await deleteDeployment(ctx, id)
    const lines = await ctx.db.read((tx) =>
      tx.db
        .selectFrom('audit_log')
        .select(['action', 'changes'])
        .where('target_id', '=', id)
        .orderBy('at')
        .execute(),
    )
    expect(lines.map(({ action }) => action)).toEqual([
      'deployment.create',
      'deployment.update',
      'deployment.update',
      'deployment.delete',
    ])
    expect(lines[2]?.changes).toBe('{"revision":3,"rolledBackTo":1}')
  })

  it('are read by whoever reads prompts and changed by whoever manages them', async () => {
    const { id, name } = await createDeployment(contextOf(), given())
    const reader = contextOf({ caller: callerWith('prompts:read', 'deployments:run') })
    const manager = contextOf({ caller: callerWith('deployments:manage') })
    expect(await getDeployment(reader, id)).toMatchObject({ name })
    const forbidden = { code: 'forbidden' }
    for (const change of [
      () => createDeployment(reader, given()),
      () => updateDeployment(reader, id, { promptVersion: 1 }),
      () => rollBackDeployment(reader, id, 1),
      () => deleteDeployment(reader, id),
      () => getDeployment(manager, id),
      () => getDeploymentByName(manager, name),
      () => listDeployments(manager, { orderBy: 'name', order: 'asc', ...everything }),
      () => listRevisions(manager, id, everything),
    ]) {
      await expect(change()).rejects.toMatchObject(forbidden)
    }
    await updateDeployment(manager, id, { promptVersion: 1, model: 'gpt-4o' })
  })
})
