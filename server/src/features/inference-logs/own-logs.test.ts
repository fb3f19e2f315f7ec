import { expect, test } from 'vitest'
import { callerWith, ownerCaller } from '../../../test/support/caller.ts'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { toIngested } from '../../../test/support/ingest-fixtures.ts'
import { sampleIngest } from '../../../test/support/sample-ingest.ts'
import { sampleSpan } from '../../../test/support/sample-span.ts'
import { ByteCache } from '../../platform/cache/byte-cache.ts'
import { createVault } from '../../platform/secrets/vault.ts'
import { ingestSpans, type NewSpan, type SpansInput } from '../traces/index.ts'
import type { Caller } from '../identity/index.ts'
import { endAbandonedLogs } from './end-abandoned-logs.ts'
import { isNewLogEvent } from './events.ts'
import { getLog } from './get-log.ts'
import { ingestLog } from './ingest-log.ts'
import { listLogs, type LogFilter } from './list-logs.ts'
import { ownSpansGroup } from './own-logs.ts'

const vault = createVault(Buffer.alloc(32, 7))
const page = { limit: 100, offset: 0 }
const writer = callerWith('traces:write')
const admin = callerWith('logs:read', 'keys:manage')
const processId = '00000000-0000-4000-8000-000000000001'

const asked = {
  'llm.model': 'gpt-4o',
  'llm.prompt': '[{"role":"system","content":"Be brief."},{"role":"user","content":"Say hi"}]',
  'llm.request': '{"model":"gpt-4o"}',
}

function opening(given: Partial<Parameters<typeof sampleSpan>[0]> = {}): NewSpan {
  return sampleSpan({ status: 'unset', endTime: null, attributes: asked, ...given })
}

function closing({ spanId, traceId }: NewSpan): NewSpan {
  const said = { 'llm.completion': 'Hi\u0000!', 'llm.tokens.output': 2, 'llm.max_tokens': 9 }
  return sampleSpan({ spanId, traceId, attributes: { ...asked, ...said } })
}

describeEachDatabase('logs of what Pharos ran itself', (store) => {
  const ctxOf = (caller: Caller) => ({ ...contextOf(store, standingClock(), caller), vault })
  const through = (input: SpansInput, sizeBytes: number) =>
    store.db.enqueue(ownSpansGroup, input, sizeBytes)
  const record = (caller: Caller, ...spans: NewSpan[]) =>
    ingestSpans(ctxOf(caller), spans, 1_000, { running: { processId }, through })
  const idsOf = async (caller: Caller, filter: LogFilter = {}) =>
    (await listLogs(ctxOf(caller), filter, page)).map(({ requestId }) => requestId)
  const toldOf = (spanId: string) =>
    store.published.filter(isNewLogEvent).filter(({ body }) => body.requestId === spanId)

  test('a call is listed while it runs and told once, when it has ended', async () => {
    const open = opening()
    await record(writer, open)
    expect(await listLogs(ctxOf(admin), {}, page)).toContainEqual(
      expect.objectContaining({ requestId: open.spanId, status: 'unset', completedAt: null }),
    )
    expect(toldOf(open.spanId)).toEqual([])
    await record(writer, closing(open))
    await record(writer, closing(open))
    expect(await listLogs(ctxOf(admin), {}, page)).toContainEqual(
      expect.objectContaining({
        requestId: open.spanId,
        model: 'gpt-4o',
        status: 'ok',
        finalText: 'Hi\uFFFD!',
        completedAt: 1_700_000_001.5,
        totalSteps: 0,
      }),
    )
    expect(toldOf(open.spanId)).toHaveLength(1)
  })

  test('a call is read whole from its span', async () => {
    const span = closing(opening())
    await record(writer, span)
    const view = await getLog({ ...ctxOf(admin), logCache: new ByteCache(1_000_000) }, span.spanId)
    const document: unknown = JSON.parse(`{${Buffer.from(view.rest).toString()}`)
    expect(document).toMatchObject({
      system_prompt: 'Be brief.',
      user_prompt: 'Say hi',
      final_text: 'Hi\u0000!',
      max_steps: 9,
      inference_stats: { prompt_tokens: null, generated_tokens: 2, total_tokens: null },
      events: [],
      steps: [],
    })
  })

  test('other spans are no logs, and what was told by a tracer only when asked for', async () => {
    const step = sampleSpan({ spanType: 'agent_step' })
    const own = closing(opening())
    const told = closing(opening())
    await record(writer, step, own)
    await ingestSpans(ctxOf(writer), [told], 1_000)
    const logs = await idsOf(admin)
    expect(logs).toContain(own.spanId)
    expect(logs).not.toContain(told.spanId)
    const all = await idsOf(admin, { hasTold: true })
    expect(all.filter((id) => [step, own, told].some(({ spanId }) => spanId === id))).toEqual(
      // The same start; logs come before what was told.
      [own.spanId, told.spanId],
    )
  })

  test('pages of logs and told calls together make up the whole list', async () => {
    const me = ownerCaller(`me ${crypto.randomUUID()}`, 'traces:write', 'logs:read')
    const at = (startTime: number) => sampleSpan({ startTime, attributes: asked })
    for (const second of [1, 2, 2, 4]) await record(me, at(1_700_000_000 + second))
    await ingestSpans(ctxOf(me), [at(1_700_000_002), at(1_700_000_003)], 1_000)
    const whole = await listLogs(ctxOf(me), { hasTold: true }, page)
    expect(whole.map(({ createdAt }) => createdAt - 1_700_000_000)).toEqual([4, 3, 2, 2, 2, 1])
    const paged = [0, 2, 4].map((offset) =>
      listLogs(ctxOf(me), { hasTold: true }, { limit: 2, offset }),
    )
    expect((await Promise.all(paged)).flat()).toEqual(whole)
  })

  test('a call belongs to whom its trace belongs to', async () => {
    const mine = ownerCaller(`me ${crypto.randomUUID()}`, 'traces:write', 'logs:read')
    const theirs = ownerCaller(`them ${crypto.randomUUID()}`, 'traces:write', 'logs:read')
    const open = opening()
    await record(mine, open)
    await record(writer, closing(open))
    expect(await idsOf(mine)).toEqual([open.spanId])
    expect(await idsOf(mine, { hasTold: true })).toEqual([open.spanId])
    expect(await idsOf(theirs, { hasTold: true })).toEqual([])
    const report = await record(theirs, closing(open))
    expect(report).toEqual({ accepted: 0, rejected: 1 })
    expect(await idsOf(theirs)).toEqual([])
  })

  test('a request of an engine under the id of a call becomes the log, steps and all', async () => {
    const open = opening()
    await record(writer, open)
    const sent = sampleIngest({ requestId: open.spanId, ownerKey: null })
    await ingestLog(ctxOf(writer), toIngested(sent, 1_700_000_000), 1_000)
    await record(writer, closing(open))
    const view = await getLog({ ...ctxOf(admin), logCache: new ByteCache(1_000_000) }, open.spanId)
    const document: unknown = JSON.parse(`{${Buffer.from(view.rest).toString()}`)
    expect(document).toMatchObject({
      final_text: sent.request.final_text,
      events: (sent.events ?? []).map(({ created_at: _at, ...event }) => event),
    })
    expect((await idsOf(admin)).filter((id) => id === open.spanId)).toHaveLength(1)
  })

  test('a call whose process died ends with its span', async () => {
    const open = opening()
    await record(writer, open)
    await ingestSpans(ctxOf(writer), [{ ...closing(open), status: 'error' }], 1_000)
    const ender = { ...ctxOf(callerWith('logs:write')) }
    await endAbandonedLogs(ender, new AbortController().signal)
    const [log] = (await listLogs(ctxOf(admin), { status: 'error' }, page)).filter(
      ({ requestId }) => requestId === open.spanId,
    )
    expect(log).toMatchObject({ status: 'error', completedAt: 1_700_000_001.5 })
    expect(toldOf(open.spanId)).toHaveLength(1)
    const refused = endAbandonedLogs(ctxOf(writer), new AbortController().signal)
    await expect(refused).rejects.toMatchObject({ code: 'forbidden' })
  })
})
