import fc from 'fast-check'
import type { ContentPart, Message } from '../../src/features/completion/request.ts'

const text = fc.oneof(fc.string(), fc.constantFrom('Grüße', '{"a":1}', '\ud800', ''))
const signature = fc.constantFrom('EqQB==', 'CvcB==')

const textPart = fc.record<ContentPart & { type: 'text' }>({ type: fc.constant('text'), text })
const signedText: fc.Arbitrary<ContentPart> = fc.record({
  type: fc.constant('text' as const),
  text,
  signature,
})
const image: fc.Arbitrary<ContentPart> = fc.record(
  {
    type: fc.constant('image' as const),
    image: fc.oneof(
      fc.record({ kind: fc.constant('url' as const), url: fc.webUrl() }),
      fc.record({
        kind: fc.constant('bytes' as const),
        mediaType: fc.constantFrom('image/png', 'image/svg+xml;charset=utf-8'),
        base64: fc.base64String(),
      }),
    ),
    detail: fc.constantFrom('low', 'auto'),
  },
  { requiredKeys: ['type', 'image'] },
)
const thinking: fc.Arbitrary<ContentPart> = fc.oneof(
  fc.record(
    { type: fc.constant('reasoning' as const), text, signature },
    { requiredKeys: ['type', 'text'] },
  ),
  fc.record({
    type: fc.constant('reasoning' as const),
    text: fc.constant(''),
    signature,
    isRedacted: fc.constant(true),
  }),
)
const call: fc.Arbitrary<ContentPart> = fc.record(
  {
    type: fc.constant('tool-call' as const),
    id: fc.string({ minLength: 1 }),
    name: fc.string(),
    argumentsText: fc.oneof(text, fc.json()),
    signature,
  },
  { requiredKeys: ['type', 'id', 'name', 'argumentsText'] },
)
const result: fc.Arbitrary<ContentPart> = fc.record(
  {
    type: fc.constant('tool-result' as const),
    id: fc.string({ minLength: 1 }),
    name: fc.string({ minLength: 1 }),
    text,
    isError: fc.constant(true),
  },
  { requiredKeys: ['type', 'id', 'text'] },
)

const parts = (...kinds: fc.Arbitrary<ContentPart>[]) =>
  fc.array(fc.oneof(...kinds), { minLength: 1, maxLength: 4 })

const spoken = fc
  .tuple(parts(textPart, signedText, thinking), fc.array(call, { maxLength: 3 }))
  .map(([said, calls]) => [...said, ...calls])

const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ role: fc.constant('system' as const), content: parts(textPart) }),
  fc.record({ role: fc.constant('user' as const), content: parts(textPart, image) }),
  fc.record({ role: fc.constant('assistant' as const), content: spoken }),
  fc.record({ role: fc.constant('assistant' as const), content: fc.array(call, { minLength: 1 }) }),
  fc.record({ role: fc.constant('tool' as const), content: fc.tuple(result) }),
)

/** Conversations as the core has them: each role holds what it may, calls come after text. */
export const arbitraryMessages: fc.Arbitrary<Message[]> = fc.array(message, { maxLength: 6 })
