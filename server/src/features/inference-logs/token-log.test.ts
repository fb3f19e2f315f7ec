import { expect, it, test } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { toIngested } from '../../../test/support/ingest-fixtures.ts'
import { sampleIngest } from '../../../test/support/sample-ingest.ts'
import { sampleSpan } from '../../../test/support/sample-span.ts'
import { sampleTrace } from '../../../test/support/sample-trace.ts'
import { ByteCache } from '../../platform/cache/byte-cache.ts'
import { toRfc3339 } from '../../platform/rfc3339.ts'
import { createVault } from '../../platform/secrets/vault.ts'
import { Workroom } from '../../platform/threads/workroom.ts'
import type { Caller } from '../identity/index.ts'
import { ingestSpans, type NewSpan } from '../traces/index.ts'
import { deleteLog } from './delete-log.ts'
import { isNewLogEvent } from './events.ts'
import { getLog } from './get-log.ts'
import { ingestLog } from './ingest-log.ts'
import { listLogs } from './list-logs.ts'
import { ownSpansGroup } from './own-logs.ts'
import { mostSteps, planTokenLog } from './plan-token-log.ts'
import { prepareTokenLog } from './prepare-token-log.ts'
import { fillTemplate } from './text-template.ts'
import type { TokenTrace } from './token-trace.ts'

const asked = {
  'llm.provider': 'local',
  'llm.model': 'user/tiny:Q4_0',
  'llm.prompt': '[{"role":"system","content":"Be brief."},{"role":"user","content":"Say hi"}]',
  'llm.max_tokens': 9,
  'llm.temperature': 0.5,
}
const said = { 'llm.completion': 'Hi!', 'llm.tokens.input': 3, 'llm.tokens.output': 2 }

const closing = (given: Parameters<typeof sampleSpan>[0] = {}): NewSpan =>
  sampleSpan({ attributes: { ...asked, ...said }, ...given })

function documentOf(span: NewSpan, trace: TokenTrace): Record<string, unknown> {
  const { document, childCount } = planTokenLog({ span, trace })
  const ids = Array.from({ length: childCount }, (_, index) => index + 100)
  const value: unknown = JSON.parse(fillTemplate(document, ids))
  return value as Record<string, unknown>
}

it('is in the words of an engine that told every step', () => {
  const two: TokenTrace = {
    prompt: { text: '<s>Say hi', tokens: [1, 7, 8] },
    tokens: [
      {
        id: 22,
        text: 'Hi',
        logprob: Math.log(0.5),
        top: [
          { id: 22, text: 'Hi', logprob: Math.log(0.5) },
          { id: 17, text: 'Ho', logprob: Math.log(0.25) },
        ],
        at: 1_700_000_001,
      },
      {
        id: 5,
        text: '!',
        logprob: Math.log(0.125),
        top: [{ id: 13, text: '.', logprob: Math.log(0.75) }],
        at: 1_700_000_001.25,
      },
    ],
  }
  const none = {
    prompt_length: null,
    max_steps: null,
    input_text: null,
    top_tokens: null,
    sampled_token: null,
    token_text: null,
    added_tokens: null,
    added_token_count: null,
    forced: null,
  }
  const first = { ...none, step: 1, created_at: toRfc3339(1_700_000_001) }
  const second = { ...none, step: 2, created_at: toRfc3339(1_700_000_001.25) }
  const added = { event_type: 'Added', added_token_count: 1, forced: false }
  const document = documentOf(closing(), two)
  expect(document).toMatchObject({
    finished_ts: toRfc3339(1_700_000_001.5),
    system_prompt: 'Be brief.',
    user_prompt: 'Say hi',
    model_id: 'user/tiny:Q4_0',
    max_steps: 9,
    final_tokens: [22, 5],
    final_text: 'Hi!',
    inference_stats: { prompt_tokens: 3, generated_tokens: 2, total_tokens: 5 },
    events: [
      {
        ...first,
        event_type: 'Prefilled',
        step: 0,
        prompt_length: 3,
        max_steps: 9,
        input_text: '<s>Say hi',
      },
      {
        ...first,
        event_type: 'ForwardPass',
        top_tokens: [
          { token: 22, logprob: Math.log(0.5), token_str: 'Hi' },
          { token: 17, logprob: Math.log(0.25), token_str: 'Ho' },
        ],
      },
      { ...first, event_type: 'Sampled', sampled_token: 22, token_text: 'Hi' },
      { ...first, ...added, added_tokens: [22] },
      {
        ...second,
        event_type: 'ForwardPass',
        top_tokens: [
          { token: 13, logprob: Math.log(0.75), token_str: '.' },
          { token: 5, logprob: Math.log(0.125), token_str: '!' },
        ],
      },
      { ...second, event_type: 'Sampled', sampled_token: 5, token_text: '!' },
      { ...second, ...added, added_tokens: [5] },
    ].map((event, index) => ({ id: 100 + index, ...event, sequence_order: index })),
    steps: [
      {
        step_index: 1,
        token: 22,
        token_text: 'Hi',
        prob: expect.closeTo(0.5, 12),
        surprisal: Math.log(2),
      },
      {
        step_index: 2,
        token: 5,
        token_text: '!',
        prob: expect.closeTo(0.125, 12),
        surprisal: Math.log(8),
      },
    ],
    mod_calls: [],
    actions: [],
  })
  expect(document['sequence_confidence']).toBeCloseTo(Math.sqrt(0.5 * 0.125), 12)
})

it('knows how likely each token was where no alternatives were asked for', () => {
  const document = documentOf(closing(), sampleTrace({ tokens: 4, top: 0 }))
  expect(document['sequence_confidence']).toBeCloseTo(0.5, 12)
  expect(document['steps']).toHaveLength(4)
})

it('counts by itself what a call that broke off never told', () => {
  const attributes = { 'llm.model': 'user/tiny:Q4_0' }
  const span = closing({ status: 'error', errorMessage: 'cancelled', attributes })
  expect(documentOf(span, sampleTrace({ tokens: 2, top: 1 }))).toMatchObject({
    inference_stats: { prompt_tokens: 3, generated_tokens: 2, total_tokens: 5 },
    final_tokens: [0, 1],
    final_text: null,
  })
  const nothing = { prompt: { text: null, tokens: [] }, tokens: [] }
  expect(documentOf(span, nothing)).toMatchObject({
    events: [{ event_type: 'Prefilled', created_at: toRfc3339(1_700_000_000.25) }],
    steps: [],
    sequence_confidence: null,
  })
})

it('notes so many steps of a long answer, and all its tokens', async () => {
  const trace = sampleTrace({ tokens: mostSteps + 5, top: 0 })
  const span = closing({ attributes: asked })
  const document = documentOf(span, trace)
  expect(document['steps']).toHaveLength(mostSteps)
  expect(document['events']).toHaveLength(1 + 3 * mostSteps)
  expect(document['final_tokens']).toHaveLength(mostSteps + 5)
  expect(document['inference_stats']).toMatchObject({
    generated_tokens: mostSteps + 5,
    traced_tokens: mostSteps,
  })
  await using workroom = new Workroom(() => {})
  expect(await prepareTokenLog(workroom, { span, trace })).toEqual(planTokenLog({ span, trace }))
})

it('is planned in the workroom when it is large, and others have their turn before', async () => {
  const call = { span: closing(), trace: sampleTrace({ tokens: 4096, top: 20 }) }
  await using workroom = new Workroom(() => {})
  let turns = 0
  let isOver = false
  const count = (): void => {
    turns += 1
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  const log = await prepareTokenLog(workroom, call)
  isOver = true
  expect(turns).toBeGreaterThan(20)
  expect(log).toEqual(planTokenLog(call))
})

const vault = createVault(Buffer.alloc(32, 7))
const page = { limit: 100, offset: 0 }
const writer = callerWith('traces:write')
const admin = callerWith('logs:read', 'logs:write', 'keys:manage')
const processId = '00000000-0000-4000-8000-000000000002'

describeEachDatabase('A log of tokens', (store) => {
  const ctxOf = (caller: Caller) => ({ ...contextOf(store, standingClock(), caller), vault })
  const record = (span: NewSpan, trace?: TokenTrace) => {
    const tokenLogs = trace ? [planTokenLog({ span, trace })] : []
    return ingestSpans(ctxOf(writer), [span], 1_000, {
      running: { processId },
      through: (input, size) => store.db.enqueue(ownSpansGroup, { ...input, tokenLogs }, size),
    })
  }
  const opened = () => sampleSpan({ status: 'unset', endTime: null, attributes: asked })
  const closed = ({ spanId, traceId }: NewSpan) => closing({ spanId, traceId })
  const read = async (id: string): Promise<Record<string, unknown>> => {
    const logCache = new ByteCache(1_000_000)
    const { rest } = await getLog({ ...ctxOf(admin), logCache }, id)
    const value: unknown = JSON.parse(`{${Buffer.from(rest).toString()}`)
    return value as Record<string, unknown>
  }
  const rowOf = async (id: string) =>
    (await listLogs(ctxOf(admin), {}, page)).find(({ requestId }) => requestId === id)
  const payloads = () =>
    store.db.read(async (tx) => {
      const { count } = await tx.db
        .selectFrom('inference_log_payloads')
        .select(({ fn }) => fn.countAll().as('count'))
        .executeTakeFirstOrThrow()
      return Number(count)
    })

  test.each(['was shown while it ran', 'was not shown before it ended'])(
    'is stored with the end of a call that %s, and told once',
    async (how) => {
      const open = opened()
      if (how.startsWith('was shown')) await record(open)
      await record(closed(open), sampleTrace({ tokens: 3, top: 2 }))
      expect(await rowOf(open.spanId)).toMatchObject({ status: 'ok', totalSteps: 4 })
      const document = await read(open.spanId)
      expect(document).toMatchObject({ final_tokens: [0, 1, 2], final_text: 'Hi!' })
      expect(document['events']).toHaveLength(10)
      const told = store.published
        .filter(isNewLogEvent)
        .filter(({ body }) => body.requestId === open.spanId)
      expect(told).toMatchObject([{ local: { totalSteps: 4, status: 'ok' } }])
    },
  )

  test('has ids of its own for each event', async () => {
    const [one, other] = [opened(), opened()]
    const trace = sampleTrace({ tokens: 2, top: 0 })
    await Promise.all([record(closed(one), trace), record(closed(other), trace)])
    const documents = [await read(one.spanId), await read(other.spanId)]
    const ids = documents.flatMap(({ events }) => (events as { id: number }[]).map(({ id }) => id))
    expect(new Set(ids).size).toBe(14)
  })

  test('stays when its span is stored again, and gives way to another', async () => {
    const open = opened()
    await record(closed(open), sampleTrace({ tokens: 3, top: 0 }))
    await record(closed(open))
    expect(await rowOf(open.spanId)).toMatchObject({ totalSteps: 4, revision: 2 })
    expect(await read(open.spanId)).toMatchObject({ final_tokens: [0, 1, 2] })
    await record(closed(open), sampleTrace({ tokens: 1, top: 0 }))
    expect(await rowOf(open.spanId)).toMatchObject({ totalSteps: 2, revision: 3 })
    expect(await read(open.spanId)).toMatchObject({ final_tokens: [0] })
  })

  test('does not come in place of what is somebody else’s', async () => {
    const open = opened()
    await record(closed(open), sampleTrace({ tokens: 1, top: 0 }))
    const stolen = { ...closed(open), traceId: crypto.randomUUID() }
    const report = await record(stolen, sampleTrace({ tokens: 3, top: 0 }))
    expect(report).toEqual({ accepted: 0, rejected: 1 })
    expect(await read(open.spanId)).toMatchObject({ final_tokens: [0] })

    const taken = opened()
    const sent = sampleIngest({ requestId: taken.spanId, ownerKey: null })
    await ingestLog(ctxOf(writer), toIngested(sent, 1_700_000_000), 1_000)
    await record(closed(taken), sampleTrace({ tokens: 3, top: 0 }))
    expect(await read(taken.spanId)).toMatchObject({ final_text: sent.request.final_text })
  })

  test('goes with the log', async () => {
    const open = opened()
    const before = await payloads()
    await record(closed(open), sampleTrace({ tokens: 1, top: 0 }))
    expect(await payloads()).toBe(before + 1)
    await deleteLog(ctxOf(admin), open.spanId)
    expect(await payloads()).toBe(before)
  })

  test('of the largest kind is stored and read whole', async () => {
    const open = opened()
    await record(closed(open), sampleTrace({ tokens: 4096, top: 20 }))
    const { events, steps } = await read(open.spanId)
    expect(events).toHaveLength(1 + 3 * 4096)
    expect(steps).toHaveLength(4096)
  })
})
