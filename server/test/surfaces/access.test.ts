import type { Agent } from 'node:http'
import type { Access } from '@pharos/contract/route.ts'
import { Scope, scopes } from '@pharos/contract/vocabulary.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { send } from '../support/http-request.ts'
import { openingStatus } from '../support/live-client.ts'
import { wireSpan } from '../support/wire-spans.ts'
import {
  callerClasses,
  expectedOutcome,
  modes,
  needsIssuer,
  reviewedAccess,
  type CallerClass,
  type Outcome,
} from './access-table.ts'
import { bodhiBodies } from './bodhi/planted-bodies.ts'
import { hypersigilBodies } from './hypersigil/planted-bodies.ts'
import { sweep, type Mounted, type Visit } from './sweep.ts'

type Headers = Readonly<Record<string, string>>

const rebound = 'rebound.example:7474'
const planted = [{ role: 'user', content: 'planted' }]
const gatewayBodies = {
  'POST /v1/chat/completions': { model: 'lab/x', messages: planted },
  'POST /v1/completions': { model: 'lab/x', prompt: 'planted' },
  'POST /v1/responses': { model: 'lab/x', input: 'planted' },
  'POST /v1/embeddings': { model: 'lab/x', input: 'planted' },
  'POST /v1/messages': { model: 'lab/x', max_tokens: 1, messages: planted },
  'POST /anthropic/v1/messages': { model: 'lab/x', max_tokens: 1, messages: planted },
  'POST /v1/messages/count_tokens': { model: 'lab/x', messages: planted },
  'POST /anthropic/v1/messages/count_tokens': { model: 'lab/x', messages: planted },
  'POST /api/chat': { model: 'lab/x', messages: planted },
  'POST /api/generate': { model: 'lab/x', prompt: 'planted' },
  'POST /api/embed': { model: 'lab/x', input: 'planted' },
  'POST /api/embeddings': { model: 'lab/x', prompt: 'planted' },
  'POST /api/show': { model: 'lab/x' },
  'POST /api/v1/connections': { name: 'planted', kind: 'ollama', base_url: 'http://127.0.0.1:1' },
  'PUT /api/v1/connections/{name}': { is_active: false },
  'DELETE /api/v1/connections/{name}': undefined,
  'POST /api/v1/connections/{name}/test': {},
  'POST /api/v1/aliases': { name: 'planted', targets: [{ model: 'openai/x' }] },
  'PUT /api/v1/aliases/{name}': { targets: [{ model: 'openai/x' }] },
  'DELETE /api/v1/aliases/{name}': undefined,
}

const evil = { origin: 'http://evil.example' }

function scopeOf(access: Access = 'public'): Scope {
  if (access === 'ingest') return 'traces:write'
  if (access === 'known') return 'users:manage'
  if (access === 'public' || access === 'session') return 'traces:read'
  return Scope.parse(access.replace('session:', ''))
}

/** Keys of one server: for each scope one that has only it, and one that has all others. */
class Keys {
  readonly #app: TestApp
  readonly #made = new Map<string, Promise<string>>()

  constructor(app: TestApp) {
    this.#app = app
  }

  only(scope: Scope): Promise<string> {
    return this.#make(`only ${scope}`, [scope])
  }

  allBut(scope: Scope): Promise<string> {
    return this.#make(
      `all but ${scope}`,
      scopes.filter((other) => other !== scope),
    )
  }

  #make(name: string, granted: readonly Scope[]): Promise<string> {
    const made = this.#made.get(name) ?? this.#app.createKey(...granted)
    this.#made.set(name, made)
    return made
  }
}

async function headersOf(callerClass: CallerClass, scope: Scope, keys: Keys): Promise<Headers> {
  switch (callerClass) {
    case 'local':
      return {}
    case 'rebound name':
      return { host: rebound, origin: `http://${rebound}` }
    case 'foreign page':
      return evil
    case 'silent foreign page':
      return { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }
    case 'behind a proxy':
      return { 'x-forwarded-for': '203.0.113.9' }
    case 'undefined key':
      return { authorization: 'Bearer undefined' }
    case 'unknown key':
      return { 'x-api-key': 'pharos_nobody-made-this' }
    case 'two keys':
      return { 'x-api-key': await keys.only(scope), authorization: 'Bearer another' }
    case 'key without the scope':
      return { 'x-api-key': await keys.allBut(scope) }
    case 'key with the scope':
      return { authorization: `Bearer ${await keys.only(scope)}` }
    case 'key with the scope, foreign page':
      return { 'x-api-key': await keys.only(scope), ...evil }
  }
}

/** Nothing of the kind exists and the body is empty: a caller who is let in learns just that. */
async function callStatus(
  url: string,
  route: Mounted,
  given: { readonly headers: Headers; readonly agent: Agent },
): Promise<number> {
  const path = route.path.replaceAll(/\{\w+\}/g, 'none')
  if (route.kind === 'socket') return openingStatus(url, path, { headers: given.headers })
  return (await send(url, { method: route.method, path, ...given })).status
}

function nameOf({ method, path }: Mounted): string {
  return `${method} ${path}`
}

function outcomeOf(status: number, name: string): Outcome | number {
  if (status === 500 && needsIssuer.has(name)) return 'served'
  return [101, 200, 204, 400, 404, 415, 422].includes(status) ? 'served' : status
}

describe('The table of who may call what', () => {
  test('names every mounted route, and no other, with the access that it has', async () => {
    await using server = await startTestApp()
    const mounted = server.app.mounted.map(
      ({ method, path, access }) => [`${method} ${path}`, access] as const,
    )
    expect(Object.fromEntries(mounted)).toEqual(reviewedAccess)
    expect(mounted.length).toBe(Object.keys(reviewedAccess).length)
  })
})

describe.each(modes)('With --auth $auth --ingest-auth $ingestAuth', (mode) => {
  let server: TestApp
  let keys: Keys
  beforeAll(async () => {
    const { auth, ingestAuth } = mode
    server = await startTestApp({ settings: { auth, ingestAuth } })
    keys = new Keys(server)
  })
  afterAll(() => server.stop())

  test.each(callerClasses)('each route serves or refuses: %s', async (callerClass) => {
    const { mounted } = server.app
    const seen = await sweep(mounted, () => async (route, agent) => {
      const name = nameOf(route)
      const headers = await headersOf(callerClass, scopeOf(reviewedAccess[name]), keys)
      return outcomeOf(await callStatus(server.url, route, { headers, agent }), name)
    })
    const names = mounted.map(nameOf)
    const expected = names.map((name) => [name, expectedOutcome(mode, name, callerClass)])
    expect(seen).toEqual(Object.fromEntries(expected))
  })
})

describe('An open server on this machine', () => {
  let server: TestApp
  beforeAll(async () => {
    server = await startTestApp()
    const span = wireSpan({ span_id: 's', trace_id: 't', span_type: 'llm_call', name: 'private' })
    await server.client.ingestSpans({ body: { spans: [span] } })
    await server.client.putApiKey({ body: { provider: 'openai', api_key: 'sk-private' } })
  })
  afterAll(() => server.stop())

  const everything = async () => {
    const { url } = server
    const paths = ['/v1/traces/t', '/v1/spans/s/prompt-versions', '/v1/settings/api-keys']
    const replies = await Promise.all(paths.map((path) => send(url, { path })))
    return replies.map(({ status, text }) => `${status} ${text}`)
  }

  const bodies: Readonly<Record<string, unknown>> = {
    'POST /v1/spans': { spans: [wireSpan({ trace_id: 't' })] },
    'POST /v1/otlp/traces': {
      resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: 't', spanId: 'x', name: 'n' }] }] }],
    },
    'POST /v1/traces': {
      resourceSpans: [
        { scopeSpans: [{ spans: [{ traceId: 'ab'.repeat(16), spanId: 'ab'.repeat(8) }] }] },
      ],
    },
    'POST /api/public/otel/v1/traces': {
      resourceSpans: [
        { scopeSpans: [{ spans: [{ traceId: 'ab'.repeat(16), spanId: 'ab'.repeat(8) }] }] },
      ],
    },
    'PUT /v1/spans/{span_id}/annotations': {
      annotations: [{ id: 'a', text: 'planted', created_at: 1 }],
    },
    'POST /v1/spans/{span_id}/prompt-versions': { prompt_text: 'planted' },
    'DELETE /v1/traces': { older_than: 9e9 },
    'DELETE /v1/traces/{trace_id}': {},
    'PUT /v1/traces/{trace_id}/tags': { tags: { planted: 'yes' } },
    'POST /v1/traces/import': {},
    'PUT /v1/settings/api-keys': { provider: 'openai', api_key: 'planted-key' },
    'DELETE /v1/settings/api-keys/{provider}': {},
    'POST /auth/bootstrap': { name: 'planted', secret: '' },
    'POST /auth/keys': { name: 'planted', is_admin: true },
    'PUT /auth/keys': { id: 1, name: 'planted' },
    'DELETE /auth/keys': { id: 1 },
    'POST /logs/stream/ticket': {},
    'DELETE /logs/{request_id}': {},
    'POST /logs/{request_id}/public': {},
    'DELETE /logs/{request_id}/public': {},
    'POST /logs/{request_id}/favorite': { name: 'planted' },
    'DELETE /logs/{request_id}/favorite': { name: 'planted' },
    'POST /logs/{request_id}/tags': { tag: 'planted' },
    'DELETE /logs/{request_id}/tags': { tag: 'planted' },
    'POST /logs/{request_id}/discussions': { username: 'planted', comment: 'planted' },
    'PUT /logs/{request_id}/discussions/{discussion_id}': { comment: 'planted' },
    'DELETE /logs/{request_id}/discussions/{discussion_id}': {},
    'POST /logs/{request_id}/collections': { collection_id: 1 },
    'DELETE /logs/{request_id}/collections': { collection_id: 1 },
    'POST /collections': { name: 'planted' },
    'PUT /collections/{collection_id}': { name: 'planted' },
    'DELETE /collections/{collection_id}': {},
    'POST /collections/{collection_id}/requests': { request_id: 't' },
    'DELETE /collections/{collection_id}/requests': { request_id: 't' },
    'POST /collections/{collection_id}/public': {},
    'DELETE /collections/{collection_id}/public': {},
    'POST /v1/playground/chat': { conversation_id: 't', model: 'gpt-4o', messages: [] },
    'POST /v1/playground/compare': { models: ['gpt-4o', 'gpt-4o'], messages: [] },
    'POST /v1/playground/compare-prompts': { model: 'gpt-4o', prompts: ['planted', 'planted'] },
    'POST /v1/demo/run': { scenario: 'research_assistant' },
    'DELETE /v1/demo/runs/{trace_id}': {},
    'POST /v1/ingest': { request: { request_id: 'planted', final_text: 'planted' } },
    'POST /v1/replay': { span_id: 's', modified_attributes: {} },
    'POST /v1/analysis/root-cause': { trace_id: 't' },
    'POST /v1/analysis/cost-optimization': { trace_ids: ['t'] },
    'POST /v1/analysis/prompt-suggestions': { span_id: 's' },
    'POST /v1/analysis/anomalies': { trace_id: 't' },
    'POST /v1/analysis/error-patterns': { trace_ids: ['t'] },
    'POST /v1/analysis/compare': { trace_id_a: 't', trace_id_b: 't' },
    'POST /v1/analysis/summarize': { trace_id: 't' },
    'POST /playground/activations/run': { prompt: 'planted' },
    'POST /playground/activations/extract': { token_ids: [1] },
    'DELETE /playground/activations/{request_id}': {},
    'POST /playground/api-key': {},
    'POST /playground/mods/generate': { config: { injection_string: '', position: 'start' } },
    'POST /playground/mods/upload': { model: 'qwen-14b', code: '', mod_name: 'm' },
    'POST /playground/inference': { model: 'qwen-14b', messages: [] },
    'POST /playground/features/extract': { model: 'llama-3.1-8b', tokens: [1] },
    ...gatewayBodies,
    ...bodhiBodies,
    ...hypersigilBodies,
    'POST /playground/features/analyze': { model: 'llama-3.1-8b', feature_timeline: [] },
  }

  const messageFor = (surface: string, access: string): string => {
    if (surface === 'hypersigil') return 'Missing or invalid authorization header/cookie'
    return access.startsWith('session') ? 'This needs a login' : 'This needs an API key or a login'
  }
  const refusalsWith = (message: string): Readonly<Record<string, unknown>> => ({
    beacon: { detail: message },
    house: { detail: message },
    otlp: { code: 16, message },
    openai: {
      error: {
        message,
        type: 'authentication_error',
        param: null,
        code: 'auth_error-invalid_access',
      },
    },
    anthropic: {
      type: 'error',
      error: { type: 'authentication_error', message },
      request_id: expect.any(String),
    },
    ollama: { error: message },
    bodhi: {
      error: {
        message,
        type: 'authentication_error',
        code: 'auth_error-invalid_access',
        param: null,
      },
    },
  })
  /** Thunder's paths have one of three bodies (thunder §1.2), and every page may read them. */
  const refusalOf = (surface: string, path: string, message: string): unknown => {
    if (path.startsWith('/api/v1/')) {
      return { error: 'Unauthorized', message, data: { error: 'Unauthorized', message } }
    }
    if (surface !== 'thunder') return refusalsWith(message)[surface]
    if (path.startsWith('/playground/activations')) {
      return { status: 'error', error_code: 'UNAUTHORIZED', message }
    }
    const isNumbered = path.startsWith('/auth/') || path.startsWith('/playground/')
    return isNumbered
      ? { error: message, code: 401, message }
      : { error: `unauthorized: ${message}`, message }
  }

  test('knows the body of every route that changes something', () => {
    const changing = server.app.mounted
      .filter(({ method }) => method !== 'GET')
      .map(({ method, path }) => `${method} ${path}`)
    expect(Object.keys(bodies).toSorted()).toEqual(changing.toSorted())
  })

  test.each([
    ['a foreign page', evil],
    ['a page without an origin', { origin: 'null' }],
    ['a name that was made to point here', { host: rebound, origin: `http://${rebound}` }],
    ['a name that was made to point here, silently', { host: 'rebound.example' }],
    ['a name that only looks like this machine', { host: 'localhost.evil.example' }],
    ['a proxy that speaks for somebody', { 'x-forwarded-for': '127.0.0.1' }],
  ])('tells %s nothing and lets it change nothing', async (_who, headers) => {
    const before = await everything()
    const params: Readonly<Record<string, string>> = {
      '{trace_id}': 't',
      '{span_id}': 's',
      '{provider}': 'openai',
    }
    const guarded = server.app.mounted.filter(
      ({ kind, access }) => kind !== 'socket' && access !== 'public',
    )
    const visit: Visit<void> = async ({ method, path, access, surface }, agent) => {
      const body = bodies[`${method} ${path}`]
      const reply = await send(server.url, {
        agent,
        method,
        path: path.replaceAll(/\{\w+\}/g, (name) => params[name] ?? 'none'),
        headers: { 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      expect(`${method} ${path} ${reply.status}`).toBe(`${method} ${path} 401`)
      const message = messageFor(surface.name, access)
      expect(JSON.parse(reply.text)).toEqual(refusalOf(surface.name, path, message))
      const readers = surface.name === 'thunder' ? '*' : undefined
      expect(reply.headers['access-control-allow-origin']).toBe(readers)
      expect(reply.headers['www-authenticate']).toBe('Bearer')
    }
    const visited = await sweep(guarded, () => visit)
    expect(Object.keys(visited)).toHaveLength(guarded.length)
    expect(await everything()).toEqual(before)
  })

  test('shows a stranger no figures on its first page', async () => {
    const headers = { accept: 'text/html' }
    const mine = await send(server.url, { path: '/', headers })
    const theirs = await send(server.url, { path: '/', headers: { ...headers, ...evil } })
    expect(mine.text).toContain('<dt>Spans</dt><dd>1</dd>')
    expect(theirs.status).toBe(200)
    expect(theirs.text).not.toContain('<dt>Spans</dt>')
  })
})
