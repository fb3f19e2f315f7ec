import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import type { CallBatch, CompletionPart, StreamedAnswer } from '../../features/completion/index.ts'
import { ChatChunks } from './chat-chunks.ts'
import { eventStream } from './event-stream.ts'

const start: CompletionPart = { type: 'start', model: null, id: null }
const end: CompletionPart = { type: 'end', finishReason: 'stop', rawFinishReason: null }
const failure = { kind: 'unusable', reason: 'broke off', received: '' } as const
const encoder = new ChatChunks(
  { id: 'i', created: 1, model: 'm' },
  { hasUsage: false, hasLogprobs: false, isLegacy: false },
)

/** What is written for batches, a thrown error among them, and what the log heard. */
async function written(...said: (readonly CompletionPart[] | null | Error)[]) {
  const logged: object[] = []
  const log = { warn: () => {}, error: (details: object) => void logged.push(details) }
  async function* batches(): AsyncGenerator<CallBatch | null> {
    for (const one of said) {
      if (one instanceof Error) throw one
      yield one === null ? null : { events: [], parts: one }
    }
  }
  const answer = { batches: batches() } as unknown as StreamedAnswer
  return { text: await text(eventStream(answer, encoder, log)), logged }
}

describe('A stream of events', () => {
  it('ends with the mark, after everything was said', async () => {
    const { text: sent } = await written([start], [], [{ type: 'text-delta', text: 'a' }, end])
    expect(sent.split('\n\n')).toHaveLength(5)
    expect(sent.endsWith('"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')).toBe(true)
  })

  it('keeps the connection alive while nothing comes', async () => {
    const { text: sent } = await written([start], null, [end])
    expect(sent).toMatch(/^data: [^\n]+\n\n: ping\n\ndata: /)
  })

  it('has no mark after an error, which is told once', async () => {
    const { text: sent } = await written([start], [{ type: 'error', failure }], new Error('later'))
    expect(sent.match(/"error"/g)).toHaveLength(1)
    expect(sent).not.toContain('[DONE]')
  })

  it('that breaks tells the client that, and the log why', async () => {
    const bug = new TypeError('secret')
    const { text: sent, logged } = await written([start], bug)
    expect(logged).toEqual([{ err: bug }])
    expect(sent).toContain('"code":"server_error-internal"')
    expect(sent).not.toContain('secret')
    expect(sent).not.toContain('[DONE]')
  })

  it('that ends without a word about it is told as broken off', async () => {
    const { text: sent } = await written([start])
    expect(sent).toContain('"code":"server_error-stream_interrupted"')
    expect(sent).not.toContain('[DONE]')
  })
})
