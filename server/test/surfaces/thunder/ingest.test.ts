import { randomUUID } from 'node:crypto'
import { LogResponse } from '@pharos/contract/thunder/logs.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { ingestFixtureNames, ingestFixtureText } from '../../support/ingest-fixtures.ts'
import { sampleIngest } from '../../support/sample-ingest.ts'

describe.each(['sqlite', 'postgres'] as const)('Ingest over HTTP [%s]', (dialect) => {
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp({ dialect })
  })
  afterAll(() => app.stop())

  const post = async (body: string) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${app.url}/v1/ingest`, { method: 'POST', headers, body })
    return { status: response.status, text: await response.text() }
  }
  const read = async (requestId: string) => {
    const response = await fetch(`${app.url}/logs/${encodeURIComponent(requestId)}`)
    return LogResponse.parse(await response.json())
  }
  /** Larger than what is parsed on the main thread. */
  const large = (requestId: string) => sampleIngest({ requestId, steps: 400, topTokens: 20 })

  test.each(ingestFixtureNames)('takes %s byte for byte, twice', async (name) => {
    expect(await post(ingestFixtureText(name))).toEqual({ status: 201, text: '' })
    expect(await post(ingestFixtureText(name))).toEqual({ status: 201, text: '' })
  })

  test('stores a large body like a small one', async () => {
    const requestId = 'large and / odd'
    const sent = large(requestId)
    expect(JSON.stringify(sent).length).toBeGreaterThan(256 * 1024)
    expect((await post(JSON.stringify(sent))).status).toBe(201)
    const log = await read(requestId)
    expect(log.events).toHaveLength(1201)
    expect(log.steps.map(({ prob }) => prob?.toFixed(6))).toEqual(Array(400).fill('0.500000'))
    expect(log.sequence_confidence).toBeCloseTo(0.5, 12)
    const eventIds = new Map(log.events.map(({ id, step }) => [id, step]))
    expect(log.mod_calls.map(({ event_id }) => eventIds.get(event_id))).toEqual(
      log.mod_calls.map(({ step }) => step),
    )
  })

  test('refuses a large body in the same words', async () => {
    const sent = large(randomUUID())
    const events = (sent.events ?? []).map((event) => ({ ...event, step: 'one' }))
    const shapeless = await post(JSON.stringify({ ...sent, events }))
    expect(shapeless.status).toBe(422)
    expect(shapeless.text).toContain('events[0].step')
    const [call] = sent.mod_calls ?? []
    const unlinked = { ...sent, mod_calls: [{ ...call, event_sequence_order: 1201 }], actions: [] }
    const refused = await post(JSON.stringify({ ...unlinked, mod_logs: [] }))
    expect(refused.status).toBe(400)
    expect(JSON.parse(refused.text)).toMatchObject({
      error: expect.stringContaining('mod_calls[0].event_sequence_order') as unknown,
    })
    expect((await post(JSON.stringify(sent).slice(0, -1))).status).toBe(400)
  })

  test('keeps one log when many posts of it come at once', async () => {
    const requestId = randomUUID()
    const posts = Array.from({ length: 12 }, (_, index) =>
      post(JSON.stringify(sampleIngest({ requestId, steps: index + 1 }))),
    )
    const statuses = (await Promise.all(posts)).map(({ status }) => status)
    expect(statuses).toEqual(Array(12).fill(201))
    const log = await read(requestId)
    expect(log.events.length % 3).toBe(1)
    expect(new Set(log.events.map(({ id }) => id)).size).toBe(log.events.length)
    const row = await app.app.context.db.read((tx) =>
      tx.db
        .selectFrom('inference_logs')
        .select('revision')
        .where('request_id', '=', requestId)
        .executeTakeFirstOrThrow(),
    )
    expect(row.revision).toBe(12)
  })

  test('takes ids that are words of the path', async () => {
    for (const requestId of ['stream', 'api-keys', '']) {
      expect((await post(JSON.stringify(sampleIngest({ requestId })))).status).toBe(201)
    }
  })
})
