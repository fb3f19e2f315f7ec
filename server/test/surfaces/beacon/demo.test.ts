import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FakeProviderKind } from '../../support/fake-provider.ts'
import { LiveClient, type Frame } from '../../support/live-client.ts'
import { startModelStage, stageModels, type ModelStage } from '../../support/model-stage.ts'
import { sendJson } from '../../support/http-request.ts'
import { attributesOf, spanOf, storyOf } from '../../support/told.ts'

type Fields = Readonly<Record<string, unknown>>

const goldenCost = (input: number, output: number) => (10 * input) / 1e6 + (2 * output) / 1e6

/** Whether a run has ended: its root was told a second time. */
function hasEnded(traceId: string) {
  return (frames: readonly Frame[]): boolean =>
    frames.filter((frame) => {
      const span = frame['span'] as Fields | undefined
      return span?.['trace_id'] === traceId && span['span_type'] === 'agent_step'
    }).length === 2
}

describe.each(['sqlite', 'postgres'] as const)('A demo agent [%s]', (dialect) => {
  let stage: ModelStage
  beforeAll(async () => {
    stage = await startModelStage({ dialect })
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  /** Runs a scenario to its end and gives what was told of it, without the trace. */
  const follow = async (body: { scenario: string; model?: string }): Promise<readonly Frame[]> => {
    using live = await LiveClient.open(stage.app.url)
    const { trace_id } = (await stage.app.client.runDemo({ body })).body
    const frames = await live.until(hasEnded(trace_id))
    expect(storyOf(frames.slice(0, 1))[0]).toMatch(/^trace /)
    expect(storyOf(frames.slice(1)).join()).not.toContain('trace')
    return frames.slice(1)
  }

  test('tells one round with one tool by a trace and seven spans (§7.2)', async () => {
    const { openai } = stage.fakes
    const asked = openai.requests.length
    const query = { query: 'REST or GraphQL' }
    openai.next(
      { type: 'reply', toolCalls: [{ id: 'call_1', name: 'web_search', arguments: query }] },
      { type: 'reply', text: 'Take REST.' },
    )
    using live = await LiveClient.open(stage.app.url)
    const { trace_id } = (
      await stage.app.client.runDemo({ body: { scenario: 'research_assistant' } })
    ).body
    const all = await live.until(hasEnded(trace_id))
    expect(storyOf(all)).toEqual([
      'trace Research Assistant',
      'agent_step Research Assistant unset',
      'llm_call gpt-4o-mini unset',
      'llm_call gpt-4o-mini ok',
      'tool_use web_search ok',
      'llm_call gpt-4o-mini unset',
      'llm_call gpt-4o-mini ok',
      'agent_step Research Assistant ok',
    ])
    const [, root, opened, called, tool, , answered, closed] = all
    expect(all[0]).toEqual({
      event: 'trace_created',
      trace: {
        trace_id,
        name: 'Research Assistant',
        start_time: spanOf(root)['start_time'],
        status: 'unset',
      },
    })
    const rootId = spanOf(root)['span_id']
    const parents = all.slice(2, -1).map((frame) => spanOf(frame)['parent_span_id'])
    expect(new Set(parents)).toEqual(new Set([rootId]))
    expect(attributesOf(root)).toEqual({ demo: true, 'demo.scenario': 'research_assistant' })
    expect(spanOf(closed)).toMatchObject({ span_id: rootId, error_message: null })
    expect(spanOf(closed)['end_time']).not.toBeNull()

    const conversation = JSON.parse(String(attributesOf(opened)['llm.prompt']))
    expect(conversation.map(({ role }: Fields) => role)).toEqual(['system', 'user'])
    expect(attributesOf(opened)).toMatchObject({
      'llm.provider': 'openai',
      'llm.model': 'gpt-4o-mini',
      'llm.temperature': 0.7,
    })
    const toolCalls = [
      {
        id: 'call_1',
        type: 'function',
        function: { name: 'web_search', arguments: JSON.stringify(query) },
      },
    ]
    expect(attributesOf(called)).toMatchObject({
      ...attributesOf(opened),
      'llm.completion': '',
      'llm.tokens.input': 10,
      'llm.tokens.output': 2,
      'llm.tokens.total': 12,
      'llm.finish_reason': 'tool_calls',
      'llm.tool_calls': JSON.stringify(toolCalls),
    })
    const { 'tool.output': output, ...used } = attributesOf(tool)
    expect(used).toEqual({ 'tool.name': 'web_search', 'tool.input': JSON.stringify(query) })
    expect(JSON.parse(String(output))).toHaveLength(2)

    const heard = [
      ...conversation,
      { role: 'assistant', content: null, tool_calls: toolCalls },
      { role: 'tool', tool_call_id: 'call_1', content: output },
    ]
    expect(JSON.parse(String(attributesOf(answered)['llm.prompt']))).toEqual(heard)
    expect(attributesOf(answered)).toMatchObject({
      'llm.completion': 'Take REST.',
      'llm.finish_reason': 'stop',
    })
    expect(attributesOf(answered)).not.toHaveProperty('llm.tool_calls')

    const bodies = openai.requests.slice(asked).map(({ body }) => body)
    expect(bodies.map(({ messages }) => messages)).toEqual([conversation, heard])
    for (const { temperature, tools } of bodies) {
      expect(temperature).toBe(0.7)
      expect(tools).toMatchObject([{ type: 'function', function: { name: 'web_search' } }])
    }
    const trace = (await stage.app.client.getTrace({ params: { trace_id } })).body
    expect(trace).toMatchObject({ span_count: 4, status: 'ok', total_tokens: 24 })
    expect(Math.abs(trace.total_cost_usd - 2 * goldenCost(0.15, 0.6))).toBeLessThan(1e-12)
  })

  test("speaks Anthropic's blocks where Anthropic is asked (§7.2)", async () => {
    const { anthropic } = stage.fakes
    const asked = anthropic.requests.length
    const input = { code: 'x = 1' }
    const toolCall = { id: 'toolu_1', name: 'run_linter', arguments: input }
    anthropic.next(
      { type: 'reply', text: 'Let me see.', toolCalls: [toolCall] },
      { type: 'reply', text: 'Line 7 is wrong.' },
    )
    const frames = await follow({ scenario: 'code_reviewer' })
    const [, opened, called, tool, , answered] = frames
    expect(frames).toHaveLength(7)
    expect(attributesOf(called)).toMatchObject({
      'llm.completion': 'Let me see.',
      'llm.finish_reason': 'tool_use',
      'llm.tool_calls': JSON.stringify([{ id: 'toolu_1', name: 'run_linter', input }]),
    })
    const cost = Number(attributesOf(called)['llm.cost_usd'])
    expect(Math.abs(cost - goldenCost(1, 5))).toBeLessThan(1e-12)
    expect(attributesOf(tool)).toMatchObject({
      'tool.name': 'run_linter',
      'tool.input': JSON.stringify(input),
    })
    const conversation = JSON.parse(String(attributesOf(opened)['llm.prompt']))
    const [system, user] = conversation
    expect(conversation).toEqual([
      { role: 'system', content: expect.stringContaining('run_linter') },
      { role: 'user', content: expect.stringContaining('totl') },
    ])
    const spoken = [
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Let me see.' },
          { type: 'tool_use', id: 'toolu_1', name: 'run_linter', input },
        ],
      },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 'toolu_1',
            content: attributesOf(tool)['tool.output'],
          },
        ],
      },
    ]
    const prompt = JSON.parse(String(attributesOf(answered)['llm.prompt']))
    expect(prompt).toEqual([system, user, ...spoken])
    const [first, second] = anthropic.requests.slice(asked).map(({ body }) => body)
    for (const body of [first, second]) {
      expect(JSON.stringify(body?.['system'])).toContain('run_linter')
      expect(body).toMatchObject({ temperature: 0.7, tools: [{ name: 'run_linter' }] })
    }
    expect(second).toMatchObject({ messages: [{ role: 'user' }, ...spoken] })
  })

  test.each(['google', 'ollama'] as const)('works on %s as well', async (kind) => {
    const fake = stage.fakes[kind]
    const asked = fake.requests.length
    const flights = { from_city: 'San Francisco', to_city: 'Tokyo', dates: 'April' }
    const hotels = { city: 'Tokyo', dates: 'April' }
    fake.next(
      {
        type: 'reply',
        toolCalls: [
          { name: 'search_flights', arguments: flights },
          { name: 'search_hotels', arguments: hotels },
        ],
      },
      { type: 'reply', text: 'Fly on Friday.' },
    )
    const model = stageModels[kind]
    const frames = await follow({ scenario: 'trip_planner', model })
    expect(storyOf(frames)).toEqual([
      'agent_step Trip Planner unset',
      `llm_call ${model} unset`,
      `llm_call ${model} ok`,
      'tool_use search_flights ok',
      'tool_use search_hotels ok',
      `llm_call ${model} unset`,
      `llm_call ${model} ok`,
      'agent_step Trip Planner ok',
    ])
    expect(JSON.parse(String(attributesOf(frames[3])['tool.input']))).toEqual(flights)
    expect(attributesOf(frames[6])['llm.completion']).toBe('Fly on Friday.')
    const [first, second] = fake.requests.slice(asked).map(({ text }) => text)
    expect(first).toContain('search_hotels')
    expect(first).not.toContain('Yanaka')
    expect(second).toContain('Yanaka')
    expect(fake.requests.slice(asked).map(({ refused }) => refused)).toEqual([null, null])
  })

  test('ends well after five steps, whatever the model still wants', async () => {
    const { openai } = stage.fakes
    const asked = openai.requests.length
    const again = { type: 'reply', toolCalls: [{ name: 'oracle', arguments: {} }] } as const
    openai.next(again, again, again, again, again)
    const frames = await follow({ scenario: 'research_assistant' })
    const story = storyOf(frames)
    expect(openai.requests.length - asked).toBe(5)
    expect(story.filter((line) => line === 'tool_use oracle ok')).toHaveLength(5)
    expect(story.slice(-2)).toEqual(['tool_use oracle ok', 'agent_step Research Assistant ok'])
    expect(attributesOf(frames.at(-2))['tool.output']).toBe(
      JSON.stringify({ result: 'Simulated result for oracle' }, null, 2),
    )
  })

  test('ends where the provider fails, with its reason in the trace alone', async () => {
    stage.fakes.openai.next(
      { type: 'reply', toolCalls: [{ name: 'web_search', arguments: { query: 'x' } }] },
      { type: 'raw', status: 400, body: `no ${'x'.repeat(300)}` },
    )
    const frames = await follow({ scenario: 'research_assistant' })
    expect(storyOf(frames).slice(-2)).toEqual([
      'llm_call gpt-4o-mini error',
      'agent_step Research Assistant error',
    ])
    const [call, root] = frames.slice(-2).map(spanOf)
    const message = `OpenAI API error 400: no ${'x'.repeat(300)}`.slice(0, 200)
    expect([call?.['error_message'], root?.['error_message']]).toEqual([message, message])
    expect(attributesOf(frames.at(-2))).not.toHaveProperty('llm.temperature')
    expect(attributesOf(frames.at(-2))).not.toHaveProperty('llm.finish_reason')
  })

  test('is one of at most eight, and makes room when it is stopped', async () => {
    const { openai } = stage.fakes
    const asked = openai.requests.length
    const closed = openai.requests.filter(isClosed).length
    openai.always({ type: 'hang' })
    const body = { scenario: 'trip_planner' }
    const runs: string[] = []
    for (let index = 0; index < 8; index += 1) {
      runs.push((await stage.app.client.runDemo({ body })).body.trace_id)
    }
    await openai.untilAsked(asked + 8)
    const refused = await sendJson(stage.app.url, { path: '/v1/demo/run', value: body })
    expect(refused.status).toBe(429)
    expect(JSON.parse(refused.text)).toEqual({ detail: expect.stringContaining('8') })

    using live = await LiveClient.open(stage.app.url)
    for (const trace_id of runs) await stage.app.client.cancelDemo({ params: { trace_id } })
    await openai.untilClosed(closed + 8)
    openai.always({ type: 'reply' })
    const frames = await live.until((all) => all.length >= 16)
    expect(storyOf(frames)).toEqual(
      runs.flatMap(() => ['llm_call gpt-4o-mini error', 'agent_step Trip Planner error']),
    )
    expect(storyOf(await follow(body)).at(-1)).toBe('agent_step Trip Planner ok')
  })

  test('can be stopped by no key that may not run models', async () => {
    stage.fakes.openai.next({ type: 'hang' })
    const { trace_id } = (await stage.app.client.runDemo({ body: { scenario: 'trip_planner' } }))
      .body
    const params = { trace_id }
    const headers = { 'x-api-key': await stage.app.createKey('traces:read', 'traces:write') }
    await expect(stage.app.client.cancelDemo({ params, headers })).rejects.toMatchObject({
      status: 403,
    })
    expect((await stage.app.client.cancelDemo({ params })).body.cancelled).toBe(true)
  })
})

function isClosed({ closedByClientAt }: { readonly closedByClientAt: number | null }): boolean {
  return closedByClientAt !== null
}

describe('When the server stops', () => {
  test('the agents at work are stopped and their spans closed', async () => {
    await using dir = await temporaryDir()
    const settings = { dataDir: join(dir.path, 'data') }
    const kind: FakeProviderKind = 'openai'
    const stage = await startModelStage({ settings })
    const fake = stage.fakes[kind]
    fake.always({ type: 'hang' })
    const body = { scenario: 'research_assistant' }
    const { trace_id } = (await stage.app.client.runDemo({ body })).body
    await fake.untilAsked(1)
    await stage.app.stop()
    await fake.untilClosed(1)
    await stage[Symbol.asyncDispose]()

    await using again = await startModelStage({ settings })
    const { spans, status } = (await again.app.client.getTrace({ params: { trace_id } })).body
    expect(status).toBe('error')
    expect(spans.map(({ status, end_time }) => [status, end_time !== null])).toEqual([
      ['error', true],
      ['error', true],
    ])
    expect(spans[1]?.attributes).toMatchObject({ 'llm.error_kind': 'cancelled' })
  })
})

async function temporaryDir() {
  const path = await mkdtemp(join(tmpdir(), 'pharos-demo-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
