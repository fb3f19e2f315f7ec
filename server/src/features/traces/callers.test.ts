import { scopes, type Scope } from '@pharos/contract/vocabulary.ts'
import { describe, expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { sampleSpan } from '../../../test/support/sample-span.ts'
import { sampleWriterReference } from '../../../test/support/sample-writer.ts'
import { anonymousCaller, type Caller } from '../identity/index.ts'
import * as traces from './index.ts'

type Context = ReturnType<typeof contextOf>
type Verb = (ctx: Context, span: traces.NewSpan) => Promise<unknown>

const keepNothing = { maxAgeSeconds: 0, maxBytes: 0 }
const { signal } = new AbortController()
const fileOf = (span: traces.NewSpan) => ({
  ...span,
  traceId: `${span.traceId}-imported`,
  tags: {},
})

const writes: Readonly<Record<string, Verb>> = {
  ingestSpans: (ctx, span) => traces.ingestSpans(ctx, [{ ...span, name: 'changed' }], 1),
  'ingestSpans, packed': (ctx, span) => traces.ingestSpans(ctx, traces.packSpans([span]), 1),
  importTrace: (ctx, span) => traces.importTrace(ctx, fileOf(span), []),
  replaceTags: (ctx, { traceId }) => traces.replaceTags(ctx, traceId, { a: 'b' }),
  replaceAnnotations: (ctx, { spanId }) => traces.replaceAnnotations(ctx, spanId, []),
  savePromptVersion: (ctx, { spanId }) =>
    traces.savePromptVersion(ctx, spanId, { promptText: 'p', label: null }),
  deleteTrace: (ctx, { traceId }) => traces.deleteTrace(ctx, traceId),
  deleteTraces: (ctx) => traces.deleteTraces(ctx, { createdBefore: 9e9 }),
  applyRetention: (ctx) => traces.applyRetention(ctx, keepNothing, signal),
}

const reads: Readonly<Record<string, Verb>> = {
  getSpan: (ctx, { spanId }) => traces.getSpan(ctx, spanId),
  findSpanInReach: (ctx, { spanId }) => traces.findSpanInReach(ctx, spanId),
  explainCost: (ctx, { spanId }) => traces.explainCost(ctx, spanId),
  getGraph: (ctx, { traceId }) => traces.getGraph(ctx, traceId),
  getTraceDocument: (ctx, { traceId }) =>
    traces.getTraceDocument(ctx, traceId, sampleWriterReference),
  findTraceDocument: (ctx, { traceId }) =>
    traces.findTraceDocument(ctx, traceId, sampleWriterReference),
  listTraces: (ctx) => traces.listTraces(ctx, {}, { limit: 1, offset: 0 }),
  listPromptVersions: (ctx, { spanId }) => traces.listPromptVersions(ctx, spanId),
  getBaselineTrace: (ctx) => traces.getBaselineTrace(ctx, undefined),
  getStatistics: (ctx) => traces.getStatistics(ctx),
  getTrends: (ctx) => traces.getTrends(ctx, 1, 'day'),
  getTopCosts: (ctx) => traces.getTopCosts(ctx, 1),
  getTopDurations: (ctx) => traces.getTopDurations(ctx, 1),
}

describeEachDatabase('callers of traces', (store) => {
  const clock = standingClock()
  const as = (caller?: Caller) => contextOf(store, clock, caller)
  const without = (scope: Scope) => callerWith(...scopes.filter((other) => other !== scope))
  const stored = async () => {
    const span = sampleSpan()
    await traces.ingestSpans(as(), [span], 1)
    const row = () => traces.getSpan(as(), span.spanId)
    const list = () => traces.listTraces(as(), {}, { limit: 200, offset: 0 })
    return { span, state: async () => ({ row: await row(), list: await list() }) }
  }

  describe.each([
    ['traces:write', Object.entries(writes)],
    ['traces:read', Object.entries(reads)],
  ] as const)('%s', (scope, verbs) => {
    it.each(verbs)('is needed for %s, and is enough', async (_name, verb) => {
      const { span, state } = await stored()
      const before = await state()
      await expect(verb(as(without(scope)), span)).rejects.toMatchObject({
        code: 'forbidden',
        message: `This needs the scope ${scope}`,
      })
      await expect(verb(as(anonymousCaller()), span)).rejects.toMatchObject({
        code: 'unauthenticated',
      })
      expect(await state()).toEqual(before)
      await verb(as(callerWith(scope)), span)
      await verb(as(anonymousCaller([scope])), (await stored()).span)
    })
  })
})
