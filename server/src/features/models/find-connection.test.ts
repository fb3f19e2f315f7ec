import { afterEach, beforeEach, expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { addToCache } from '../../../test/support/gguf/model-cache.ts'
import { openModelStand, type ModelStand } from '../../../test/support/model-context.ts'
import type { Caller } from '../identity/index.ts'
import { randomIds } from '../../platform/ids.ts'
import { findConnection as findPlace, usableConnection } from './find-connection.ts'
import type { KeySource } from './connection.ts'
import type { ModelWriteContext } from './model-context.ts'
import type { ProviderEnvironment } from './provider-environment.ts'
import { saveProviderKey } from './save-provider-key.ts'

describeEachDatabase('findConnection', (store) => {
  let stand: ModelStand

  beforeEach(() => {
    stand = openModelStand(store)
  })
  afterEach(() => stand[Symbol.asyncDispose]())

  const nothing = { apiKeys: {}, baseUrls: {}, ownUrls: () => [], guardsBaseUrls: false }
  const contextOf = (
    environment: Partial<ProviderEnvironment> = {},
    caller: Caller = callerWith('completions:run', 'settings:manage'),
  ) => stand.as(caller, { ...nothing, ...environment })
  const findConnection = (ctx: ModelWriteContext, provider: string, keySource: KeySource) =>
    findPlace(ctx, { provider, model: 'any' }, keySource)
  const addConnection = async (row: {
    name: string
    kind: string
    base_url?: string | null
    is_active?: number
    is_guarded?: number
  }): Promise<void> => {
    const rest = { secret: null, created_by: null, created_at: 1, updated_at: 1 }
    await store.db.write(async (tx) => {
      await tx.insertMany('provider_connections', [
        { id: randomIds.uuid(), base_url: null, is_active: 1, ...rest, ...row },
      ])
    })
  }

  beforeEach(async () => {
    await store.db.write(async (tx) => {
      await tx.db.deleteFrom('provider_connections').execute()
    })
  })

  it('takes the key of the environment first, or the stored one alone', async () => {
    const ctx = contextOf({ apiKeys: { openai: 'given' } })
    expect(await findConnection(ctx, 'openai', 'environment-first')).toEqual({
      status: 'ready',
      connection: {
        name: 'openai',
        kind: 'openai',
        label: 'OpenAI',
        baseUrl: 'https://api.openai.com/v1',
        apiKey: 'given',
        isGuarded: false,
      },
    })
    const lack = { status: 'no-key', name: 'openai', label: 'OpenAI' }
    expect(await findConnection(ctx, 'openai', 'stored-only')).toEqual(lack)
    await saveProviderKey(ctx, 'openai', 'stored')
    expect(await findConnection(ctx, 'openai', 'stored-only')).toMatchObject({
      connection: { apiKey: 'stored' },
    })
    expect(await findConnection(ctx, 'openai', 'environment-first')).toMatchObject({
      connection: { apiKey: 'given' },
    })
    expect(await findConnection(contextOf(), 'openai', 'environment-first')).toMatchObject({
      connection: { apiKey: 'stored' },
    })
  })

  it('lets the environment count everywhere for providers whose keys Beacon does not keep', async () => {
    const ctx = contextOf({ apiKeys: { deepseek: 'given' } })
    expect(await findConnection(ctx, 'deepseek', 'stored-only')).toMatchObject({
      connection: { kind: 'openai-compatible', label: 'DeepSeek', apiKey: 'given' },
    })
    const lack = { status: 'no-key', name: 'deepinfra', label: 'DeepInfra' }
    expect(await findConnection(ctx, 'deepinfra', 'environment-first')).toEqual(lack)
  })

  it('needs no key for Ollama', async () => {
    expect(await findConnection(contextOf(), 'ollama', 'stored-only')).toMatchObject({
      status: 'ready',
      connection: { kind: 'ollama', apiKey: null, baseUrl: 'http://127.0.0.1:11434' },
    })
  })

  it('takes the base URL of the environment before a stored one before the usual one', async () => {
    await addConnection({ name: 'ollama', kind: 'ollama', base_url: 'http://stored.test' })
    const baseUrlOf = async (environment: Partial<ProviderEnvironment>) =>
      findConnection(contextOf(environment), 'ollama', 'stored-only')
    expect(await baseUrlOf({})).toMatchObject({ connection: { baseUrl: 'http://stored.test' } })
    expect(await baseUrlOf({ baseUrls: { ollama: 'http://given.test' } })).toMatchObject({
      connection: { baseUrl: 'http://given.test' },
    })
  })

  it('knows connections that somebody added, under their own names', async () => {
    await addConnection({ name: 'lab', kind: 'openai-compatible', base_url: 'http://lab.test/v1' })
    expect(await findConnection(contextOf(), 'lab', 'stored-only')).toEqual({
      status: 'ready',
      connection: {
        name: 'lab',
        kind: 'openai-compatible',
        label: 'lab',
        baseUrl: 'http://lab.test/v1',
        apiKey: null,
        isGuarded: false,
      },
    })
    await addConnection({ name: 'claude-eu', kind: 'anthropic' })
    const lack = { status: 'no-key', name: 'claude-eu', label: 'claude-eu' }
    expect(await findConnection(contextOf(), 'claude-eu', 'stored-only')).toEqual(lack)
    await addConnection({ name: 'nowhere', kind: 'openai-compatible' })
    await expect(findConnection(contextOf(), 'nowhere', 'stored-only')).rejects.toMatchObject({
      code: 'precondition',
    })
  })

  it('refuses what it does not know', async () => {
    await addConnection({ name: 'embedder', kind: 'voyage' })
    for (const name of ['mistral', 'embedder', '', 'constructor', 'toString']) {
      await expect(findConnection(contextOf(), name, 'stored-only')).rejects.toMatchObject({
        code: 'invalid',
        message: `Unsupported provider: ${name}`,
      })
    }
  })

  it('calls nothing that was switched off, whoever gave the key', async () => {
    await addConnection({ name: 'openai', kind: 'openai', is_active: 0 })
    const found = await findConnection(
      contextOf({ apiKeys: { openai: 'given' } }),
      'openai',
      'environment-first',
    )
    expect(found).toEqual({ status: 'switched-off', name: 'openai', label: 'OpenAI' })
    expect(() => usableConnection(found, () => 'no key')).toThrow(
      'The provider openai is switched off',
    )
  })

  it('guards an address that was given over the API, where and while such are guarded', async () => {
    const base_url = 'http://stored.test'
    await addConnection({ name: 'ollama', kind: 'ollama', base_url, is_guarded: 1 })
    const guardOf = async (environment: Partial<ProviderEnvironment>) =>
      findConnection(contextOf(environment), 'ollama', 'stored-only')
    expect(await guardOf({ guardsBaseUrls: true })).toMatchObject({
      connection: { baseUrl: base_url, isGuarded: true },
    })
    expect(await guardOf({})).toMatchObject({ connection: { isGuarded: false } })
    const baseUrls = { ollama: 'http://given.test' }
    expect(await guardOf({ guardsBaseUrls: true, baseUrls })).toMatchObject({
      connection: { isGuarded: false },
    })
  })

  it('refuses a base URL that is this server itself', async () => {
    const loop = contextOf({
      apiKeys: { openai: 'given' },
      baseUrls: { openai: 'http://localhost:7474/v1' },
      ownUrls: () => ['http://127.0.0.1:7474'],
    })
    await expect(findConnection(loop, 'openai', 'environment-first')).rejects.toMatchObject({
      code: 'precondition',
      details: { reason: 'loop_detected', provider: 'openai' },
    })
  })

  it('lets the caller word the lack of a key', async () => {
    const found = await findConnection(contextOf(), 'google', 'stored-only')
    expect(() =>
      usableConnection(found, ({ label }) => `${label} API key is not configured`),
    ).toThrow('Google API key is not configured')
  })

  it('refuses a caller without the scope', async () => {
    const other = contextOf({}, callerWith('traces:read', 'settings:manage'))
    await expect(findConnection(other, 'ollama', 'stored-only')).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  it('loads a file of this machine by the name that it has without an alias', async () => {
    const { path } = await addToCache(stand.hubDir, { repo: 'ada/tiny', filename: 'tiny-F32.gguf' })
    const place = { provider: 'local', model: 'ada/tiny:F32' }
    const found = await findPlace(contextOf(), place, 'stored-only')
    expect(usableConnection(found, () => '')).toMatchObject({
      name: 'local',
      kind: 'local',
      baseUrl: 'local:',
      apiKey: null,
      load: { name: 'ada/tiny:F32', path, options: {} },
    })
    await expect(findConnection(contextOf(), 'local', 'stored-only')).rejects.toMatchObject({
      code: 'invalid',
      message: 'Unknown model: any',
    })
  })
})
