import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Received } from '../../support/http-request.ts'
import { ask, dialectCalls, openGateway, spansOf, type GatewayStage } from './stage.ts'

describe('A reply', () => {
  let stage: GatewayStage
  beforeAll(async () => {
    stage = await openGateway()
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  describe.each(dialectCalls)('of $dialect', (call) => {
    it.each([false, true])('goes on with a trace, streamed: %s', async (stream) => {
      const traceId = randomBytes(16).toString('hex')
      const parentId = randomBytes(8).toString('hex')
      const headers = { traceparent: `00-${traceId}-${parentId}-01` }
      const reply = await ask(stage.app.url, call, { stream, headers })
      expect(reply).toMatchObject({ status: 200, headers: { 'x-pharos-trace-id': traceId } })
      const spans = await spansOf(stage, reply)
      expect(spans).toHaveLength(1)
      expect(spans[0]).toMatchObject({
        trace_id: traceId,
        parent_span_id: parentId,
        span_id: reply.headers['x-pharos-span-id'],
      })
    })

    it('begins a trace where none can be gone on with', async () => {
      for (const traceparent of ['', 'nonsense', `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`]) {
        const reply = await ask(stage.app.url, call, { headers: { traceparent } })
        const [span] = await spansOf(stage, reply)
        expect(span).toMatchObject({ parent_span_id: null, status: 'ok' })
      }
    })

    it.each([301, 304])('is no %i when its provider answers with one', async (status) => {
      stage.fakes.anthropic.next({ type: 'status', status, headers: { location: '/elsewhere' } })
      const reply = await ask(stage.app.url, call)
      expect(reply.status).toBe(502)
      expect(reply.headers).not.toHaveProperty('location')
      expect(JSON.parse(reply.text)).toHaveProperty('error')
    })

    it('tells by which id the request is known, and is in no code', async () => {
      const asked = { headers: { 'accept-encoding': 'gzip, br, zstd, deflate' } }
      stage.fakes.anthropic.next({ type: 'reply', text: 'long '.repeat(2000) })
      const replies = [
        await ask(stage.app.url, call, asked),
        await ask(stage.app.url, call, { ...asked, stream: true }),
        await ask(stage.app.url, call, { ...asked, model: 'nobody-has-it' }),
      ]
      expect(replies.map(({ status }) => status)).toEqual([200, 200, 404])
      for (const { headers } of replies) {
        expect(headers['x-request-id']).toMatch(/^[\w-]{8,}$/)
        expect(headers['request-id']).toBe(headers['x-request-id'])
        expect(headers).not.toHaveProperty('content-encoding')
      }
      expect(new Set(replies.map(({ headers }) => headers['x-request-id'])).size).toBe(3)
      expect(headersOf(replies[1])).toMatchObject({
        'cache-control': 'no-cache',
        'x-accel-buffering': 'no',
        'content-type': expect.stringMatching(/^(?:text\/event-stream|application\/x-ndjson)\b/),
      })
      const spans = await spansOf(stage, replies[0]!)
      expect(spans[0]?.attributes['gateway.request_id']).toBe(headersOf(replies[0])['x-request-id'])
    })
  })
})

function headersOf(reply: Received | undefined): Received['headers'] {
  return reply?.headers ?? {}
}
