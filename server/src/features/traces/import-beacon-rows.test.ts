import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { beaconSpan, beaconTrace, writeBeaconDatabase } from '../../../test/support/beacon-file.ts'
import { beaconImports } from '../../../test/support/beacon-import.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { ingestSpans } from './ingest-spans.ts'
import { newSpan, type SpanInput } from './span.ts'
import { promptVersionsOf } from './span-store.ts'

/** The bytes of all files beside a database, its own included, by name. */
function folderOf(path: string): Map<string, string> {
  const dir = join(path, '..')
  return new Map(readdirSync(dir).map((name) => [name, readFileSync(join(dir, name), 'base64')]))
}

const span = (fields: Partial<SpanInput> & Pick<SpanInput, 'spanId' | 'traceId'>): SpanInput => ({
  parentSpanId: null,
  spanType: 'custom',
  name: 'ours',
  status: 'ok',
  errorMessage: null,
  startTime: 5,
  endTime: 6,
  sdkLanguage: null,
  attributes: {},
  ...fields,
})

describeEachDatabase('what is kept of a Beacon database', (store) => {
  const imports = beaconImports(store)

  it('keeps all that the newest version of Beacon stores, and the file as it is', async () => {
    const [trace, root, call] = [randomUUID(), randomUUID(), randomUUID()]
    const note = { id: 'a1', text: 'look at thís', created_at: 1500.25 }
    writeBeaconDatabase(imports.path, 'newest', {
      traces: [
        beaconTrace(trace, {
          name: 'renamed by a late root',
          tags: '{"baseline": "true"}',
          sdk_language: 'js',
          // Counted twice, as Beacon did for a span sent again.
          span_count: 4,
          total_cost_usd: 1,
          total_tokens: 60,
          status: 'unset',
        }),
      ],
      spans: [
        beaconSpan(root, trace, {
          span_type: 'agent_step',
          start_time: 1000.5,
          end_time: 1010,
          created_at: 1003.125,
          annotations: JSON.stringify([note]),
          sdk_language: 'js',
        }),
        beaconSpan(call, trace, {
          parent_span_id: root,
          span_type: 'llm_call',
          status: 'error',
          end_time: null,
          error_message: 'refused',
          attributes: '{"llm.cost_usd": 0.5, "llm.tokens.total": 30, "é": "\\u00e9\\ud800"}',
        }),
      ],
      prompt_versions: [
        { version_id: `${call}-1`, span_id: call, prompt_text: 'one', created_at: 1 },
        { version_id: `${call}-2`, span_id: call, prompt_text: 'two', label: 'L', created_at: 2 },
      ],
      replay_runs: [
        {
          replay_id: 'r',
          original_span_id: call,
          trace_id: trace,
          created_at: 1,
          modified_input: '{}',
          new_output: '{}',
          diff: '{}',
        },
      ],
    })
    const before = folderOf(imports.path)
    expect(await imports.run()).toMatchObject({
      outcome: 'imported',
      traces: 1,
      spans: 2,
      replays: 1,
    })
    expect(folderOf(imports.path)).toEqual(before)
    expect(await imports.remembered()).toEqual({
      at: expect.any(Number),
      path: imports.path,
      replays: 'pending',
    })
    expect(await imports.traceOf(trace)).toMatchObject({
      name: 'renamed by a late root',
      tags: { baseline: 'true' },
      sdkLanguage: 'js',
      spanCount: 2,
      totalCostUsd: 0.5,
      totalTokens: 30,
      status: 'error',
      startTime: 1000,
      endTime: 1010,
      createdAt: 1001,
      ownerKey: null,
    })
    expect(await imports.spanOf(root)).toMatchObject({
      startTime: 1000.5,
      createdAt: 1003.125,
      spanType: 'agent_step',
      sdkLanguage: 'js',
      annotationsJson: JSON.stringify([note]),
    })
    const stored = await imports.spanOf(call)
    expect(stored).toMatchObject({ parentSpanId: root, status: 'error', errorMessage: 'refused' })
    expect(JSON.parse(stored?.attributesJson ?? '')).toEqual({
      'llm.cost_usd': 0.5,
      'llm.tokens.total': 30,
      é: 'é\ud800',
    })
    const prompts = await store.db.read((tx) => promptVersionsOf(tx, call))
    expect(
      prompts.map(({ promptText, label, createdAt }) => [promptText, label, createdAt]),
    ).toEqual([
      ['two', 'L', 2],
      ['one', null, 1],
    ])
  })

  it('reads a file of the oldest version', async () => {
    const [trace, only] = [randomUUID(), randomUUID()]
    writeBeaconDatabase(imports.path, 'oldest', {
      traces: [beaconTrace(trace)],
      spans: [beaconSpan(only, trace, { attributes: '{"a": 1}' })],
    })
    expect(await imports.run()).toMatchObject({
      outcome: 'imported',
      traces: 1,
      spans: 1,
      replays: 0,
    })
    expect(await imports.remembered()).toMatchObject({ replays: 'none' })
    expect(await imports.traceOf(trace)).toMatchObject({
      spanCount: 1,
      sdkLanguage: null,
      status: 'ok',
    })
    expect(await imports.spanOf(only)).toMatchObject({
      annotationsJson: '[]',
      attributesJson: '{"a":1}',
    })
  })

  it('takes what it can of a row that makes no sense and keeps the text of the rest', async () => {
    const [trace, ...ids] = Array.from({ length: 6 }, () => randomUUID())
    const [nan, garbage, list, odd, empty] = ids as [string, string, string, string, string]
    writeBeaconDatabase(imports.path, 'newest', {
      traces: [beaconTrace(trace ?? '', { tags: '{"n": 1, "s": "x"}', end_time: null })],
      spans: [
        beaconSpan(nan, trace ?? '', {
          attributes: '{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN \\"Infinity", "NaN": 1}',
        }),
        beaconSpan(garbage, trace ?? '', { attributes: '{"a": ' }),
        beaconSpan(list, trace ?? '', { attributes: '[1]', annotations: '[{"id": 1}]' }),
        beaconSpan(odd, trace ?? '', {
          span_type: 'quantum',
          status: 'maybe',
          start_time: Infinity,
          end_time: Infinity,
          name: 'nul\0',
        }),
        beaconSpan(empty, trace ?? '', { attributes: null }),
      ],
    })
    expect(await imports.run()).toMatchObject({ outcome: 'imported', spans: 5, failedTraces: 0 })
    const attributesOf = async (spanId: string): Promise<unknown> =>
      JSON.parse((await imports.spanOf(spanId))?.attributesJson ?? '')
    expect(await attributesOf(nan)).toEqual({
      a: null,
      b: [null, null],
      c: 'NaN "Infinity',
      NaN: 1,
    })
    expect(await attributesOf(garbage)).toEqual({ 'beacon.unreadable_attributes': '{"a": ' })
    expect(await attributesOf(list)).toEqual({
      'beacon.unreadable_attributes': '[1]',
      'beacon.unreadable_annotations': '[{"id": 1}]',
    })
    expect(await attributesOf(empty)).toEqual({})
    expect(await imports.spanOf(odd)).toMatchObject({
      spanType: 'custom',
      status: 'unset',
      name: 'nul\ufffd',
      startTime: 1001,
      endTime: null,
    })
    expect(await imports.traceOf(trace ?? '')).toMatchObject({
      tags: { n: '1', s: 'x' },
      status: 'unset',
    })
  })

  it('leaves traces alone that are here already, and spans of other traces', async () => {
    const [known, fresh, shared] = [randomUUID(), randomUUID(), randomUUID()]
    const ours = [span({ spanId: shared, traceId: known })].map(newSpan)
    await ingestSpans(imports.context(), ours, 0)
    writeBeaconDatabase(imports.path, 'newest', {
      traces: [beaconTrace(known, { tags: '{"a": "b"}' }), beaconTrace(fresh)],
      spans: [
        beaconSpan(randomUUID(), known),
        beaconSpan(shared, fresh),
        beaconSpan(`${shared}-2`, fresh),
      ],
      prompt_versions: [
        { version_id: randomUUID(), span_id: shared, prompt_text: 'p', created_at: 1 },
      ],
    })
    expect(await imports.run()).toMatchObject({
      outcome: 'imported',
      traces: 1,
      spans: 1,
      knownTraces: 1,
      refusedSpans: 1,
    })
    expect(await imports.traceOf(known)).toMatchObject({ spanCount: 1, tags: {} })
    expect(await imports.spanOf(shared)).toMatchObject({ traceId: known, name: 'ours' })
    expect(await imports.traceOf(fresh)).toMatchObject({ spanCount: 1 })
    expect(await store.db.read((tx) => promptVersionsOf(tx, shared))).toEqual([])
  })

  it('keeps a trace without spans', async () => {
    const trace = randomUUID()
    writeBeaconDatabase(imports.path, 'newest', { traces: [beaconTrace(trace, { span_count: 1 })] })
    await imports.run()
    expect(await imports.traceOf(trace)).toMatchObject({
      spanCount: 0,
      status: 'unset',
      startTime: 1000,
    })
  })
})
