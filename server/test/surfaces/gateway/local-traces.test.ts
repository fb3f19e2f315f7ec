import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { send, sendJson, type Received } from '../../support/http-request.ts'
import { greeter, localName } from '../../support/local-models.ts'
import { StreamClient } from '../thunder/stream-client.ts'
import { openLocalGateway, type LocalGateway } from './local-stage.ts'
import { anyModel, ask, at, dialectCalls } from './stage.ts'

const model = `local/${localName('greeter')}`

describe.each(['sqlite', 'postgres'] as const)('The tokens of an answer [%s]', (dialect) => {
  let stage: LocalGateway
  beforeAll(async () => {
    stage = await openLocalGateway({ greeter, random: {} }, { dialect })
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  const tracing = (count: unknown) => ({ 'x-pharos-trace-tokens': String(count) })
  const logOf = async ({
    headers,
  }: Pick<Received, 'headers'>): Promise<Record<string, unknown>> => {
    const path = `/logs/${String(headers['x-pharos-span-id'])}`
    const { status, text } = await send(stage.app.url, { path })
    expect(status).toBe(200)
    const log: unknown = JSON.parse(text)
    return log as Record<string, unknown>
  }

  describe.each(dialectCalls)('asked for in $dialect', (call) => {
    it.each([false, true])('stand in its log, streamed: %s', async (stream) => {
      using live = await StreamClient.open(stage.app.url)
      const reply = await ask(stage.app.url, call, { model, stream, headers: tracing(3) })
      expect(reply.status).toBe(200)
      const log = await logOf(reply)
      expect(log).toMatchObject({
        request_id: reply.headers['x-pharos-span-id'],
        model_id: localName('greeter'),
        final_text: 'Hello there!',
        sequence_confidence: expect.closeTo(1, 6),
      })
      expect(at(JSON.stringify(log), 'steps', 'length')).toBe(3)
      const told = await live.takeOne()
      expect(told).toMatchObject({ request_id: log['request_id'], total_steps: 4 })
    })

    it.each(['21', '-1', '1.5', 'many', ''])('are refused for %j', async (count) => {
      const reply = await ask(stage.app.url, call, { model, headers: tracing(count) })
      expect(reply.status).toBe(400)
      expect(JSON.parse(reply.text)).toHaveProperty('error')
      expect(reply.text).toContain('x-pharos-trace-tokens')
      expect(reply.headers).not.toHaveProperty('x-pharos-span-id')
    })

    it('are nobody’s business where a model runs elsewhere', async () => {
      const reply = await ask(stage.app.url, call, { model: anyModel, headers: tracing(3) })
      expect(reply.status).toBe(200)
      expect(await logOf(reply)).toMatchObject({ events: [], steps: [] })
    })
  })

  it('are noted with no alternatives, with some, and not at all', async () => {
    const [call] = dialectCalls
    if (!call) throw new Error('no dialect')
    const value = { ...call.body(`local/${localName('random')}`), max_tokens: 5, temperature: 1 }
    const topOf = async (count: number | null) => {
      const headers = count === null ? {} : tracing(count)
      const { events } = await logOf(
        await sendJson(stage.app.url, { path: call.path, value, headers }),
      )
      const passes = (events as { event_type: string; top_tokens: unknown[] }[]).filter(
        ({ event_type: type }) => type === 'ForwardPass',
      )
      return passes.map(({ top_tokens: top }) => top.length)
    }
    expect(await topOf(null)).toEqual([])
    expect(await topOf(0)).toEqual([1, 1, 1, 1, 1])
    for (const count of [1, 20]) {
      const lengths = await topOf(count)
      expect(lengths).toHaveLength(5)
      // The one that was drawn stands behind them where it is none of them.
      for (const length of lengths) expect([count, count + 1]).toContain(length)
    }
  })

  it('are noted when an alias says so', async () => {
    await stage.fileAlias('noted', 'greeter', { options: { traceTokens: 0 } })
    await stage.alias('through', ['noted'], { trace_tokens: 2 })
    for (const name of ['noted', 'through']) {
      const [call] = dialectCalls
      if (!call) throw new Error('no dialect')
      const log = await logOf(await ask(stage.app.url, call, { model: name }))
      expect(log['final_tokens']).toHaveLength(3)
    }
  })
})
