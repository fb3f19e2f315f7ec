import { afterEach, beforeEach, expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { startFakeProvider, type FakeProvider } from '../../../test/support/fake-provider.ts'
import { openModelStand, type ModelStand } from '../../../test/support/model-context.ts'
import { nameForLabel } from './connection-name.ts'
import { deleteConnection } from './delete-connection.ts'
import { getConnection } from './list-connections.ts'
import { listModels } from './list-models.ts'
import { getRemote } from './remote-view.ts'
import { resolveModel } from './resolve-model.ts'
import { createAlias } from './save-alias.ts'
import { createConnection, updateConnection } from './save-connection.ts'
import {
  createRemote,
  deleteRemote,
  syncRemote,
  updateRemote,
  type RemoteInput,
} from './save-remote.ts'
import { connectionToTry, fetchRemoteModels } from './try-remote.ts'

const secret = 'sk-lab-0123456789'
const signal = new AbortController().signal

describeEachDatabase('Remote providers', (store) => {
  let stand: ModelStand
  let fake: FakeProvider

  beforeEach(async () => {
    fake = await startFakeProvider('openai', { models: ['small', 'large'] })
    stand = openModelStand(store)
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
  const lab = (said: Partial<RemoteInput> = {}): RemoteInput => ({
    label: 'The Lab',
    format: 'openai',
    baseUrl: fake.url,
    apiKey: secret,
    models: ['small'],
    prefix: null,
    forwardsAll: false,
    ...said,
  })
  const add = async (said: Partial<RemoteInput> = {}) => {
    const made = await createRemote(stand.ctx, lab(said))
    told()
    return made
  }
  const placeOf = async (name: string) => {
    const { targets } = await resolveModel(stand.ctx, name)
    return `${targets[0].connection.name}|${targets[0].model}`
  }
  const listed = async () => {
    const { models } = await listModels(stand.ctx)
    return models.map(({ id }) => id)
  }

  it('are connections named after what people call them', async () => {
    const made = await add()
    expect(made).toEqual({
      source: 'api',
      id: expect.any(String),
      label: 'The Lab',
      connection: 'the-lab',
      format: 'openai',
      baseUrl: fake.url,
      hasKey: true,
      models: [{ id: 'small', name: 'small', mayUse: true }],
      prefix: null,
      forwardsAll: false,
      createdAt: stand.clock.now,
      updatedAt: stand.clock.now,
    })
    for (const word of [made.id, 'the-lab']) expect(await getRemote(stand.ctx, word)).toEqual(made)
    expect(await getConnection(stand.ctx, 'the-lab')).toMatchObject({
      facts: { label: 'The Lab', kind: 'openai-compatible', models: ['small'] },
      key: '…6789',
    })
    expect(await add()).toMatchObject({ connection: 'the-lab-2' })
    expect(await add({ label: 'OpenAI' })).toMatchObject({ connection: 'openai-2' })
    expect(await add({ label: 'Local' })).toMatchObject({ connection: 'local-2' })
    expect(await placeOf('the-lab/large')).toBe('the-lab|large')
  })

  it('have models by their prefix, and only those that were chosen', async () => {
    await add({ prefix: 'lab/' })
    expect(await listed()).toEqual(['lab/small'])
    expect(await placeOf('lab/small')).toBe('the-lab|small')
    expect(await placeOf('the-lab/large')).toBe('the-lab|large')
    for (const name of ['small', 'lab/large', 'lab/']) {
      await expect(placeOf(name)).rejects.toMatchObject({ code: 'not-found' })
    }
    await createAlias(stand.ctx, 'best', {
      targets: [{ model: 'lab/small', isEnabled: true }],
      requestParams: {},
      options: { strategy: 'fallback' },
    })
    told()
    expect(await placeOf('best')).toBe('the-lab|small')
    await expect(deleteConnection(stand.ctx, 'the-lab')).rejects.toMatchObject({
      code: 'conflict',
      message: 'The alias best leads to the-lab',
    })
    await updateConnection(stand.ctx, 'the-lab', { isActive: false })
    told()
    await expect(placeOf('lab/small')).rejects.toMatchObject({ code: 'not-found' })
  })

  it('get whatever begins with their prefix where they want it, the longest prefix first', async () => {
    const made = await add({ prefix: 'lab/', forwardsAll: true, models: [] })
    expect(made).toMatchObject({
      forwardsAll: true,
      models: [{ name: 'lab/small' }, { name: 'lab/large' }],
    })
    expect(await placeOf('lab/never-listed')).toBe('the-lab|never-listed')
    await add({ label: 'Other', prefix: 'lab/o' })
    expect(await placeOf('lab/osmall')).toBe('other|small')
    expect(await placeOf('lab/other')).toBe('the-lab|other')
    expect(await listed()).toEqual(['lab/osmall', 'lab/small', 'lab/large'])
  })

  it('go by their prefix before the connection of that name', async () => {
    await add({ label: 'Mine', prefix: 'openai/' })
    const ctx = stand.as(stand.ctx.caller, { apiKeys: { openai: 'sk-of-openai' } })
    const nameOf = async (model: string) => {
      const { targets } = await resolveModel(ctx, model)
      return targets[0].connection.name
    }
    expect(await nameOf('openai/small')).toBe('mine')
    expect(await nameOf('openai/gpt-4o')).toBe('openai')
  })

  it('have a prefix each', async () => {
    await add({ prefix: 'lab/' })
    const taken = { code: 'conflict', details: { code: 'db_error-prefix_exists' } }
    await expect(add({ prefix: 'lab/' })).rejects.toMatchObject(taken)
    const other = await add({ label: 'Other', prefix: 'other/' })
    await expect(updateRemote(stand.ctx, other.id, lab({ prefix: 'lab/' }))).rejects.toMatchObject(
      taken,
    )
    const changes = { kind: 'ollama', prefix: 'lab/' }
    await expect(
      createConnection(stand.ctx, 'farm', changes, { skipsTest: true }),
    ).rejects.toMatchObject(taken)
    expect(await updateRemote(stand.ctx, other.id, lab({ prefix: '' }))).toMatchObject({
      prefix: null,
    })
    await expect(add({ prefix: 'a\nb' })).rejects.toMatchObject({ code: 'invalid' })
    await expect(add({ label: ' ' })).rejects.toMatchObject({ code: 'invalid' })
  })

  it('are saved only with models that they list', async () => {
    const unknown = {
      code: 'invalid',
      message: 'The Lab has no model none',
      details: { code: 'api_model_service_error-model_not_found_at_provider' },
    }
    await expect(add({ models: ['small', 'none'] })).rejects.toMatchObject(unknown)
    const { id } = await add()
    const changed = lab({ models: ['none'], apiKey: undefined })
    await expect(updateRemote(stand.ctx, id, changed)).rejects.toMatchObject(unknown)
    fake.whenListed({ type: 'status', status: 401 })
    await expect(add({ label: 'Other' })).rejects.toMatchObject({
      code: 'precondition',
      details: { reason: 'refused' },
    })
  })

  it('are replaced but for their format and a key that is left out', async () => {
    const { id } = await add({ prefix: 'lab/' })
    stand.clock.now += 5
    const changed = await updateRemote(
      stand.ctx,
      id,
      lab({ label: 'Lab 2', models: ['large'], prefix: null, apiKey: undefined }),
    )
    told()
    expect(changed).toMatchObject({
      id,
      label: 'Lab 2',
      connection: 'the-lab',
      models: [{ id: 'large' }],
      prefix: null,
      hasKey: true,
      updatedAt: stand.clock.now,
    })
    const anthropic = lab({ format: 'anthropic' })
    await expect(updateRemote(stand.ctx, id, anthropic)).rejects.toMatchObject({
      details: { code: 'obj_validation_error-api_format_immutable_on_edit' },
    })
    await expect(updateRemote(stand.ctx, id, lab({ apiKey: null }))).rejects.toMatchObject({
      details: { reason: 'refused' },
    })
    await expect(updateRemote(stand.ctx, 'none', lab())).rejects.toMatchObject({
      code: 'not-found',
      details: { code: 'api_models_route_error-not_found' },
    })
    await deleteRemote(stand.ctx, id)
    told()
    await expect(getRemote(stand.ctx, id)).rejects.toMatchObject({ code: 'not-found' })
  })

  it.each([
    ['anthropic_oauth', /login of their own/],
    ['llm_liberty_oauth', /login of their own/],
    ['gopher', /Unknown format/],
  ])('are not added with the format %s', async (format, message) => {
    await expect(add({ format })).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(message),
    })
  })

  it('forward all only with a prefix, and tell their models anew only then', async () => {
    await expect(add({ forwardsAll: true })).rejects.toMatchObject({
      details: { code: 'obj_validation_error-forward_all_requires_prefix' },
    })
    const { id } = await add({ prefix: 'lab/', forwardsAll: true })
    const asked = fake.listRequests.length
    expect(await syncRemote(stand.ctx, id)).toMatchObject({ models: [{}, {}] })
    expect(fake.listRequests.length).toBe(asked + 1)
    fake.whenListed({ type: 'status', status: 500 })
    await expect(syncRemote(stand.ctx, id)).rejects.toMatchObject({ code: 'upstream' })
    await updateConnection(stand.ctx, 'the-lab', { models: ['a'] })
    await expect(syncRemote(stand.ctx, id)).rejects.toMatchObject({
      details: { code: 'obj_validation_error-sync_requires_forward_all' },
    })
  })

  it('are tried before they are saved, with a key or with that of another', async () => {
    const draft = { format: 'openai', baseUrl: fake.url, key: { apiKey: secret } }
    expect(await fetchRemoteModels(stand.ctx, draft, signal)).toEqual(['small', 'large'])
    expect(fake.listRequests.at(-1)?.headers.authorization).toBe(`Bearer ${secret}`)
    const { id } = await add({ apiKey: 'sk-another-0123' })
    const stored = { ...draft, key: { storedIn: id } }
    expect(await fetchRemoteModels(stand.ctx, stored, signal)).toEqual(['small', 'large'])
    expect(fake.listRequests.at(-1)?.headers.authorization).toBe('Bearer sk-another-0123')
    expect(await connectionToTry(stand.ctx, stored)).toMatchObject({
      kind: 'openai-compatible',
      apiKey: 'sk-another-0123',
      baseUrl: fake.url,
    })
    fake.whenListed({ type: 'status', status: 401, message: secret })
    await expect(fetchRemoteModels(stand.ctx, draft, signal)).rejects.toMatchObject({
      code: 'upstream',
      message: expect.not.stringContaining('sk-'),
    })
    for (const [key, code] of [
      [{ storedIn: 'none' }, 'not-found'],
      [{ apiKey: '\n' }, 'invalid'],
    ] as const) {
      await expect(connectionToTry(stand.ctx, { ...draft, key })).rejects.toMatchObject({ code })
    }
    const own = { ...draft, baseUrl: 'http://localhost:7474/v1' }
    await expect(connectionToTry(stand.ctx, own)).rejects.toMatchObject({
      details: { reason: 'loop_detected' },
    })
  })

  it('keep their keys from addresses that others name, and the own network from all', async () => {
    const { id } = await add()
    const manager = stand.as(callerWith('models:manage'), { guardsBaseUrls: true })
    const elsewhere = 'http://elsewhere.test/v1'
    const draft = { format: 'openai', baseUrl: elsewhere, key: { storedIn: id } }
    await expect(connectionToTry(manager, draft)).rejects.toMatchObject({ code: 'forbidden' })
    const asked = { ...draft, key: { apiKey: null } }
    expect(await connectionToTry(manager, asked)).toMatchObject({ isGuarded: true, apiKey: null })
    const moved = lab({ baseUrl: elsewhere, apiKey: undefined })
    await expect(updateRemote(manager, id, moved)).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('are managed only with the scope', async () => {
    const { id } = await add({ prefix: 'lab/', forwardsAll: true })
    const other = stand.as(callerWith('settings:manage', 'models:read', 'completions:run'))
    const refused = { code: 'forbidden', message: 'This needs the scope models:manage' }
    const draft = { format: 'openai', baseUrl: fake.url, key: { apiKey: null } }
    await expect(createRemote(other, lab())).rejects.toMatchObject(refused)
    await expect(updateRemote(other, id, lab())).rejects.toMatchObject(refused)
    await expect(deleteRemote(other, id)).rejects.toMatchObject(refused)
    await expect(syncRemote(other, id)).rejects.toMatchObject(refused)
    await expect(fetchRemoteModels(other, draft, signal)).rejects.toMatchObject(refused)
    await expect(connectionToTry(other, draft)).rejects.toMatchObject(refused)
    await expect(getRemote(stand.as(callerWith('models:manage')), id)).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  it('leave lines in the audit without their keys', async () => {
    await add({ prefix: 'lab/' })
    const [line] = await store.db.read((tx) => tx.db.selectFrom('audit_log').selectAll().execute())
    expect(line).toMatchObject({ action: 'connection.create', target_id: 'the-lab' })
    expect(line?.changes).toContain('"prefix":"lab/"')
    expect(line?.changes).toContain('(secret)')
    expect(line?.changes).not.toContain(secret)
  })

  it.each([
    ['Été & Co.', [], 'ete-co'],
    ['東京', [], 'remote'],
    ['a'.repeat(60), ['a'.repeat(40)], `${'a'.repeat(38)}-2`],
    ['lab', ['lab', 'lab-2'], 'lab-3'],
    ['--x__y--', [], 'x__y'],
  ])('called %s are named without a clash', (label, taken, name) => {
    expect(nameForLabel(label, (word) => taken.some((one) => one === word))).toBe(name)
  })
})
