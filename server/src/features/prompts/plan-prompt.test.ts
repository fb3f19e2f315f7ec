import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planContent, planNextContent, type PromptChanges } from './plan-prompt.ts'
import type { PromptContent } from './prompt.ts'

const schema = fc.constantFrom(
  { type: 'string' },
  { type: 'object', properties: { a: { type: 'object' } } },
  { type: 'object', additionalProperties: false },
  { anyOf: [{ type: 'object' }, { type: 'null' }] },
)
const messages = fc.array(
  fc.record({ role: fc.constantFrom('system', 'user'), content: fc.constantFrom('a', 'b') }),
  { maxLength: 2 },
)
const changes: fc.Arbitrary<PromptChanges> = fc.record(
  {
    name: fc.constantFrom('n', 'm'),
    prompt: fc.constantFrom('p', 'q'),
    messages,
    schemaInput: schema,
    schemaResponse: schema,
    options: fc.constantFrom({}, { webSearch: true }, { escape: 'none' as const }),
  },
  { requiredKeys: [] },
)
const content: fc.Arbitrary<PromptContent> = changes.map((given) =>
  planContent({ name: 'n', prompt: 'p', ...given }),
)

/** What a client that read a version would send to get the same. */
function asSent(version: PromptContent): PromptChanges {
  return {
    name: version.name,
    prompt: version.prompt,
    messages: version.messages ?? [],
    ...(version.options && { options: version.options }),
    ...(version.schemaInput !== null && { schemaInput: JSON.parse(version.schemaInput) }),
    ...(version.schemaResponse !== null && { schemaResponse: JSON.parse(version.schemaResponse) }),
  }
}

/** Source: hypersigil contract §2.5. */
describe('Versions of prompts', () => {
  it('are not made by sending back what was read, nor by sending nothing', () => {
    fc.assert(
      fc.property(content, (current) => {
        expect(planNextContent(current, asSent(current))).toBeUndefined()
        expect(planNextContent(current, {})).toBeUndefined()
      }),
    )
  })

  it('hold what was sent, inherit all else but schemas, and settle', () => {
    fc.assert(
      fc.property(content, changes, (current, sent) => {
        const next = planNextContent(current, sent)
        if (next === undefined) return
        expect(next.name).toBe(sent.name ?? current.name)
        expect(next.options).toEqual(sent.options ?? current.options)
        expect(next.schemaInput === null).toBe(sent.schemaInput === undefined)
        expect(next.schemaResponse === null).toBe(sent.schemaResponse === undefined)
        expect(planNextContent(next, asSent(next))).toBeUndefined()
      }),
    )
  })

  it('have the text of their messages as their text', () => {
    fc.assert(
      fc.property(content, changes, (current, sent) => {
        const next = planNextContent(current, sent) ?? current
        const texts = next.messages?.map((message) => message.content)
        if (texts) expect(next.prompt).toBe(texts.join('\n\n'))
        expect(next.prompt).not.toBe('')
      }),
    )
  })

  it('close every object of a schema once, as the last member', () => {
    const open = {
      type: 'object',
      properties: { a: { type: 'object', additionalProperties: true } },
    }
    const { schemaInput } = planContent({ name: 'n', prompt: 'p', schemaInput: open })
    expect(schemaInput).toBe(
      '{"type":"object","properties":{"a":{"type":"object","additionalProperties":true}},"additionalProperties":false}',
    )
  })

  it('are made again by a schema as it was before it was closed', () => {
    const open = { type: 'object' }
    const current = planContent({ name: 'n', prompt: 'p', schemaInput: open })
    expect(planNextContent(current, { schemaInput: open })).toMatchObject(current)
  })

  it('lose their messages with a new text, and keep them with a new name', () => {
    const messages = [{ role: 'user', content: 'a' }] as const
    const current = planContent({ name: 'n', messages })
    expect(planNextContent(current, { name: 'm', prompt: 'a' })).toMatchObject({ messages })
    expect(planNextContent(current, { prompt: 'b' })).toMatchObject({ messages: null, prompt: 'b' })
    expect(planNextContent(current, { messages: [] })).toMatchObject({
      messages: null,
      prompt: 'a',
    })
  })
})
