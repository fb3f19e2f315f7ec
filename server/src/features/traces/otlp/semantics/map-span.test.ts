import { expect, test } from 'vitest'
import { mapSpan } from './index.ts'

const plain = {
  'http.request.method': 'POST',
  'url.full': 'http://api.openai.com/v1/chat/completions',
  'db.system': 'sqlite',
  'llm.model': 'gpt-4o-mini',
  'otel.scope.name': 'http',
  'otel.events': [{ name: 'gen_ai.choice', time: 1, attributes: { message: 'Hi' } }],
}

test('a span of no dialect is custom and stays as it is', () => {
  expect(mapSpan('POST', plain)).toEqual({ spanType: 'custom', attributes: {} })
  expect(mapSpan('', {})).toEqual({ spanType: 'custom', attributes: {} })
})

test.each([
  ['chat', 'llm_call'],
  ['Chat', 'llm_call'],
  ['text_completion', 'llm_call'],
  ['generate_content', 'llm_call'],
  ['embeddings', 'llm_call'],
  ['execute_tool', 'tool_use'],
  ['invoke_agent', 'agent_step'],
  ['create_agent', 'agent_step'],
  ['invoke_workflow', 'chain'],
  ['something_else', 'custom'],
  ['toString', 'custom'],
] as const)('the operation %s is a %s', (operation, spanType) => {
  expect(mapSpan('x', { 'gen_ai.operation.name': operation }).spanType).toBe(spanType)
})

test.each([
  ['LLM', 'llm_call'],
  ['EMBEDDING', 'llm_call'],
  ['CHAIN', 'chain'],
  ['AGENT', 'agent_step'],
  ['TOOL', 'tool_use'],
  ['RETRIEVER', 'tool_use'],
  ['RERANKER', 'tool_use'],
  ['UNKNOWN', 'custom'],
] as const)("OpenInference's kind %s is a %s", (kind, spanType) => {
  expect(mapSpan('x', { 'openinference.span.kind': kind }).spanType).toBe(spanType)
})

test('without an operation a model makes a call and the name of a tool a tool', () => {
  expect(mapSpan('x', { 'gen_ai.request.model': 'm' }).spanType).toBe('llm_call')
  expect(mapSpan('x', { 'gen_ai.usage.input_tokens': 3 }).spanType).toBe('llm_call')
  expect(mapSpan('x', { 'gen_ai.tool.name': 't' }).spanType).toBe('tool_use')
  expect(mapSpan('x', { 'gen_ai.agent.name': 'a' }).spanType).toBe('custom')
})

test('a tool that nobody named has the name of its span', () => {
  const retrieval = { 'openinference.span.kind': 'RETRIEVER', 'input.value': 'warm?' }
  expect(mapSpan('search', retrieval).attributes).toEqual({
    'tool.name': 'search',
    'tool.input': 'warm?',
  })
})

test('the model that answered goes before the model that was asked', () => {
  const { attributes } = mapSpan('x', {
    'gen_ai.request.model': 'gpt-4o-mini',
    'gen_ai.response.model': 'gpt-4o-mini-2024-07-18',
  })
  expect(attributes['llm.model']).toBe('gpt-4o-mini-2024-07-18')
})

test('what the span says itself is not said again', () => {
  const { attributes } = mapSpan('x', {
    'openinference.span.kind': 'LLM',
    'llm.provider': 'azure',
    'llm.system': 'openai',
    'llm.model': 'mine',
    'llm.model_name': 'gpt-4o-mini',
    'llm.finish_reason': 'stop',
  })
  expect(attributes).toEqual({})
})

test('a span that speaks several dialects is one call with one usage', () => {
  const { spanType, attributes } = mapSpan('x', {
    'langfuse.observation.type': 'generation',
    'langfuse.observation.usage_details': '{"input":6,"input_cached_tokens":4,"output":2}',
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4o-mini',
    'gen_ai.usage.input_tokens': 100,
    'gen_ai.usage.output_tokens': 200,
    'gen_ai.usage.reasoning.output_tokens': 1,
  })
  expect(spanType).toBe('llm_call')
  expect(attributes).toEqual({
    'llm.provider': 'openai',
    'llm.model': 'gpt-4o-mini',
    'llm.tokens.input': 10,
    'llm.tokens.output': 2,
    'llm.tokens.total': 12,
    'llm.tokens.cache_read': 4,
    'llm.tokens.reasoning': 1,
  })
})

test("Langfuse's default type gives way to what another tracer says", () => {
  const span = { 'langfuse.observation.type': 'span' }
  expect(mapSpan('x', span).spanType).toBe('chain')
  expect(mapSpan('x', { ...span, 'openinference.span.kind': 'LLM' }).spanType).toBe('llm_call')
})

test('a wrapper has no usage, whatever it carries', () => {
  const usage = { 'gen_ai.usage.input_tokens': 10, 'gen_ai.usage.output_tokens': 2 }
  const wrappers = [
    { 'gen_ai.operation.name': 'invoke_agent', ...usage },
    { 'ai.operationId': 'ai.streamText', 'ai.usage.inputTokens': 10, ...usage },
    { 'traceloop.span.kind': 'workflow', 'llm.usage.total_tokens': 12, ...usage },
    { 'traceloop.span.kind': 'task', ...usage },
    { 'openinference.span.kind': 'CHAIN', 'llm.token_count.prompt': 10 },
    { 'langfuse.observation.type': 'agent', 'langfuse.observation.cost_details': '{"total":1}' },
  ]
  for (const wrapper of wrappers) {
    const { spanType, attributes } = mapSpan('x', wrapper)
    expect(['agent_step', 'chain']).toContain(spanType)
    expect(Object.keys(attributes).filter((key) => key.startsWith('llm.'))).toEqual([])
  }
})

test('older attributes of Traceloop, one per leaf of a message, are a conversation', () => {
  const { spanType, attributes } = mapSpan('openai.chat', {
    'llm.request.type': 'chat',
    'gen_ai.system': 'OpenAI',
    'gen_ai.request.model': 'gpt-4o-mini',
    'gen_ai.prompt.0.role': 'system',
    'gen_ai.prompt.0.content': 'You are terse.',
    'gen_ai.prompt.1.role': 'user',
    'gen_ai.prompt.1.content': '[{"type":"text","text":"Say hello."}]',
    'gen_ai.prompt.10.role': 'tool',
    'gen_ai.prompt.10.tool_call_id': 'call_1',
    'gen_ai.prompt.10.content': '7',
    'gen_ai.prompt.2.role': 'assistant',
    'gen_ai.prompt.2.tool_calls.0.id': 'call_1',
    'gen_ai.prompt.2.tool_calls.0.name': 'weather',
    'gen_ai.prompt.2.tool_calls.0.arguments': '{"city":"Oslo"}',
    'gen_ai.completion.0.role': 'assistant',
    'gen_ai.completion.0.content': 'Hello there!',
    'gen_ai.completion.0.finish_reason': 'stop',
    'gen_ai.usage.prompt_tokens': 10,
    'gen_ai.usage.completion_tokens': 2,
    'gen_ai.usage.cache_read_input_tokens': 4,
    'llm.usage.total_tokens': 12,
  })
  expect(spanType).toBe('llm_call')
  expect(JSON.parse(String(attributes['llm.prompt']))).toEqual([
    { role: 'system', content: 'You are terse.' },
    { role: 'user', content: 'Say hello.' },
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
    { role: 'tool', tool_call_id: 'call_1', content: '7' },
  ])
  expect(attributes).toMatchObject({
    'llm.provider': 'openai',
    'llm.completion': 'Hello there!',
    'llm.finish_reason': 'stop',
    'llm.tokens.input': 10,
    'llm.tokens.total': 12,
    'llm.tokens.cache_read': 4,
  })
})

test("OpenInference's plain prompts and choices are a conversation", () => {
  const { attributes } = mapSpan('complete', {
    'openinference.span.kind': 'LLM',
    'llm.prompts.0.prompt.text': 'Say hello.',
    'llm.choices.0.completion.text': 'Hello there!',
  })
  expect(attributes).toEqual({
    'llm.prompt': '[{"role":"user","content":"Say hello."}]',
    'llm.completion': 'Hello there!',
  })
})

const event = (name: string, attributes: object) => ({ name, time: 1, attributes })

test.each([
  {
    form: 'attributes of the event',
    events: [
      event('gen_ai.system.message', { content: 'You are terse.' }),
      event('gen_ai.user.message', { content: 'Say hello.' }),
      event('gen_ai.choice', { index: 0, finish_reason: 'stop', message: 'Hello there!' }),
    ],
  },
  {
    form: 'a body of JSON',
    events: [
      event('gen_ai.system.message', { 'gen_ai.event.content': '{"content":"You are terse."}' }),
      event('gen_ai.user.message', { 'gen_ai.event.content': '{"content":"Say hello."}' }),
      event('gen_ai.choice', {
        'gen_ai.event.content':
          '{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Hello there!"}}',
      }),
    ],
  },
  {
    form: 'parts as JSON text',
    events: [
      event('gen_ai.system.message', { content: '[{"text":"You are terse."}]' }),
      event('gen_ai.user.message', { content: '[{"text":"Say hello."}]' }),
      event('gen_ai.choice', { finish_reason: 'stop', message: '[{"text":"Hello there!"}]' }),
    ],
  },
  {
    form: 'one event for all messages',
    events: [
      event('gen_ai.content.prompt', {
        'gen_ai.prompt':
          '[{"role":"system","content":"You are terse."},{"role":"user","content":"Say hello."}]',
      }),
      event('gen_ai.content.completion', {
        'gen_ai.completion':
          '[{"role":"assistant","content":"Hello there!","finish_reason":"stop"}]',
      }),
    ],
  },
  {
    form: 'operation details',
    events: [
      event('exception', { 'exception.message': 'x' }),
      event('gen_ai.client.inference.operation.details', {
        'gen_ai.system_instructions': '[{"type":"text","content":"You are terse."}]',
        'gen_ai.input.messages': [
          { role: 'user', parts: [{ type: 'text', content: 'Say hello.' }] },
        ],
        'gen_ai.output.messages':
          '[{"role":"assistant","parts":[{"type":"text","content":"Hello there!"}],"finish_reason":"stop"}]',
      }),
    ],
  },
])('span events in the form "$form" are the conversation', ({ events }) => {
  const { attributes } = mapSpan('chat', {
    'gen_ai.operation.name': 'chat',
    'otel.events': events,
  })
  expect(attributes).toEqual({
    'llm.prompt':
      '[{"role":"system","content":"You are terse."},{"role":"user","content":"Say hello."}]',
    'llm.completion': 'Hello there!',
    'llm.finish_reason': 'stop',
  })
})

test('events inside an attribute are read like span events', () => {
  const { attributes } = mapSpan('chat', {
    'gen_ai.operation.name': 'chat',
    events: JSON.stringify([
      { 'event.name': 'gen_ai.user.message', content: 'Say hello.', role: 'user' },
      { 'event.name': 'gen_ai.choice', message: { role: 'assistant', content: 'Hello there!' } },
    ]),
  })
  expect(attributes).toEqual({
    'llm.prompt': '[{"role":"user","content":"Say hello."}]',
    'llm.completion': 'Hello there!',
  })
})

test.each([
  [{ 'otel.scope.name': '@traceloop/instrumentation-langchain' }, 'langchain'],
  [{ 'otel.scope.name': 'openinference.instrumentation.crewai' }, 'crewai'],
  [{ 'otel.scope.name': 'openinference.instrumentation.llama_index' }, 'llamaindex'],
  [{ 'gen_ai.system': 'autogen' }, 'autogen'],
  [{ 'gen_ai.provider.name': 'strands-agents' }, 'strands-agents'],
  [{ 'ai.operationId': 'ai.generateText' }, 'vercel-ai'],
  [{ 'otel.scope.name': 'my.own.scope' }, undefined],
] as const)('the framework of %o is %s', (attributes, framework) => {
  const span = { 'gen_ai.operation.name': 'invoke_agent', ...attributes }
  expect(mapSpan('x', span).attributes['agent.framework']).toBe(framework)
})

test.each([
  ['openai.chat', 'openai'],
  ['OpenAI', 'openai'],
  ['anthropic.messages', 'anthropic'],
  ['google.generative-ai', 'google'],
  ['gcp.vertex_ai', 'google'],
  ['azure.ai.openai', 'azure.ai.openai'],
  ['openai-compatible', 'openai-compatible'],
] as const)('the provider %s is shown as %s', (told, shown) => {
  const span = { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': told }
  expect(mapSpan('x', span).attributes['llm.provider']).toBe(shown)
})

test('a parameter may be numeric text; what is no number is unknown', () => {
  const { attributes } = mapSpan('x', {
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.temperature': '0.5',
    'gen_ai.request.max_tokens': 'many',
    'gen_ai.usage.input_tokens': '10',
    'gen_ai.usage.output_tokens': true,
    'gen_ai.response.finish_reasons': '["tool-calls"]',
  })
  expect(attributes).toEqual({
    'llm.temperature': 0.5,
    'llm.finish_reason': 'tool_calls',
    'llm.tokens.input': 10,
  })
})
