import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { scopes } from '@pharos/contract/vocabulary.ts'
import {
  localCaller,
  logInWithPassword,
  registerFirstAdmin,
  createApiKey,
  inviteUser,
  acceptInvitation,
  updateUser,
  resetPassword,
  deleteUser,
  listUsers,
  type Caller,
} from '../../src/features/identity/index.ts'
import { send } from '../support/http-request.ts'
import { isJsonObject, type JsonObject } from '../../src/platform/json.ts'
import { sampleIngest } from '../support/sample-ingest.ts'
import { wireSpan } from '../support/wire-spans.ts'
import { actOnHypersigil } from './act-on-hypersigil.ts'
import { notedRoutes, quietRoutes } from './audit-table.ts'
import { BodhiStage } from './bodhi/stage.ts'

const setupToken = 'planted-setup-token-0123456789'
const password = 'planted-password-1'
const providerKey = 'sk-planted-provider-key'
const ownerKey = 'planted-engine-key-1'
const options = { settings: { setupToken } }

/** Who acts, and what a line about it says of them. */
interface Actor {
  readonly headers: Readonly<Record<string, string>>
  readonly kind: string
  readonly id: string | null
  readonly name: string | null
}

const owner: Actor = { headers: {}, kind: 'local', id: null, name: null }

/** Plays requests, and finds what each has left in the audit. */
class Trail {
  readonly stage: BodhiStage
  readonly played = new Set<string>()
  /** What may stand nowhere in the audit. */
  readonly secrets: string[] = [setupToken, password, providerKey, ownerKey]

  constructor(stage: BodhiStage) {
    this.stage = stage
  }

  /** One request that must go well; its path and body name what is there. */
  async act(actor: Actor, route: string, { names = {}, query = '', body }: Ask = {}) {
    this.played.add(route)
    const [method = '', template = ''] = route.split(' ')
    const path = template.replaceAll(/\{(\w+)\}/g, (_, key: string) =>
      encodeURIComponent(names[key] ?? ''),
    )
    const requestId = `trail-${randomUUID()}`
    const { status, text } = await send(this.stage.app.url, {
      method,
      path: path + query,
      headers: { 'content-type': 'application/json', 'x-request-id': requestId, ...actor.headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    expect(`${route} ${status} ${status < 300 ? '' : text}`).toMatch(/ 2\d\d $/)
    await this.#expectLine(route, requestId, actor)
    return membersOf(text)
  }

  /** Everything that the audit holds, as it is stored. */
  async stored(): Promise<string> {
    const { db } = this.stage.app.app.context
    const rows = await db.read((tx) => tx.db.selectFrom('audit_log').selectAll().execute())
    return JSON.stringify(rows)
  }

  async #expectLine(route: string, requestId: string, actor: Actor): Promise<void> {
    const { text } = await send(this.stage.app.url, { path: '/api/v1/audit?format=jsonl' })
    const lines = text.split('\n').flatMap((line): unknown[] => (line ? [JSON.parse(line)] : []))
    const left = lines.filter((line) => isJsonObject(line) && line['request_id'] === requestId)
    const expected = {
      action: notedRoutes[route],
      actor_kind: actor.kind,
      actor_id: actor.id,
      actor_name: actor.name,
      ip: '127.0.0.1',
    }
    expect({ route, left }).toEqual({ route, left: [expect.objectContaining(expected)] })
  }
}

interface Ask {
  readonly names?: Readonly<Record<string, string>>
  readonly query?: string
  readonly body?: unknown
}

function membersOf(text: string): JsonObject {
  const reply: unknown = text === '' ? {} : JSON.parse(text)
  return isJsonObject(reply) ? reply : {}
}

function idIn(reply: JsonObject): string {
  return String(reply['id'])
}

/** The first admin comes in by the door of passwords, with a session of its own. */
async function logIn(trail: Trail, email: string): Promise<string> {
  const body = { email, password }
  const { data } = await trail.act(owner, 'POST /api/v1/auth/login', { body })
  const token = isJsonObject(data) ? String(data['token']) : ''
  trail.secrets.push(token)
  return token
}

async function actorsOf(trail: Trail): Promise<{ key: Actor; person: Actor }> {
  const { context } = trail.stage.app.app
  const ctx = { ...context, caller: localCaller() }
  const { key, secret } = await createApiKey(ctx, { name: 'robot', scopes, expiresAt: null })
  trail.secrets.push(secret)
  const admin = { email: 'ada@lab.test', name: 'Ada', password }
  await trail.act(owner, 'POST /api/v1/auth/register-first-admin', { body: admin })
  const { users } = await listUsers(ctx, { limit: 1, offset: 0 })
  const token = await logIn(trail, admin.email)
  const bearer = (shown: string) => ({ headers: { authorization: `Bearer ${shown}` } })
  return {
    key: { ...bearer(secret), kind: 'apiKey', id: key.id, name: 'robot' },
    person: { ...bearer(token), kind: 'session', id: users[0]?.id ?? '', name: 'Ada' },
  }
}

/** The members of what a reply holds under these names. */
function within(reply: JsonObject, ...path: readonly string[]): JsonObject {
  const [first, ...rest] = path
  if (first === undefined) return reply
  const inner = reply[first]
  return within(isJsonObject(inner) ? inner : {}, ...rest)
}

async function changePeople(trail: Trail, person: Actor): Promise<void> {
  const invite = async (email: string) => {
    const body = { email, name: 'Bob', role: 'user' }
    const made = await trail.act(person, 'POST /api/v1/users/invite', { body })
    const token = String(within(made, 'data')['invitation_token'])
    trail.secrets.push(token)
    return { token, names: { id: idIn(within(made, 'data', 'user')) } }
  }
  const { token, names } = await invite('bob@lab.test')
  const taken = { invitation_token: token, password: `${password}-bob` }
  await trail.act(owner, 'POST /api/v1/auth/activate', { body: taken })
  await trail.act(person, 'PUT /api/v1/users/{id}', { names, body: { name: 'Rob' } })
  const timezone = { timezone: 'Europe/Berlin' }
  await trail.act(person, 'PUT /api/v1/users/{id}/profile', { names, body: timezone })
  const reset = await trail.act(person, 'POST /api/v1/users/{id}/reset', { names })
  trail.secrets.push(String(within(reset, 'data')['invitation_token']))
  await trail.act(person, 'DELETE /api/v1/users/{id}', { names })
  await invite('late@lab.test')
  await trail.stage.app.app.context.db.write((tx) =>
    tx.db.updateTable('invitations').set({ expires_at: 1 }).execute(),
  )
  await trail.act(person, 'POST /api/v1/users/cleanup')
  const change = { current: password, next: `${password}-next` }
  await trail.act(person, 'POST /api/v1/users/profile/me/password', { body: change })
  await trail.act(person, 'POST /api/v1/users/profile/me/password', {
    body: { current: change.next, next: password },
  })
}

async function changeOwnKeys(trail: Trail, person: Actor): Promise<void> {
  const body = { name: 'ci', scopes: ['executions:read'] }
  const made = await trail.act(person, 'POST /api/v1/api-keys', { body })
  trail.secrets.push(String(within(made, 'data')['plain_key']))
  const names = { id: idIn(within(made, 'data', 'api_key')) }
  await trail.act(person, 'PUT /api/v1/api-keys/{id}', { names, body: { name: 'ci 2' } })
  await trail.act(person, 'DELETE /api/v1/api-keys/{id}', { names })
}

async function changeKeys(trail: Trail, person: Actor, key: Actor): Promise<void> {
  const token = { name: 'mine', scope: 'scope_token_user' }
  const made = await trail.act(person, 'POST /bodhi/v1/tokens', { body: token })
  trail.secrets.push(String(made['token']))
  const { text } = await send(trail.stage.app.url, {
    path: '/bodhi/v1/tokens',
    headers: person.headers,
  })
  const [id = ''] = /[\da-f]{8}-[\da-f-]{27}/.exec(text) ?? []
  const off = { name: 'mine', status: 'inactive' }
  await trail.act(person, 'PUT /bodhi/v1/tokens/{id}', { names: { id }, body: off })
  await trail.act(person, 'DELETE /bodhi/v1/tokens/{id}', { names: { id } })
  const minted = await trail.act(key, 'POST /auth/keys', { body: { name: 'engine' } })
  trail.secrets.push(String(minted['api_key']))
  const list = await send(trail.stage.app.url, { path: '/auth/keys', headers: key.headers })
  const [, number] = /"id":(\d+),[^}]*"engine"/.exec(list.text) ?? []
  const numbered = { id: Number(number) }
  await trail.act(key, 'PUT /auth/keys', { body: { ...numbered, name: 'engine 2' } })
  await trail.act(key, 'DELETE /auth/keys', { body: numbered })
}

async function changeConnections(trail: Trail, person: Actor): Promise<void> {
  const provider = { provider: 'openai', api_key: providerKey }
  await trail.act(owner, 'PUT /v1/settings/api-keys', { body: provider })
  await trail.act(owner, 'DELETE /v1/settings/api-keys/{provider}', {
    names: { provider: 'openai' },
  })
  const base_url = trail.stage.known['openai'] ?? ''
  const lab = { name: 'lab', kind: 'openai-compatible', base_url, api_key: providerKey }
  const [name, query] = ['lab', '?skip_test=true']
  await trail.act(person, 'POST /api/v1/connections', { body: lab, query })
  const other = { api_key: `${providerKey}-2` }
  await trail.act(person, 'PUT /api/v1/connections/{name}', { names: { name }, body: other, query })
  await trail.act(person, 'DELETE /api/v1/connections/{name}', { names: { name } })
  const remote = { api_format: 'openai', name: 'Remote', base_url, models: ['gpt-x'] }
  const withKey = { ...remote, api_key: { action: 'set', value: providerKey } }
  const made = await trail.act(person, 'POST /bodhi/v1/models/api', { body: withKey })
  const names = { id: idIn(made) }
  await trail.act(person, 'PUT /bodhi/v1/models/api/{id}', {
    names,
    body: { ...withKey, forward_all_with_prefix: true, prefix: 'r-' },
  })
  await trail.act(person, 'DELETE /bodhi/v1/models/api/{id}', { names })
}

async function changeAliases(trail: Trail, person: Actor, key: Actor): Promise<void> {
  const targets = [{ model: 'openai/gpt-x' }]
  const names = { name: 'fast' }
  await trail.act(key, 'POST /api/v1/aliases', { body: { name: 'fast', targets } })
  await trail.act(key, 'PUT /api/v1/aliases/{name}', { names, body: { targets } })
  await trail.act(key, 'DELETE /api/v1/aliases/{name}', { names })
  const file = { repo: 'lab/chat', filename: 'chat-Q4_0.gguf' }
  const alias = 'seed'
  await trail.act(person, 'POST /bodhi/v1/models', { body: { alias, ...file } })
  await trail.act(person, 'PUT /bodhi/v1/models/{alias}', { names: { alias }, body: file })
  const copy = { alias: 'seed copy' }
  await trail.act(person, 'POST /bodhi/v1/models/{alias}/copy', { names: { alias }, body: copy })
  await trail.act(person, 'DELETE /bodhi/v1/models/{alias}', { names: { alias } })
  const later = { alias: 'later', ...file }
  const made = await trail.act(person, 'POST /bodhi/v1/models/alias', { body: later })
  const id = idIn(made)
  await trail.act(person, 'PUT /bodhi/v1/models/alias/{id}', { names: { id }, body: later })
  const second = { alias: 'later copy' }
  await trail.act(person, 'POST /bodhi/v1/models/alias/{id}/copy', { names: { id }, body: second })
  await trail.act(person, 'DELETE /bodhi/v1/models/alias/{id}', { names: { id } })
  const router = { alias: 'best', targets: [{ alias: 'lab/chat:Q4_0', model: 'lab/chat:Q4_0' }] }
  const best = await trail.act(person, 'POST /bodhi/v1/models/router', { body: router })
  const ofBest = { names: { id: idIn(best) } }
  await trail.act(person, 'PUT /bodhi/v1/models/router/{id}', { ...ofBest, body: router })
  await trail.act(person, 'DELETE /bodhi/v1/models/router/{id}', ofBest)
}

async function fetchFiles(trail: Trail, person: Actor): Promise<void> {
  const { station } = trail.stage
  const wanted = { repo: 'far/new', filename: 'new-Q8_0.gguf' }
  for (const place of ['/bodhi/v1/modelfiles/pull', '/bodhi/v1/models/files/pull']) {
    station.next({ type: 'hold', afterBytes: 10 })
    const started = await trail.act(person, `POST ${place}`, { body: wanted })
    const names = { id: idIn(started) }
    await trail.act(person, `DELETE ${place}/{id}`, { names })
    station.next({ type: 'hold', afterBytes: 10 })
    await trail.act(person, `POST ${place}/{id}/retry`, { names })
    const route = { method: 'DELETE', path: `${place}/${names.id}`, headers: person.headers }
    expect((await send(trail.stage.app.url, route)).status).toBe(200)
    await trail.act(person, `POST ${place}/{id}/archive`, { names })
  }
  const preset = { alias: 'tinyllama:instruct' }
  await trail.act(person, 'POST /bodhi/v1/modelfiles/pull/{alias}', { names: preset })
  const text = { repo: 'lab/text', filename: 'text-Q8_0.gguf' }
  const query = `?repo=lab%2Fplain&filename=plain.F32.gguf&snapshot=${trail.stage.known['main']}`
  station.next({ type: 'put', ...text })
  await trail.act(person, 'POST /bodhi/v1/modelfiles/update', { body: text })
  await trail.act(person, 'DELETE /bodhi/v1/modelfiles', { query })
}

async function changeSettings(trail: Trail, person: Actor): Promise<void> {
  const names = { key: 'BODHI_KEEP_ALIVE_SECS' }
  const body = { value: 301 }
  await trail.act(person, 'PUT /bodhi/v1/settings/{key}', { names, body })
  await trail.act(person, 'DELETE /bodhi/v1/settings/{key}', { names })
}

async function shareAndDelete(trail: Trail, person: Actor, key: Actor): Promise<void> {
  const { url } = trail.stage.app
  const told = async (path: string, value: unknown) => {
    const headers = { 'content-type': 'application/json', ...key.headers }
    const sent = { method: 'POST', path, headers, body: JSON.stringify(value) }
    const { status, text } = await send(url, sent)
    expect(`${path} ${status}`).toMatch(/ 2\d\d$/)
    return membersOf(text)
  }
  await told('/v1/ingest', sampleIngest({ requestId: 'trail-log', ownerKey }))
  const log = { names: { request_id: 'trail-log' } }
  const shared = await trail.act(key, 'POST /logs/{request_id}/public', log)
  await trail.act(key, 'DELETE /logs/{request_id}/public', log)
  const made = JSON.stringify(await told('/collections', { name: 'shown' }))
  const [, collection_id = ''] = /"id":(\d+)/.exec(made) ?? []
  const collection = { names: { collection_id } }
  const linked = await trail.act(key, 'POST /collections/{collection_id}/public', collection)
  trail.secrets.push(String(shared['public_token']), String(linked['public_token']))
  await trail.act(key, 'DELETE /collections/{collection_id}/public', collection)
  await trail.act(key, 'DELETE /collections/{collection_id}', collection)
  await trail.act(key, 'DELETE /logs/{request_id}', log)
  const spans = ['t1', 't2'].map((trace_id) => wireSpan({ trace_id, span_id: `s-${trace_id}` }))
  await told('/v1/spans', { spans })
  await trail.act(person, 'DELETE /v1/traces/{trace_id}', { names: { trace_id: 't1' } })
  await trail.act(person, 'DELETE /v1/traces', { body: { trace_ids: ['t2'] } })
  const talk = { id: 'talk', title: 'planted-title' }
  trail.secrets.push(talk.title)
  for (const value of [talk, { id: 'other' }]) await told('/bodhi/v1/conversations', value)
  await trail.act(key, 'DELETE /bodhi/v1/conversations/{id}', { names: { id: 'talk' } })
  await trail.act(key, 'DELETE /bodhi/v1/conversations')
}

test('Every route that changes something is on record, or decided not to be', async () => {
  await using stage = await BodhiStage.open('sqlite')
  const changing = stage.app.app.mounted
    .filter(({ kind, method }) => kind === 'http' && method !== 'GET')
    .map(({ method, path }) => `${method} ${path}`)
  expect([...Object.keys(notedRoutes), ...quietRoutes].toSorted()).toEqual(changing.toSorted())
})

test.each(['sqlite', 'postgres'] as const)(
  'Each of them leaves one line with who, from where and by which request, and no secret [%s]',
  async (dialect) => {
    await using stage = await BodhiStage.open(dialect, options)
    await stage.clear()
    const trail = new Trail(stage)
    const opener = { ...owner, headers: { 'x-setup-token': setupToken } }
    const bootstrap = { name: 'first', secret: setupToken }
    const nobody = { ...owner, kind: 'local' }
    const first = await trail.act(nobody, 'POST /auth/bootstrap', { body: bootstrap })
    trail.secrets.push(String(first['api_key']))
    await trail.act(opener, 'POST /bodhi/v1/setup', { body: { authz: false } })
    const { key, person } = await actorsOf(trail)
    await changePeople(trail, person)
    await changeOwnKeys(trail, person)
    await changeKeys(trail, person, key)
    await changeConnections(trail, person)
    await changeAliases(trail, person, key)
    await fetchFiles(trail, person)
    await changeSettings(trail, person)
    await shareAndDelete(trail, person, key)
    await actOnHypersigil(
      (...what) => trail.act(person, ...what),
      stage.app.app.context,
      providerKey,
    )
    await trail.act(person, 'POST /bodhi/v1/logout')
    const again = { authorization: `Bearer ${await logIn(trail, 'ada@lab.test')}` }
    await trail.act({ ...person, headers: again }, 'POST /api/v1/auth/logout')
    expect([...trail.played].toSorted()).toEqual(Object.keys(notedRoutes).toSorted())
    const stored = await trail.stored()
    expect(trail.secrets.filter((secret) => stored.includes(secret))).toEqual([])
    expect(trail.secrets.filter((secret) => secret.length < 10)).toEqual([])
    expect(stored).not.toMatch(/pharos_[\w-]{12}|sk-bodhiapp_[\w-]{12}/)
  },
)

test('What is done to people is on record with who did it, and no password or token', async () => {
  await using stage = await BodhiStage.open('sqlite')
  const { context } = stage.app.app
  const from = { ip: '203.0.113.9', requestId: 'people-1' }
  const caller: Caller = { ...localCaller(), from }
  const ctx = { ...context, caller }
  const admin = await registerFirstAdmin(ctx, { email: 'ada@lab.test', name: 'Ada', password })
  const asked = { email: 'bob@lab.test', name: 'Bob', role: 'user' } as const
  const invited = await inviteUser(ctx, asked)
  const bob = await acceptInvitation(ctx, { token: invited.token, password: `${password}-bob` })
  await logInWithPassword(ctx, { email: 'ada@lab.test', password })
  const wrong = { email: 'ada@lab.test', password: 'planted-wrong-password' }
  await expect(logInWithPassword(ctx, wrong)).rejects.toThrow('wrong')
  const nobody = { email: 'nobody@lab.test', password: 'planted-wrong-password' }
  await expect(logInWithPassword(ctx, nobody)).rejects.toThrow('wrong')
  await updateUser(ctx, bob.id, { role: 'manager' })
  const reset = await resetPassword(ctx, bob.id)
  const read = async () => (await send(stage.app.url, { path: '/api/v1/audit?format=jsonl' })).text
  const before = await read()
  const lines = before.split('\n').flatMap((one): unknown[] => (one ? [JSON.parse(one)] : []))
  const line = (action: string, target_id: unknown) =>
    expect.objectContaining({ action, target_id, ip: from.ip, request_id: from.requestId })
  expect(lines).toEqual([
    line('user.create', admin.id),
    line('user.create', bob.id),
    line('user.update', bob.id),
    line('user.login', admin.id),
    line('user.login.failed', admin.id),
    line('user.login.failed', 'unknown'),
    line('user.update', bob.id),
    line('user.reset', bob.id),
  ])
  await deleteUser(ctx, bob.id)
  const after = await read()
  expect(after).toContain('user.delete')
  const forgotten = [bob.id, bob.email, 'Bob']
  expect(forgotten.filter((word) => after.includes(word))).toEqual([])
  const secrets = [password, 'planted-wrong-password', invited.token, reset.token]
  expect(secrets.filter((word) => (before + after).includes(word))).toEqual([])
})
