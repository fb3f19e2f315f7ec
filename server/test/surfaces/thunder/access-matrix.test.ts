import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { send, sendJson } from '../../support/http-request.ts'
import { openingStatus } from '../../support/live-client.ts'
import { matrix, matrixClasses, type MatrixClass, type MatrixRow } from './matrix-table.ts'
import { engineKeys, MatrixTargets, type Target } from './matrix-targets.ts'
import { Stage } from './stage.ts'

type BodyOf = (target: Target) => unknown

const tag: BodyOf = () => ({ tag: 'red' })
const name: BodyOf = () => ({ name: 'red' })
const member: BodyOf = ({ params }) => ({ request_id: params['request_id'] })
const membership: BodyOf = ({ params }) => ({ collection_id: Number(params['collection_id']) })
const none: BodyOf = () => ({})

/** A good body for each route that takes one. */
const bodies: Readonly<Record<string, BodyOf>> = {
  'POST /logs/{request_id}/favorite': name,
  'DELETE /logs/{request_id}/favorite': ({ marker }) => ({ name: marker }),
  'POST /logs/{request_id}/tags': tag,
  'DELETE /logs/{request_id}/tags': ({ marker }) => ({ tag: marker }),
  'POST /logs/{request_id}/discussions': () => ({ username: 'x', comment: 'well' }),
  'PUT /logs/{request_id}/discussions/{discussion_id}': () => ({ comment: 'changed' }),
  'POST /logs/{request_id}/collections': membership,
  'DELETE /logs/{request_id}/collections': membership,
  'POST /collections': name,
  'PUT /collections/{collection_id}': name,
  'POST /collections/{collection_id}/requests': member,
  'DELETE /collections/{collection_id}/requests': member,
  'POST /v1/ingest': ({ params }) => ({
    request: { request_id: params['request_id'], user_api_key: engineKeys.other },
  }),
  'POST /playground/api-key': none,
  'POST /playground/mods/generate': () => ({
    config: { injection_string: 'x', position: 'start' },
  }),
  'POST /playground/mods/upload': () => ({ model: 'llama-3.1-8b', code: 'x', mod_name: 'm' }),
  'POST /playground/inference': () => ({
    model: 'llama-3.1-8b',
    messages: [{ role: 'user', content: 'Hi' }],
  }),
  'POST /playground/features/extract': () => ({ model: 'llama-3.1-8b', tokens: [1] }),
  'POST /playground/features/analyze': () => ({ model: 'llama-3.1-8b', feature_timeline: [] }),
  'POST /playground/activations/run': ({ params }) => ({ ...params, prompt: 'Hello' }),
  'POST /playground/activations/extract': () => ({ token_ids: [1] }),
  'POST /auth/bootstrap': () => ({ name: 'x', secret: 'let-the-first-one-in' }),
  'POST /auth/keys': name,
  'PUT /auth/keys': ({ params }) => ({ id: Number(params['key_id']), name: 'renamed' }),
  'DELETE /auth/keys': ({ params }) => ({ id: Number(params['key_id']) }),
}

/** The row's address with what it is aimed at in it. */
function addressOf({ route, query }: MatrixRow, { params, marker }: Target): string {
  const [, path = ''] = route.split(' ')
  const known = { ...params, marker }
  const address = query === '' ? path : `${path}?${query}`
  return address.replaceAll(/\{(\w+)\}/g, (_all, key: string) => {
    return Reflect.get(known, key) ?? 'none'
  })
}

function isReading({ route }: MatrixRow): boolean {
  return route.startsWith('GET ')
}

describe('The matrix of Thunder', () => {
  let stage: Stage
  let targets: MatrixTargets
  beforeAll(async () => {
    stage = await Stage.open('sqlite')
    targets = await MatrixTargets.over(stage)
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  async function outcomeOf(row: MatrixRow, target: Target, who: MatrixClass): Promise<string> {
    const { url } = stage.app
    const key = targets.keyOf(who)
    const headers: Record<string, string> = key === undefined ? {} : { 'x-api-key': key }
    const path = addressOf(row, target)
    const [method = ''] = row.route.split(' ')
    if (path === '/logs/stream') return String(await openingStatus(url, path, { headers }))
    const value = bodies[row.route]?.(target)
    const reply =
      value === undefined
        ? await send(url, { method, path, headers })
        : await sendJson(url, { method, path, headers, value })
    const isRead = isReading(row) && row.target !== 'none' && reply.status === 200
    const isText = String(reply.headers['content-type']).startsWith('application/json')
    if (!isRead || !isText) return String(reply.status)
    return reply.text.includes(target.marker) ? 'sees' : 'blind'
  }

  /** All there is of a target, as an admin reads it. */
  async function stateOf({ views }: Target): Promise<readonly string[]> {
    const headers = { 'x-api-key': targets.keyOf('admin') ?? '' }
    const replies = await Promise.all(views.map((path) => send(stage.app.url, { path, headers })))
    return replies.map(({ status, text }) => `${status} ${text}`)
  }

  async function sweep(row: MatrixRow): Promise<Record<string, string>> {
    const seen: Record<string, string> = {}
    const shared = isReading(row) ? await targets.make(row.target, 'owner') : undefined
    const states = new Map<Target, readonly string[]>()
    for (const who of matrixClasses) {
      const isNew = shared === undefined || who === 'engine'
      const target = isNew ? await targets.make(row.target, who) : shared
      // Nobody has called since it was read for the one before.
      const before = states.get(target) ?? (await stateOf(target))
      states.set(target, before)
      const outcome = await outcomeOf(row, target, who)
      seen[who] = outcome
      // Who is refused, and who only reads, has changed nothing.
      if (isReading(row) || /^[45]/.test(outcome)) expect(await stateOf(target)).toEqual(before)
    }
    return seen
  }

  test('has a line for every mounted route, and for no other', () => {
    const mounted = stage.app.app.mounted
      .filter(({ surface }) => surface.name === 'thunder')
      .map(({ method, path }) => `${method} ${path}`)
    const rows = [...new Set(matrix.map(({ route }) => route))]
    expect(rows.toSorted()).toEqual(mounted.toSorted())
  })

  test('names each case once', () => {
    const cases = matrix.map(({ route, query, target }) => `${route}?${query} ${target}`)
    expect(new Set(cases).size).toBe(cases.length)
  })

  test.each(matrix.map((row) => ({ ...row, row })))('$route?$query of $target', async ({ row }) => {
    expect(await sweep(row)).toEqual(row.outcomes)
  })
})
