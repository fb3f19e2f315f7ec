import { readFileSync } from 'node:fs'
import { otlpRoutes } from '@pharos/contract/otlp/routes.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { send, sendJson } from '../../support/http-request.ts'
import { normalise, type Bindings } from '../../support/match-reply.ts'
import { parseTranscripts, type Exchange } from '../../support/transcript.ts'

const file = new URL('./transcripts/traces.transcript', import.meta.url)
const transcripts = parseTranscripts(readFileSync(file, 'utf8'))

test('every route of the surface has a transcript, and each names one and its source', () => {
  expect(new Set(transcripts.map(({ route }) => route))).toEqual(new Set(Object.keys(otlpRoutes)))
  expect(transcripts.filter(({ section }) => section === '')).toEqual([])
})

describe.each(['sqlite', 'postgres'] as const)('OTLP in JSON [%s]', (dialect) => {
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp({ dialect })
  })
  afterAll(() => app.stop())
  beforeEach(async () => {
    await sendJson(app.url, { method: 'DELETE', path: '/v1/traces', value: { older_than: 9e9 } })
  })

  test.each(transcripts)('$title ($section)', async ({ exchanges }) => {
    const bindings: Bindings = new Map()
    for (const exchange of exchanges) await expectReply(app.url, exchange, bindings)
    expect(app.deaths).toEqual([])
  })
})

async function expectReply(url: string, exchange: Exchange, bindings: Bindings): Promise<void> {
  const { method, path, headers, body, reply } = exchange
  const received = await send(url, { method, path, headers, ...(body !== undefined && { body }) })
  const asked = `${method} ${path} ${body ?? ''}`
  expect(`${received.status} to ${asked}`, received.text).toBe(`${reply.status} to ${asked}`)
  const expected = { 'content-type': 'application/json', vary: 'Origin', ...reply.headers }
  for (const [name, value] of Object.entries(expected)) {
    expect(received.headers[name], name).toBe(value === '-' ? undefined : value)
  }
  if (reply.body === undefined) return
  if (expected['content-type'] !== 'application/json') {
    expect(received.text).toBe(reply.body)
    return
  }
  const wanted: unknown = JSON.parse(reply.body)
  expect(normalise(JSON.parse(received.text), wanted, bindings), asked).toEqual(wanted)
  if (method !== 'POST' || path !== '/v1/traces') return
  const spec = otlpRoutes.exportTraces.reply[reply.status as 200]
  expect(spec.json.safeParse(JSON.parse(received.text)).error).toBeUndefined()
}
