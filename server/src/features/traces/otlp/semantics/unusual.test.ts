/** Whatever a span holds, it is mapped: in bounded size and without a throw. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { spanTypes } from '@pharos/contract/vocabulary.ts'
import { dialects, mapSpan } from './map-span.ts'
import { keysOf } from '../../../../../test/support/dialect-keys.ts'

const keys = [
  ...dialects.flatMap(keysOf).map((key) => key.replace('.N.', '.0.')),
  'otel.events',
  'events',
  'otel.scope.name',
  '__proto__',
  'llm.prompts.0',
  'ai.',
  `gen_ai.prompt.${'0.'.repeat(300)}0`,
]
const words = dialects.flatMap(({ operations }) =>
  operations.flatMap(({ operations: table }) => Object.keys(table)),
)
const names = [
  'role',
  'content',
  'parts',
  'type',
  'text',
  'message',
  'messages',
  'tool_calls',
  'name',
  'arguments',
  'image_url',
  'source',
  'attributes',
  'gen_ai.event.content',
  'prompt',
  'input',
]
const types = ['text', 'tool_call', 'tool-result', 'image', 'blob', 'reasoning', 'tool_use']

const { value } = fc.letrec((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom<unknown>(...words, ...types, 'user', 'gen_ai.choice', 'gen_ai.user.message'),
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.constantFrom<unknown>(null, undefined, 10n, Symbol('x'), () => 1, new Map(), NaN),
  ),
  list: fc.array(tie('value'), { maxLength: 4 }),
  object: fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 5 }),
  text: fc
    .jsonValue()
    .chain((json) => fc.constantFrom(JSON.stringify(json), JSON.stringify({ messages: [json] }))),
  told: tie('object').map((object) => jsonOf(object)),
  value: fc.oneof(
    { maxDepth: 5 },
    tie('leaf'),
    tie('list'),
    tie('object'),
    tie('text'),
    tie('told'),
  ),
}))

function jsonOf(given: unknown): string {
  return JSON.stringify(given, (_, inner: unknown) =>
    typeof inner === 'bigint' || typeof inner === 'symbol' ? String(inner) : inner,
  )
}

const spans = fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 25 })

test('no span makes it throw', () => {
  fc.assert(
    fc.property(fc.string(), spans, (name, attributes) => {
      const { spanType, attributes: mapped } = mapSpan(name, attributes)
      expect(spanTypes).toContain(spanType)
      for (const [key, told] of Object.entries(mapped)) {
        expect(Object.hasOwn(attributes, key)).toBe(false)
        expect(typeof told === 'string' || Number.isFinite(told)).toBe(true)
      }
    }),
    { numRuns: 2000 },
  )
})

test('the result is the same each time, and the span is left alone', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...keys), fc.jsonValue()), (attributes) => {
      const before = JSON.stringify(attributes)
      expect(mapSpan('x', attributes)).toEqual(mapSpan('x', attributes))
      expect(JSON.stringify(attributes)).toBe(before)
    }),
  )
})

test('values nested deeper than the stack are left out, not thrown', () => {
  const depth = 50_000
  const nests = [
    '['.repeat(depth) + ']'.repeat(depth),
    `${'{"content":'.repeat(depth)}1${'}'.repeat(depth)}`,
    `${'[{"type":"text","content":'.repeat(depth)}1${'}]'.repeat(depth)}`,
    `[{"role":"user","parts":[{"type":"tool_call","name":"x","arguments":${
      '['.repeat(depth) + ']'.repeat(depth)
    }}]}]`,
  ]
  for (const nest of nests) {
    const spoken = { 'gen_ai.output.messages': nest, 'gen_ai.response.tool_calls': nest }
    const span = { 'gen_ai.operation.name': 'chat', 'gen_ai.input.messages': nest, ...spoken }
    expect(() => mapSpan('x', span)).not.toThrow()
    expect(() => mapSpan('x', { ...span, 'gen_ai.operation.name': 'invoke_agent' })).not.toThrow()
  }
})

test('a huge text is held once', () => {
  const text = 'x'.repeat(200_000)
  const spoken = [
    {
      'gen_ai.operation.name': 'chat',
      'gen_ai.input.messages': JSON.stringify([{ role: 'user', content: text }]),
    },
    {
      'openinference.span.kind': 'LLM',
      'input.value': JSON.stringify({ messages: [{ role: 'user', content: text }] }),
      'llm.input_messages.0.message.role': 'user',
      'llm.input_messages.0.message.content': text,
    },
    { 'traceloop.span.kind': 'workflow', 'traceloop.entity.input': text },
    { 'langfuse.observation.type': 'tool', 'langfuse.observation.input': text },
    { 'ai.operationId': 'ai.generateText', 'ai.prompt': text, 'ai.prompt.messages': text },
  ]
  for (const attributes of spoken) {
    const size = JSON.stringify(mapSpan('x', attributes).attributes).length
    expect(size).toBeGreaterThan(text.length)
    expect(size).toBeLessThan(text.length + 1_000)
  }
})
