import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import type { ModelStage } from '../../../test/support/model-stage.ts'
import { openStage } from '../../../test/surfaces/ollama/stage.ts'
import type { Caller } from '../identity/index.ts'
import {
  createConnection,
  deleteConnection,
  describeModel,
  listLoadedModels,
  loadModel,
} from './index.ts'

let stage: ModelStage
beforeAll(async () => {
  stage = await openStage('sqlite')
})
afterAll(() => stage[Symbol.asyncDispose]())

const signal = new AbortController().signal
const question = { more: {}, hops: 0, signal }
const load = { keepAlive: '5m', hops: 0, signal }
const as = (caller: Caller) => ({ ...stage.app.app.context, caller })

/** A key that reaches these models alone. */
function keyFor(...models: readonly string[]): Caller {
  const scopes = new Set(['models:read', 'completions:run'] as const)
  return { kind: 'apiKey', keyId: 'k', userId: null, subject: null, scopes, models }
}

describe('whoever lacks the scope', () => {
  const nobody = callerWith('traces:read')

  it('learns nothing of models and moves none', async () => {
    const refused = expect.objectContaining({ code: 'forbidden' })
    await expect(describeModel(as(nobody), 'house-model', question)).rejects.toEqual(refused)
    await expect(listLoadedModels(as(nobody), 0)).rejects.toEqual(refused)
    const reader = as(callerWith('models:read'))
    await expect(loadModel(reader, 'ollama/llama3.2', load)).rejects.toEqual(refused)
    expect(stage.fakes.ollama.requests.map(({ path }) => path)).not.toContain('/api/generate')
  })

  it('may read of models without being allowed to run one', async () => {
    const described = await describeModel(as(callerWith('models:read')), 'house-model', question)
    expect(described).toMatchObject({ source: 'known', defaults: { temperature: 0.25 } })
  })
})

describe('a key for some models', () => {
  it('does not hear of others', async () => {
    const ctx = as(keyFor('openai/*'))
    await expect(describeModel(ctx, 'ollama/llama3.2', question)).rejects.toMatchObject({
      code: 'not-found',
    })
    await expect(loadModel(ctx, 'ollama/llama3.2', load)).rejects.toMatchObject({
      code: 'forbidden',
    })
    expect(await listLoadedModels(ctx, 0)).toEqual([])
  })

  it('hears of its own', async () => {
    const ctx = as(keyFor('ollama/*'))
    const loaded = await listLoadedModels(ctx, 0)
    expect(loaded.map(({ name }) => name)).toEqual(['ollama/llama3.2:latest'])
    expect(await describeModel(ctx, 'ollama/llama3.2', question)).toMatchObject({
      source: 'ollama',
      told: { modelfile: 'FROM x' },
    })
    await expect(loadModel(ctx, 'ollama/llama3.2', load)).resolves.toBeUndefined()
  })
})

describe('an Ollama', () => {
  const reader = callerWith('models:read', 'completions:run')

  it.each([
    [{ type: 'raw', status: 404, body: '{"error":"no such model"}' }, 'not-found', 'no such model'],
    [{ type: 'raw', status: 500, body: '{"error":"out of memory"}' }, 'upstream', 'out of memory'],
    [{ type: 'raw', status: 503, body: 'busy' }, 'upstream', 'Ollama answers with status 503'],
    [{ type: 'raw', body: '[]' }, 'upstream', 'Ollama answers with status 200'],
    [{ type: 'raw', body: '{"error":"not now"}' }, 'upstream', 'not now'],
    [{ type: 'raw', body: '{"error":{"message":"no"}}' }, 'upstream', 'no'],
  ] as const)('that answers %j is quoted', async (behaviour, code, message) => {
    stage.fakes.ollama.next(behaviour)
    await expect(describeModel(as(reader), 'ollama/x', question)).rejects.toMatchObject({
      code,
      message,
    })
  })

  it.each([200, 400, 404])('that quotes its key with %i is not quoted so far', async (status) => {
    const manager = as(callerWith('models:manage', 'models:read'))
    const apiKey = 'ollama-key/of+somebody'
    const name = `quoting-${status}`
    const baseUrl = stage.fakes.ollama.url
    await createConnection(manager, name, { kind: 'ollama', baseUrl, apiKey }, { skipsTest: true })
    const behaviour = { type: 'raw', status, body: `{"error":"Not ${apiKey}"}` } as const
    stage.fakes.ollama.next(behaviour, behaviour)
    const message = 'Not (secret)'
    await expect(describeModel(as(reader), `${name}/x`, question)).rejects.toMatchObject({
      message,
    })
    await expect(loadModel(as(reader), `${name}/x`, load)).rejects.toMatchObject({ message })
    await deleteConnection(manager, name)
  })

  it('that cannot be reached says so of its model, and is no part of what is loaded', async () => {
    const manager = as(callerWith('models:manage', 'models:read'))
    const changes = { kind: 'ollama', baseUrl: 'http://127.0.0.1:9' } as const
    await createConnection(manager, 'attic', changes, { skipsTest: true })
    await expect(loadModel(as(reader), 'attic/x', load)).rejects.toMatchObject({
      code: 'upstream',
      message: expect.stringMatching(/cannot be reached/),
    })
    const loaded = await listLoadedModels(as(reader), 0)
    expect(loaded.map(({ name }) => name)).toEqual(['ollama/llama3.2:latest'])
  })

  it('is not asked what runs in a circle', async () => {
    const circle = expect.objectContaining({
      details: { reason: 'loop_detected', provider: 'ollama' },
    })
    const before = stage.fakes.ollama.requests.length
    await expect(loadModel(as(reader), 'ollama/x', { ...load, hops: 3 })).rejects.toEqual(circle)
    expect(await listLoadedModels(as(reader), 3)).toEqual([])
    expect(stage.fakes.ollama.requests.length).toBe(before)
  })

  it('is told how many servers have passed the question on', async () => {
    await describeModel(as(reader), 'ollama/x', { ...question, hops: 1 })
    expect(stage.fakes.ollama.requests.at(-1)?.headers['x-pharos-hops']).toBe('2')
  })
})
