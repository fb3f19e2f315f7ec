import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { send, sendJson, type Received } from '../../support/http-request.ts'
import { ingestFixture } from '../../support/ingest-fixtures.ts'
import { LiveClient } from '../../support/live-client.ts'
import { engineKeys, MatrixTargets } from './matrix-targets.ts'
import { Stage } from './stage.ts'
import { postLog } from './post-log.ts'
import { StreamClient } from './stream-client.ts'

const people = ['owner', 'admin', 'other'] as const
type Person = (typeof people)[number]
const insiders = { owner: true, admin: true, other: false } as const

const messages = [{ role: 'user', content: 'Name one heron.' }]

interface Listed {
  readonly traces: readonly { readonly trace_id: string; readonly name: string }[]
}

describe.each(['sqlite', 'postgres'] as const)('Logs and traces are one [%s]', (dialect) => {
  let stage: Stage
  let targets: MatrixTargets
  let url: string
  beforeAll(async () => {
    stage = await Stage.open(dialect)
    targets = await MatrixTargets.over(stage)
    url = stage.app.url
    const headers = { 'x-api-key': await stage.app.createKey('settings:manage') }
    const value = { provider: 'openai', api_key: 'test-key-of-openai' }
    await sendJson(url, { method: 'PUT', path: '/v1/settings/api-keys', value, headers })
  }, 60_000)
  afterAll(() => stage[Symbol.asyncDispose]())

  const keyOf = (who: Person): string => targets.keyOf(who) ?? ''

  async function read(who: Person, path: string): Promise<Received> {
    return send(url, { path, headers: { 'x-api-key': keyOf(who) } })
  }

  async function post(path: string, value: unknown): Promise<Record<string, string>> {
    const headers = { 'x-api-key': keyOf('owner') }
    const { status, text } = await sendJson(url, { path, value, headers })
    expect(status, text).toBe(200)
    return JSON.parse(text) as Record<string, string>
  }

  /** Who finds something in the reply to one address. */
  async function whoFinds(path: string, word: string): Promise<Record<Person, boolean>> {
    const found = { owner: false, admin: false, other: false }
    for (const who of people) found[who] = (await read(who, path)).text.includes(word)
    return found
  }

  async function countsOf(): Promise<Record<Person, number>> {
    const counts = { owner: 0, admin: 0, other: 0 }
    for (const who of people) {
      const { text } = await read(who, '/v1/stats')
      counts[who] = (JSON.parse(text) as { readonly total_traces: number }).total_traces
    }
    return counts
  }

  /** A later log of the other's own comes after all that was told to them before. */
  async function endOf(other: StreamClient): Promise<string> {
    const request_id = crypto.randomUUID()
    await postLog(url, { request_id, user_api_key: engineKeys.other })
    return JSON.stringify(await other.takeUntil(request_id))
  }

  test('a fixture that an engine posts is a trace for its owner and admins only', async () => {
    using owner = await LiveClient.open(url, `?api_key=${keyOf('owner')}`)
    using admin = await LiveClient.open(url, `?api_key=${keyOf('admin')}`)
    using other = await LiveClient.open(url, `?api_key=${keyOf('other')}`)
    const before = await countsOf()
    const { request, ...rest } = ingestFixture('backtrack')
    const value = { request: { ...request, user_api_key: engineKeys.owner }, ...rest }
    expect((await sendJson(url, { path: '/v1/ingest', value })).status).toBe(201)

    const id = request.request_id
    const { text } = await read('owner', '/v1/traces?limit=100')
    const { traces } = JSON.parse(text) as Listed
    const traceId = traces.find(({ name }) => name === request.model)?.trace_id ?? 'none'
    expect(await whoFinds('/v1/traces?limit=100', traceId)).toEqual(insiders)
    const detail = `/v1/traces/${traceId}`
    const statuses = await Promise.all(people.map(async (who) => (await read(who, detail)).status))
    expect(statuses).toEqual([200, 200, 404])
    expect(await whoFinds(detail, id)).toEqual(insiders)
    expect(await whoFinds(`/v1/search?q=${encodeURIComponent(id)}`, traceId)).toEqual(insiders)
    const { owner: ownerCount, admin: adminCount, other: otherCount } = before
    const after = { owner: ownerCount + 1, admin: adminCount + 1, other: otherCount }
    expect(await countsOf()).toEqual(after)

    for (const live of [owner, admin]) {
      const isTold = (frame: object): boolean => JSON.stringify(frame).includes(id)
      expect((await live.until((frames) => frames.some(isTold))).length).toBeGreaterThan(0)
    }
    const last = crypto.randomUUID()
    await postLog(url, { request_id: last, user_api_key: engineKeys.other })
    const isLast = (frame: object): boolean => JSON.stringify(frame).includes(last)
    const heard = JSON.stringify(await other.until((frames) => frames.some(isLast)))
    expect(heard).not.toContain(id)
    expect(heard).not.toContain(traceId)
  })

  test('a playground chat and its replay are logs for their owner and admins only', async () => {
    using owner = await StreamClient.open(url, keyOf('owner'))
    using admin = await StreamClient.open(url, keyOf('admin'))
    using other = await StreamClient.open(url, keyOf('other'))
    const chat = await post('/v1/playground/chat', { model: 'gpt-4o-mini', messages })
    const { text } = await read('owner', `/v1/traces/${chat['trace_id'] ?? ''}`)
    const { spans } = JSON.parse(text) as {
      readonly spans: readonly { readonly span_id: string; readonly span_type: string }[]
    }
    const called = spans.find(({ span_type }) => span_type === 'llm_call')?.span_id ?? ''
    const asked = { span_id: called, modified_attributes: { 'llm.temperature': 0.5 } }
    const { replay_id } = await post('/v1/replay', asked)
    const replay = JSON.parse((await read('owner', `/v1/replays/${replay_id ?? ''}`)).text) as {
      readonly replay_span_id: string
    }
    for (const id of [called, replay.replay_span_id]) {
      expect(await whoFinds('/logs', id)).toEqual(insiders)
      const path = `/logs/${id}`
      const statuses = await Promise.all(people.map(async (who) => (await read(who, path)).status))
      expect(statuses).toEqual([200, 200, 403])
      expect((await read('owner', path)).text).toContain('Hello there!')
      for (const stream of [owner, admin]) {
        expect(JSON.stringify(await stream.takeUntil(id))).toContain('Hello there!')
      }
    }
    const heard = await endOf(other)
    expect(heard).not.toContain(called)
    expect(heard).not.toContain(replay.replay_span_id)
  })
})
