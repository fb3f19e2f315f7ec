/** Attributes as the real packages wrote them, one fixture per dialect. */
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { mapSpan, type Mapping } from './index.ts'

interface RecordedSpan {
  readonly name: string
  readonly attributes: Readonly<Record<string, unknown>>
}

type Tracer = 'gen-ai' | 'openinference' | 'ai-sdk-6' | 'ai-sdk-7' | 'traceloop' | 'langfuse'

async function recorded(tracer: Tracer): Promise<readonly RecordedSpan[]> {
  const url = new URL(`fixtures/${tracer}.json`, import.meta.url)
  return JSON.parse(await readFile(url, 'utf8')) as readonly RecordedSpan[]
}

async function mappingsOf(tracer: Tracer): Promise<readonly (Mapping & { name: string })[]> {
  const spans = await recorded(tracer)
  return spans.map(({ name, attributes }) => ({ name, ...mapSpan(name, attributes) }))
}

/** The call of every fixture's first span, under Beacon's names. */
const goldenCall = {
  'llm.provider': 'openai',
  'llm.model': 'gpt-4o-mini',
  'llm.prompt': JSON.stringify([
    { role: 'system', content: 'You are terse.' },
    { role: 'user', content: 'Say hello.' },
  ]),
  'llm.completion': 'Hello there!',
  'llm.finish_reason': 'stop',
  'llm.temperature': 0.5,
  'llm.max_tokens': 64,
  'llm.tokens.input': 10,
  'llm.tokens.output': 2,
  'llm.tokens.total': 12,
  'llm.tokens.cache_read': 4,
  'llm.tokens.reasoning': 1,
}

const without = (...keys: readonly (keyof typeof goldenCall)[]) =>
  Object.fromEntries(
    Object.entries(goldenCall).filter(([key]) => !keys.some((left) => left === key)),
  )

test.each([
  { tracer: 'gen-ai', expected: goldenCall },
  // The span has `llm.finish_reason` itself.
  { tracer: 'openinference', expected: without('llm.finish_reason') },
  { tracer: 'ai-sdk-6', expected: { ...goldenCall, 'agent.framework': 'vercel-ai' } },
  { tracer: 'ai-sdk-7', expected: { ...goldenCall, 'agent.framework': 'vercel-ai' } },
  // Traceloop's instrumentation of OpenAI drops the parts of the usage.
  { tracer: 'traceloop', expected: without('llm.tokens.cache_read', 'llm.tokens.reasoning') },
  // Langfuse has no word for the provider nor for the finish reason.
  { tracer: 'langfuse', expected: without('llm.provider', 'llm.finish_reason') },
] as const)('the golden call of $tracer is one and the same call', async ({ tracer, expected }) => {
  const [first] = await mappingsOf(tracer)
  expect(first).toEqual({ name: first?.name, spanType: 'llm_call', attributes: expected })
})

test.each([
  {
    tracer: 'openinference',
    types: ['llm_call', 'llm_call', 'llm_call', 'llm_call'],
  },
  {
    tracer: 'ai-sdk-7',
    types: [
      'llm_call',
      'agent_step',
      'agent_step',
      'llm_call',
      'tool_use',
      'agent_step',
      'llm_call',
      'agent_step',
      'agent_step',
      'llm_call',
      'llm_call',
    ],
  },
  {
    tracer: 'ai-sdk-6',
    types: [
      'llm_call',
      'agent_step',
      'llm_call',
      'agent_step',
      'tool_use',
      'llm_call',
      'llm_call',
      'agent_step',
      'llm_call',
      'chain',
    ],
  },
  {
    tracer: 'traceloop',
    types: ['llm_call', 'chain', 'llm_call', 'tool_use', 'llm_call', 'agent_step'],
  },
  {
    tracer: 'langfuse',
    types: ['llm_call', 'custom', 'llm_call', 'llm_call', 'tool_use', 'chain', 'agent_step'],
  },
] as const)('every span of $tracer gets its type', async ({ tracer, types }) => {
  const mappings = await mappingsOf(tracer)
  expect(mappings.map(({ spanType }) => spanType)).toEqual(types)
})

test('only model calls have tokens, and each call has them once', async () => {
  for (const tracer of ['ai-sdk-6', 'ai-sdk-7', 'traceloop', 'langfuse'] as const) {
    for (const { spanType, attributes } of await mappingsOf(tracer)) {
      const tokens = Object.keys(attributes).filter((key) => key.startsWith('llm.'))
      if (spanType !== 'llm_call') expect(tokens).toEqual([])
    }
  }
  const embeddings = (await mappingsOf('ai-sdk-7')).slice(-2)
  expect(embeddings.map(({ attributes }) => attributes['llm.tokens.total'])).toEqual([
    10,
    undefined,
  ])
})

test('an embedding writes no tokens', async () => {
  const spans = [...(await mappingsOf('ai-sdk-6')), ...(await mappingsOf('langfuse'))]
  const embeddings = spans.filter(({ name }) => ['ai.embed.doEmbed', 'embed'].includes(name))
  expect(embeddings).toHaveLength(2)
  for (const { attributes } of embeddings) {
    expect(attributes).toMatchObject({
      'llm.model': 'text-embedding-3-small',
      'llm.prompt': '[{"role":"user","content":"Hello"}]',
      'llm.tokens.input': 10,
      'llm.tokens.output': 0,
      'llm.tokens.total': 10,
    })
  }
})

test.each(['openinference', 'ai-sdk-6', 'ai-sdk-7', 'traceloop', 'langfuse'] as const)(
  'a tool call of %s reads as OpenAI writes it',
  async (tracer) => {
    const [calling] = (await mappingsOf(tracer)).filter(
      ({ attributes }) => attributes['llm.tool_calls'],
    )
    expect(JSON.parse(String(calling?.attributes['llm.tool_calls']))).toEqual([
      {
        id: 'call_1',
        type: 'function',
        function: { name: 'weather', arguments: '{"city":"Oslo"}' },
      },
    ])
    expect(calling?.attributes).not.toHaveProperty('llm.completion')
  },
)

test.each(['openinference', 'ai-sdk-6', 'ai-sdk-7', 'traceloop'] as const)(
  'the conversation after a tool call of %s can be sent to OpenAI again',
  async (tracer) => {
    const conversations = (await mappingsOf(tracer))
      .map(({ attributes }) => JSON.parse(String(attributes['llm.prompt'] ?? '[]')) as unknown[])
      .filter((messages) => messages.length === 3)
    expect(conversations).toHaveLength(1)
    expect(conversations[0]?.slice(1)).toEqual([
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          {
            id: 'call_1',
            type: 'function',
            function: { name: 'weather', arguments: '{"city":"Oslo"}' },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: '{"celsius":7}' },
    ])
  },
)

test('images stay in the conversation', async () => {
  const [, calling] = await mappingsOf('openinference')
  const [message] = JSON.parse(String(calling?.attributes['llm.prompt'])) as { content: unknown }[]
  expect(message?.content).toEqual([
    { type: 'text', text: 'How warm is it in Oslo?' },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
  ])
})

test('tools tell what went in and came out', async () => {
  for (const tracer of ['ai-sdk-6', 'ai-sdk-7', 'langfuse'] as const) {
    const [tool] = (await mappingsOf(tracer)).filter(({ spanType }) => spanType === 'tool_use')
    expect(tool?.attributes).toMatchObject({
      'tool.name': 'weather',
      'tool.input': '{"city":"Oslo"}',
      'tool.output': '{"celsius":7}',
    })
  }
})

test('steps and chains tell what went in and came out', async () => {
  const [, workflow, , , , agent] = await mappingsOf('traceloop')
  expect(workflow?.attributes['chain.input']).toBe('{"args":[],"kwargs":{}}')
  expect(agent?.attributes).toMatchObject({
    'agent.step_name': 'forecaster',
    'agent.output': '"warm"',
  })
  const [, generate] = await mappingsOf('ai-sdk-6')
  expect(generate?.attributes).toMatchObject({ 'agent.output': 'Hello there!' })
})

test("only Langfuse's own cost is taken for the cost", async () => {
  const costs = (await mappingsOf('langfuse')).map(({ attributes }) => attributes['llm.cost_usd'])
  expect(costs.filter((cost) => cost !== undefined)).toEqual([0.0000022])
})
