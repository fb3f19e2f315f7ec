import { randomBytes, randomUUID } from 'node:crypto'
import { LogResponse } from '@pharos/contract/thunder/logs.ts'
import type { IngestDocument } from '@pharos/contract/thunder/ingest.ts'
import { expect, it } from 'vitest'
import { callerWith, ownerCaller } from '../../../test/support/caller.ts'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import {
  ingestFixture,
  ingestFixtureNames,
  toIngested,
} from '../../../test/support/ingest-fixtures.ts'
import { sampleIngest } from '../../../test/support/sample-ingest.ts'
import { createVault } from '../../platform/secrets/vault.ts'
import type { Caller } from '../identity/index.ts'
import { deleteTrace, getSpan, ingestSpans, isSpansEvent, listTraces } from '../traces/index.ts'
import {
  findLogAccess,
  findLogDocument,
  findLogs,
  ingestLog,
  isNewLogEvent,
  openOwner,
  ownerKeyExists,
  ownerKeyFor,
  packLog,
} from './index.ts'
import { spanIdsOf } from './log-span.ts'

const LogDocument = LogResponse.omit({
  request_id: true,
  created_ts: true,
  user_api_key: true,
  is_public: true,
  public_token: true,
  favorited_by: true,
  tags: true,
  discussion_count: true,
}).strict()

describeEachDatabase('ingest of inference logs', (store) => {
  const clock = standingClock()
  const vault = createVault(randomBytes(32))
  const as = (caller?: Caller) => ({ ...contextOf(store, clock, caller), vault })
  const engine = callerWith('traces:write')

  const ingest = (document: IngestDocument, caller: Caller = engine) =>
    ingestLog(as(caller), toIngested(document, clock.now), 1000)
  const stored = (requestId: string) =>
    store.db.read(async (tx) => {
      const [log] = await findLogs(tx, [requestId])
      if (!log) return undefined
      const text = await findLogDocument(tx, log.seq)
      return { log, document: LogDocument.parse(JSON.parse(text ?? '')) }
    })
  const storedSurely = async (requestId: string) => {
    const found = await stored(requestId)
    if (!found) throw new Error(`${requestId} is not stored`)
    return found
  }

  it.each(ingestFixtureNames)('stores %s as it was sent, and again with new ids', async (name) => {
    const sent = ingestFixture(name)
    const { request, events = [], mod_calls = [], mod_logs = [], actions = [] } = sent
    await ingest(sent)
    const { log, document } = await storedSurely(request.request_id)
    expect(document).toMatchObject({
      final_tokens: request.final_token_ids,
      final_text: request.final_text,
      model_id: request.model,
      max_steps: request.max_tokens,
      system_prompt: request.system_prompt ?? null,
      user_prompt: request.user_prompt ?? null,
      inference_stats: request.inference_stats ?? null,
      events: events.map(({ created_at: _at, ...event }) => event),
      mod_logs: mod_logs.map(({ log_message }) => ({ log_message })),
      actions: actions.map(({ action_type, details }) => ({ action_type, payload: details })),
    })
    expect(document.mod_calls.map(({ event_id }) => event_id)).toEqual(
      mod_calls.map((call) => document.events[call.event_sequence_order]?.id),
    )
    expect(document.actions.map(({ mod_id }) => mod_id)).toEqual(
      actions.map((action) => document.mod_calls[action.mod_call_sequence]?.id),
    )
    expect(document.steps).toHaveLength(
      events.filter(({ event_type }) => event_type === 'Sampled').length,
    )
    expect(log.totalSteps).toBe(new Set(events.map(({ step }) => step)).size)

    await ingest(sent)
    const again = await storedSurely(request.request_id)
    expect(again.log).toEqual({ ...log, revision: 2 })
    const withoutIds = (text: object) => JSON.stringify(text).replaceAll(/"\w*id":\d+,?/g, '')
    expect(withoutIds(again.document)).toBe(withoutIds(document))
    const idsOf = ({ events: list }: typeof document) => list.map(({ id }) => id)
    expect(Math.min(...idsOf(again.document))).toBeGreaterThan(Math.max(...idsOf(document)))
  })

  it('puts a trace with one span beside the log', async () => {
    const { request, events = [] } = ingestFixture('force-tokens')
    await ingest(ingestFixture('force-tokens'))
    const { log, document } = await storedSurely(request.request_id)
    expect(log).toMatchObject(spanIdsOf(request.request_id))
    const span = await getSpan(as(), log.spanId)
    expect(span).toMatchObject({
      name: 'thunder.inference',
      spanType: 'llm_call',
      status: 'ok',
      startTime: log.createdAt,
      endTime: log.completedAt,
      inputTokens: 6,
      outputTokens: 24,
      totalTokens: 30,
      costUsd: null,
    })
    expect(JSON.parse(span.attributesJson)).toEqual({
      'llm.provider': 'thunder',
      'llm.model': 'Qwen/Qwen3-14B-GGUF',
      'llm.prompt': JSON.stringify([
        { role: 'system', content: 'You are a patient guide.' },
        { role: 'user', content: 'Some towers also send' },
      ]),
      'llm.completion': request.final_text,
      'llm.tokens.input': 6,
      'llm.tokens.output': 24,
      'llm.tokens.total': 30,
      'llm.finish_reason': 'length',
      'llm.temperature': 0.7,
      'llm.max_tokens': 24,
      'thunder.request_id': request.request_id,
      'thunder.mod_name': 'opener',
      'thunder.steps': new Set(events.map(({ step }) => step)).size,
      'thunder.mod_calls': 1,
      'thunder.actions': 1,
      'thunder.sequence_confidence': document.sequence_confidence,
    })
    const owner = ownerKeyFor({ vault }, request.user_api_key ?? '')
    const ownedTraces = await listTraces(
      as(ownerCaller(owner, 'traces:read')),
      {},
      { limit: 200, offset: 0 },
    )
    expect(ownedTraces.traces).toContainEqual(
      expect.objectContaining({ traceId: log.traceId, name: 'Qwen/Qwen3-14B-GGUF', spanCount: 1 }),
    )
  })

  it('takes an error and tool calls from what the mods did', async () => {
    await ingest(ingestFixture('emit-error'))
    const failed = spanIdsOf('hf-emit-error-0001')
    expect(await getSpan(as(), failed.spanId)).toMatchObject({
      status: 'error',
      errorMessage: 'the list of lights could not be read',
    })
    const called = ingestFixture('tool-calls')
    await ingest(called)
    const span = await getSpan(as(), spanIdsOf(called.request.request_id).spanId)
    expect(JSON.parse(span.attributesJson)).toMatchObject({
      'llm.finish_reason': 'tool_calls',
      'llm.tool_calls': expect.stringContaining('list_of_lights') as unknown,
    })
  })

  it('tells of each ingest once, with the row', async () => {
    const requestId = randomUUID()
    const { spanId, traceId } = spanIdsOf(requestId)
    const told = () => ({
      logs: store.published.filter(
        (event) => isNewLogEvent(event) && event.body.requestId === requestId,
      ),
      spans: store.published.filter(
        (event) => isSpansEvent(event) && event.body.spanIds.includes(spanId),
      ),
    })
    await ingest(sampleIngest({ requestId }))
    await expect.poll(told).toMatchObject({
      logs: [{ local: { requestId, revision: 1, discussionCount: 0 } }],
      spans: [{ body: { newTraceIds: [traceId] } }],
    })
    await ingest(sampleIngest({ requestId }))
    await expect.poll(() => told().logs.length).toBe(2)
    expect(told().spans[1]).toMatchObject({ body: { spanIds: [spanId], newTraceIds: [] } })
  })

  it('replaces fewer children, and keeps when it was created', async () => {
    const requestId = randomUUID()
    const first = sampleIngest({ requestId, steps: 20 })
    await ingest(first)
    const second = sampleIngest({ requestId, steps: 1 })
    await ingest({ ...second, request: { ...second.request, created_at: 5, model: 'other' } })
    const { log, document } = await storedSurely(requestId)
    expect(log).toMatchObject({ createdAt: first.request.created_at, model: 'other', revision: 2 })
    expect(document.events).toHaveLength(4)
    expect(document.mod_calls).toEqual([])
    const span = await getSpan(as(), log.spanId)
    expect(span.startTime).toBe(first.request.created_at)
    const { traces } = await listTraces(as(), {}, { limit: 200, offset: 0 })
    expect(traces.find(({ traceId }) => traceId === log.traceId)?.name).toBe('other')
  })

  it('refuses to replace the log of another owner, unless an admin key asks', async () => {
    const requestId = randomUUID()
    await ingest(sampleIngest({ requestId, ownerKey: 'first-owner' }))
    const theft = sampleIngest({ requestId, ownerKey: 'second-owner', steps: 1 })
    await expect(ingest(theft)).rejects.toMatchObject({ code: 'conflict' })
    expect((await storedSurely(requestId)).log.revision).toBe(1)

    await ingest(theft, callerWith('traces:write', 'keys:manage'))
    const { log } = await storedSurely(requestId)
    expect(openOwner({ vault }, log.sealedOwner ?? '')).toBe('second-owner')
    const ownedBy = async (key: string) => {
      const caller = ownerCaller(ownerKeyFor({ vault }, key), 'traces:read')
      const { traces } = await listTraces(as(caller), {}, { limit: 200, offset: 0 })
      return traces.some(({ traceId }) => traceId === log.traceId)
    }
    expect([await ownedBy('first-owner'), await ownedBy('second-owner')]).toEqual([false, true])
  })

  it('takes a trace over that somebody began under its id', async () => {
    const requestId = randomUUID()
    const { traceId } = spanIdsOf(requestId)
    const { log: lure } = toIngested(sampleIngest())
    if (lure instanceof Uint8Array) throw new Error('not packed')
    const watcher = ownerCaller('watcher', 'traces:read', 'traces:write')
    await ingestSpans(as(watcher), [{ ...lure.span, traceId, spanId: randomUUID() }], 1)
    await ingest(sampleIngest({ requestId, ownerKey: 'rightful' }))
    const { traces } = await listTraces(as(watcher), {}, { limit: 200, offset: 0 })
    expect(traces).toEqual([])
  })

  it('refuses a log whose span id is another trace’s', async () => {
    const requestId = randomUUID()
    const { spanId } = spanIdsOf(requestId)
    const { log: lure } = toIngested(sampleIngest())
    if (lure instanceof Uint8Array) throw new Error('not packed')
    await ingestSpans(as(), [{ ...lure.span, traceId: randomUUID(), spanId }], 1)
    await expect(ingest(sampleIngest({ requestId }))).rejects.toMatchObject({ code: 'conflict' })
    expect(await stored(requestId)).toBeUndefined()
  })

  it('keeps long token text, U+0000 and lone surrogates, and writes out any time', async () => {
    const requestId = `${'ö'.repeat(500)}/%`
    const odd = `a\0b\ud800${'x'.repeat(500)}`
    const sample = sampleIngest({ requestId, steps: 1 })
    const events = (sample.events ?? []).map((event) => ({
      ...event,
      token_text: odd,
      created_at: 1e17,
      details: { odd },
    }))
    const request = { ...sample.request, model: odd.repeat(4), final_text: odd, created_at: -1e17 }
    await ingest({ ...sample, request, events })
    const { log, document } = await storedSurely(requestId)
    expect(document.final_text).toBe(odd)
    expect(document.model_id).toBe(odd.repeat(4))
    expect(document.events.every(({ token_text }) => token_text === odd)).toBe(true)
    expect(document.events[0]?.created_at).toBe('9999-12-31T23:59:59Z')
    expect(log.finalText).toBe(odd.replace('\0', '\ufffd').replace('\ud800', '\ufffd'))
    expect(log.model?.length).toBe(512)
  })

  it('keeps what no reply shows', async () => {
    const requestId = randomUUID()
    const sample = sampleIngest({ requestId, steps: 10 })
    const [call] = sample.mod_calls ?? []
    if (!call) throw new Error('The sample has a mod call')
    await ingest({
      ...sample,
      request: { ...sample.request, temperature: 0.5, mod_text: 'x', user_prompt_token_ids: [1] },
      mod_calls: [{ ...call, exception_traceback: 'line 1' }],
      actions: [{ mod_call_sequence: 0, action_type: 'Noop', action_order: 2, details: [1] }],
    })
    const row = await store.db.read((tx) =>
      tx.db
        .selectFrom('inference_log_payloads')
        .innerJoin('inference_logs', 'inference_logs.seq', 'inference_log_payloads.seq')
        .select('unshown')
        .where('request_id', '=', requestId)
        .executeTakeFirstOrThrow(),
    )
    expect(JSON.parse(row.unshown)).toEqual({
      temperature: 0.5,
      mod_text: 'x',
      user_prompt_token_ids: [1],
      mod_calls: { '0': { exception_traceback: 'line 1' } },
      actions: { '0': { details: [1], action_order: 2 } },
    })
  })

  it('takes a packed log like any other', async () => {
    const requestId = randomUUID()
    const { log, ownerKeyText } = toIngested(sampleIngest({ requestId }))
    if (log instanceof Uint8Array) throw new Error('not packed')
    await ingestLog(as(engine), { log: packLog(log), ownerKeyText }, 1000)
    expect((await storedSurely(requestId)).document.events).toHaveLength(10)
  })

  it('goes with its trace', async () => {
    const requestId = randomUUID()
    await ingest(sampleIngest({ requestId }))
    await deleteTrace(as(), spanIdsOf(requestId).traceId)
    expect(await store.db.read((tx) => findLogAccess(tx, requestId))).toBeUndefined()
  })

  it('makes its owner’s key known at once', async () => {
    const ownerKey = `key ${randomUUID()}`
    const known = () => store.db.read((tx) => ownerKeyExists(tx, ownerKeyFor({ vault }, ownerKey)))
    expect(await known()).toBe(false)
    await ingest(sampleIngest({ ownerKey }))
    expect(await known()).toBe(true)
  })

  it('is for callers with the scope, and for the one owner that a key is limited to', async () => {
    await expect(ingest(sampleIngest(), callerWith('logs:read'))).rejects.toMatchObject({
      code: 'forbidden',
    })
    const limited = ownerCaller(ownerKeyFor({ vault }, 'mine'), 'traces:write')
    await expect(ingest(sampleIngest({ ownerKey: 'yours' }), limited)).rejects.toMatchObject({
      code: 'forbidden',
    })
    const requestId = randomUUID()
    await ingest(sampleIngest({ requestId, ownerKey: null }), limited)
    expect((await storedSurely(requestId)).log.ownerKey).toBe(ownerKeyFor({ vault }, 'mine'))
  })
})
