import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { findService } from '../../../src/features/models/index.ts'
import { localCaller } from '../../../src/features/identity/index.ts'
import { isJsonObject, type JsonObject } from '../../../src/platform/json.ts'
import { send, sendJson } from '../../support/http-request.ts'
import { HypersigilStage } from './stage.ts'

const stored = 'sk-stored-0123456789'
const given = 'sk-given-abcdefgh12'
const signing = 'signing-secret-0123456789'
const password = 'hook-password-01'
const secrets = [stored, given, signing, password, 'pa-voyage-0123456789']
const settings = '/api/v1/settings'

describe.each(['sqlite', 'postgres'] as const)('Settings over the wire [%s]', (dialect) => {
  let stage: HypersigilStage
  beforeEach(async () => {
    stage = await HypersigilStage.open(dialect, {
      settings: { anthropicApiKey: given, anthropicBaseUrl: 'http://127.0.0.1:9' },
    })
  })
  afterEach(() => stage[Symbol.asyncDispose]())

  const ask = async (method: string, path: string, value?: unknown) => {
    const url = stage.app.url
    const { status, text } = await (value === undefined
      ? send(url, { method, path })
      : sendJson(url, { method, path, value }))
    const reply: unknown = JSON.parse(text)
    return { status, text, data: isJsonObject(reply) ? reply['data'] : undefined }
  }
  const addOpenAi = async () => {
    const baseUrl = stage.known['openai']
    const at = { name: 'openai', base_url: baseUrl }
    expect((await ask('POST', '/api/v1/connections', at)).status).toBe(201)
    const data = { provider: 'openai', api_key: stored }
    return ask('POST', settings, { type: 'llm-api-key', data })
  }
  const rows = async () =>
    stage.app.app.context.db.read((tx) =>
      tx.db.selectFrom('provider_connections').selectAll().execute(),
    )

  it('show no secret anywhere, in whatever way they are asked for', async () => {
    const made = await addOpenAi()
    const voyage = { provider: 'voyageai', api_key: 'pa-voyage-0123456789' }
    const hook = { name: 'Ops', url: `https://me:${password}@ops.test/in`, secret: signing }
    const others = [
      await ask('POST', settings, { type: 'service-api-key', data: voyage }),
      await ask('POST', settings, { type: 'webhook-destination', data: hook }),
    ]
    const ids = [made, ...others].map(({ data }) => String(Object(data).id))
    const reads = [
      settings,
      ...ids.map((id) => `${settings}/${id}`),
      `${settings}/anthropic`,
      `${settings}/type/llm-api-key`,
      `${settings}/type/service-api-key`,
      `${settings}/type/webhook-destination`,
      `${settings}/type/llm-api-key/identifier/openai`,
      `${settings}/type/llm-api-key/identifier/anthropic`,
      '/api/v1/executions/providers/health',
      '/api/v1/audit?format=jsonl',
    ]
    const seen = [made.text, ...others.map(({ text }) => text)]
    for (const path of reads) {
      const { status, text } = await send(stage.app.url, { path })
      expect([path, status]).toEqual([path, 200])
      seen.push(text)
    }
    const changes = { type: 'llm-api-key', data: { api_key: `${stored}-2`, active: true } }
    seen.push((await ask('PUT', `${settings}/${ids[0]}`, changes)).text)
    const kept = await rows()
    for (const secret of secrets) {
      expect(seen.filter((text) => text.includes(secret))).toEqual([])
      expect(JSON.stringify(kept)).not.toContain(secret)
    }
    // What the vault made of them is nobody's business either.
    const sealed = kept.flatMap(({ secret }) => secret ?? [])
    expect(sealed.length).toBe(2)
    for (const text of sealed) expect(seen.join('\n')).not.toContain(text)
  })

  it('are the rows of which Beacon and the house show the rest', async () => {
    await addOpenAi()
    const beacon = await send(stage.app.url, { path: '/v1/settings/api-keys' })
    expect(JSON.parse(beacon.text)).toContainEqual({
      provider: 'openai',
      configured: true,
      masked_key: expect.stringMatching(/6789$/),
    })
    await send(stage.app.url, { method: 'DELETE', path: '/v1/settings/api-keys/openai' })
    const path = `${settings}/type/llm-api-key/identifier/openai`
    expect((await ask('GET', path)).status).toBe(404)
    const data = { provider: 'openai', api_key: stored }
    expect((await ask('POST', settings, { type: 'llm-api-key', data })).status).toBe(201)
    const house = await ask('GET', '/api/v1/connections/openai')
    expect(house.data).toMatchObject({ api_key: '…6789', base_url: stage.known['openai'] })
  })

  it('show a key of the environment with where it comes from, and count it as set up', async () => {
    const path = `${settings}/type/llm-api-key/identifier/anthropic`
    const shown = { api_key: '…gh12', api_key_source: 'environment', active: true }
    expect((await ask('GET', path)).data).toMatchObject(shown)
    const { data } = await ask('GET', '/api/v1/common/onboarding-status')
    expect(data).toEqual({ promptAvailable: false, llmApiKeyAvailable: true })
    const other = { type: 'llm-api-key', data: { provider: 'anthropic', api_key: stored } }
    expect((await ask('POST', settings, other)).status).toBe(409)
    expect((await ask('DELETE', `${settings}/anthropic`)).status).toBe(400)
    const off = { type: 'llm-api-key', data: { active: false } }
    expect((await ask('PUT', `${settings}/anthropic`, off)).data).toMatchObject({ active: false })
    expect((await ask('GET', '/api/v1/executions/providers/list')).data).toEqual(['ollama'])
  })

  it('let nothing in by names', async () => {
    await addOpenAi()
    const before = await rows()
    const words = ["' OR '1'='1", 'openai;--', '__proto__', '%', '../openai', 'constructor']
    for (const word of words.map(encodeURIComponent)) {
      for (const path of [
        `${settings}/${word}`,
        `${settings}/type/llm-api-key/identifier/${word}`,
      ]) {
        expect([path, (await ask('GET', path)).status]).toEqual([path, 404])
      }
      expect((await ask('DELETE', `${settings}/${word}`)).status).toBe(404)
    }
    expect(await rows()).toEqual(before)
  })

  it('give embeddings their key', async () => {
    const data = { provider: 'voyageai', api_key: 'pa-voyage-0123456789' }
    await ask('POST', settings, { type: 'service-api-key', data })
    const ctx = { ...stage.app.app.context, caller: localCaller() }
    expect(await findService(ctx, 'voyageai')).toMatchObject({
      status: 'ready',
      service: { apiKey: 'pa-voyage-0123456789' },
    })
  })

  it('bound executions at each provider, at once when the bound is changed', async () => {
    const { context } = stage.app.app
    expect(context.executionsPerProvider('openai')).toBe(4)
    const path = '/bodhi/v1/settings/executions-per-provider'
    expect((await ask('PUT', path, { value: 8 })).status).toBe(200)
    await vi.waitFor(() => expect(context.executionsPerProvider('openai')).toBe(8))
    for (const value of [0, 65, 1.5]) {
      expect((await ask('PUT', path, { value })).status).toBe(400)
    }
    expect(context.executionsPerProvider('google')).toBe(8)
  })
})

it('The public document names six operations that are mounted, with no reference in it', async () => {
  await using stage = await HypersigilStage.open('sqlite')
  const { text } = await send(stage.app.url, { path: '/api/json-schema' })
  const { paths, ...facts }: JsonObject = JSON.parse(text)
  const info = { title: 'Hypesigil API', description: 'Hypesigil API', version: '0.1' }
  expect(facts).toEqual({ openapi: '3.0.0', info })
  const operations = Object.entries(Object(paths)).flatMap(([path, methods]) =>
    Object.keys(Object(methods)).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(operations).toEqual([
    'GET /api/v1/executions/{id}',
    'POST /api/v1/executions/',
    'POST /api/v1/prompts/preview',
    'GET /api/v1/prompts/{id}',
    'POST /api/v1/files/',
    'POST /api/v1/deployments/run/{name}',
  ])
  const mounted = stage.app.app.mounted.map(({ kind, ...route }) =>
    kind === 'http' && 'method' in route ? `${route.method} ${route.path}` : '',
  )
  for (const operation of operations) expect(mounted).toContain(operation.replace(/\/$/, ''))
  // Words of JSON Schema that OpenAPI 3.0 does not know.
  expect(text).not.toMatch(/"(?:\$ref|\$defs|const|propertyNames|\$schema|prefixItems)"/)
  expect(text).not.toMatch(/"type":(?:\[|"null")/)
  expect(text).not.toMatch(/"exclusiveM\w+":\d/)
})
