import { describe, expect, it } from 'vitest'
import { foldPart, foldParts, startFold, toReply } from './fold-parts.ts'
import type { CompletionPart } from './part.ts'

const usage = {
  inputTokens: 3,
  outputTokens: 2,
  cacheReadTokens: null,
  cacheWriteTokens: null,
  reasoningTokens: null,
}
const text = (said: string): CompletionPart => ({ type: 'text-delta', text: said })

const parts: readonly CompletionPart[] = [
  { type: 'start', model: 'm', id: null },
  { type: 'reasoning-delta', text: 'Hm' },
  { type: 'reasoning-delta', text: '.' },
  { type: 'reasoning-delta', text: '', signature: 's' },
  { type: 'reasoning-delta', text: 'Oh.' },
  text('A'),
  { type: 'token', text: 'A', logprob: -1 },
  text('B'),
  { type: 'tool-delta', index: 0, id: 'x', name: 'f', argumentsDelta: '{"a"' },
  { type: 'tool-delta', index: 1, id: 'y', name: 'g', argumentsDelta: '', signature: 't' },
  { type: 'tool-delta', index: 0, argumentsDelta: ':1}' },
  text('C'),
  { type: 'usage', usage: { ...usage, outputTokens: 1 } },
  { type: 'usage', usage },
]

describe('parts', () => {
  it('add up to a reply', () => {
    const end = { type: 'end', finishReason: 'stop', rawFinishReason: 'STOP' } as const
    expect(foldParts([...parts, end])).toEqual({
      text: 'ABC',
      reasoning: 'Hm.Oh.',
      toolCalls: [
        { id: 'x', name: 'f', argumentsText: '{"a":1}' },
        { id: 'y', name: 'g', argumentsText: '', signature: 't' },
      ],
      finishReason: 'stop',
      rawFinishReason: 'STOP',
      model: 'm',
      content: [
        { type: 'reasoning', text: 'Hm.', signature: 's' },
        { type: 'reasoning', text: 'Oh.' },
        { type: 'text', text: 'AB' },
        { type: 'tool-call', id: 'x', name: 'f', argumentsText: '{"a":1}' },
        { type: 'tool-call', id: 'y', name: 'g', argumentsText: '', signature: 't' },
        { type: 'text', text: 'C' },
      ],
    })
  })

  it('of other answers make texts of their own', () => {
    const other = (choice: number, said: string): CompletionPart => ({
      type: 'other-delta',
      choice,
      text: said,
    })
    const mixed = [text('A'), other(2, 'x'), text('B'), other(2, 'y'), other(3, 'z')]
    expect(foldParts(mixed)).toMatchObject({ text: 'AB', otherTexts: ['', 'xy', 'z'] })
    expect(foldParts(mixed).content).toEqual([{ type: 'text', text: 'AB' }])
    expect(foldParts([text('A')])).not.toHaveProperty('otherTexts')
  })

  it('that end in an error leave what came before', () => {
    const failure = { kind: 'transport', reason: 'gone' } as const
    const fold = [...parts, { type: 'error', failure } as const].reduce(foldPart, startFold())
    expect(toReply(fold)).toMatchObject({ text: 'ABC', finishReason: null, rawFinishReason: null })
    expect(fold.usage).toEqual(usage)
  })

  it('of which none says so leave the usage unknown', () => {
    expect(startFold().usage).toBeNull()
    expect(foldParts([])).toMatchObject({ text: '', model: null, content: [] })
  })

  it('leave an earlier fold as it was', () => {
    const early = parts.slice(0, 10).reduce(foldPart, startFold())
    const shown = structuredClone(early)
    parts.slice(10).reduce(foldPart, early)
    expect(early).toEqual(shown)
  })

  it('may be very many and of many kinds in turn', () => {
    const turns = 200_000
    let fold = startFold()
    for (let turn = 0; turn < turns; turn += 1) {
      fold = foldPart(fold, { type: 'reasoning-delta', text: 'r' })
      fold = foldPart(fold, text('t'))
    }
    const reply = toReply(fold)
    expect([reply.text.length, reply.reasoning.length]).toEqual([turns, turns])
    expect(reply.content).toHaveLength(2 * turns)
  })
})
