import Anthropic from '@anthropic-ai/sdk'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryParts } from '../../../test/support/arbitrary-parts.ts'
import type { CallBatch } from '../../features/completion/answer.ts'
import { foldParts } from '../../features/completion/fold-parts.ts'
import type { CompletionPart } from '../../features/completion/part.ts'
import { unknownUsage } from '../../features/pricing/index.ts'
import { messageStream } from './message-stream.ts'
import { toMessage } from './to-message.ts'

const facts = { id: 'msg_1', model: 'asked' }

async function* inBatches(batches: readonly (CallBatch | null)[]) {
  yield* batches
}

async function textOf(batches: AsyncIterable<CallBatch | null>, isNative: boolean) {
  const pieces: string[] = []
  const stream = messageStream({ batches, isNative, model: facts.model }, facts)
  for await (const piece of stream) pieces.push(piece)
  return pieces
}

/** What the official client makes of a streamed body. */
async function accumulated(text: string): Promise<unknown> {
  const client = new Anthropic({
    apiKey: 'none',
    maxRetries: 0,
    logLevel: 'off',
    fetch: async () =>
      new Response(text, { headers: { 'content-type': 'text/event-stream' }, status: 200 }),
  })
  const stream = client.messages.stream({ model: 'm', max_tokens: 1, messages: [] })
  return JSON.parse(JSON.stringify(await stream.finalMessage()))
}

function split(parts: readonly CompletionPart[], sizes: readonly number[]): (CallBatch | null)[] {
  const batches: (CallBatch | null)[] = []
  let at = 0
  for (const size of [...sizes, parts.length]) {
    batches.push(size === 0 ? null : { events: [], parts: parts.slice(at, at + size) })
    at += size
  }
  return batches
}

describe('a stream of another dialect', () => {
  it('is to the official client the message that a whole reply would have been', async () => {
    const sizes = fc.array(fc.nat(3), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(arbitraryParts, sizes, async (parts, cuts) => {
        const text = (await textOf(inBatches(split(parts, cuts)), false)).join('')
        const usage = parts.findLast((part) => part.type === 'usage')?.usage ?? unknownUsage
        const whole = toMessage(facts, { reply: foldParts(parts), usage })
        expect(await accumulated(text)).toMatchObject({ ...whole })
      }),
      { numRuns: 60 },
    )
  })

  it('says in a ping that it is still on', async () => {
    expect(await textOf(inBatches([null]), false)).toEqual([
      'event: ping\ndata: {"type":"ping"}\n\n',
    ])
  })

  it('writes as one piece what came together', async () => {
    const parts: CompletionPart[] = [
      { type: 'start', model: 'm', id: null },
      { type: 'text-delta', text: 'a' },
      { type: 'text-delta', text: 'b' },
    ]
    const [piece = '', ...more] = await textOf(inBatches([{ events: [], parts }]), false)
    expect(more).toEqual([])
    expect(piece.match(/^event: /gmu)).toHaveLength(4)
  })

  it('tells a fault of our own without its detail, and passes it on to the log', async () => {
    const broken = (async function* (): AsyncGenerator<CallBatch> {
      yield { events: [], parts: [{ type: 'start', model: 'm', id: null }] }
      throw new Error('the disk is full')
    })()
    const stream = messageStream({ batches: broken, isNative: false, model: 'asked' }, facts)
    const { value: told } = await stream.next()
    expect(told).toContain('event: error\ndata: {"type":"error","error":{"type":"api_error"')
    expect(told).not.toContain('disk')
    await expect(stream.next()).rejects.toThrow('the disk is full')
  })

  it('lets go of the provider when its reader leaves', async () => {
    let isLeft = false
    const endless = (async function* (): AsyncGenerator<CallBatch> {
      try {
        for (;;) yield { events: [], parts: [{ type: 'text-delta', text: 'x' }] }
      } finally {
        isLeft = true
      }
    })()
    const stream = messageStream({ batches: endless, isNative: false, model: 'asked' }, facts)
    await stream.next()
    await stream.return()
    expect(isLeft).toBe(true)
  })
})

const startData =
  '{"type":"message_start","message":{"id":"msg_own","type":"message","role":"assistant",' +
  '"model":"claude-x","content":[],"future":{"a":1},"usage":{"input_tokens":3}}}'

describe("a stream of Anthropic's own", () => {
  it('goes on as it came but for the name of the model', async () => {
    const events = [
      { name: 'message_start', data: startData },
      { name: 'ping', data: '{"type": "ping"}' },
      { name: 'content_block_start', data: '{"type":"content_block_start","index":0,"new":[]}' },
      { name: null, data: '{"type":"unheard_of","x":1.50}' },
    ]
    expect(await textOf(inBatches([{ events, parts: [] }]), true)).toEqual([
      [
        `event: message_start\ndata: ${startData.replace('claude-x', 'asked')}\n\n`,
        'event: ping\ndata: {"type": "ping"}\n\n',
        'event: content_block_start\ndata: {"type":"content_block_start","index":0,"new":[]}\n\n',
        'event: unheard_of\ndata: {"type":"unheard_of","x":1.50}\n\n',
      ].join(''),
    ])
  })

  it('keeps data of several lines together', async () => {
    const events = [{ name: 'ping', data: '{"type":\n"ping"}' }]
    expect(await textOf(inBatches([{ events, parts: [] }]), true)).toEqual([
      'event: ping\ndata: {"type":\ndata: "ping"}\n\n',
    ])
  })

  it("ends with the provider's error, in the words that may be shown", async () => {
    const raw = '{"type":"error","error":{"type":"overloaded_error","message":"key sk-secret"}}'
    const received = raw.replace('sk-secret', '(secret)')
    const events = [
      { name: 'content_block_stop', data: '{"type":"content_block_stop","index":0}' },
      { name: 'error', data: raw },
    ]
    const failure = { kind: 'unusable', reason: 'Anthropic reported an error', received } as const
    const batch: CallBatch = { events, parts: [{ type: 'error', failure }] }
    expect(await textOf(inBatches([batch]), true)).toEqual([
      'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n' +
        `event: error\ndata: ${received}\n\n`,
    ])
  })

  it('leaves out what is no event of any answer', async () => {
    const failure = { kind: 'unusable', reason: 'not JSON', received: '<html>' } as const
    const batch: CallBatch = {
      events: [{ name: 'message_delta', data: '<html>' }],
      parts: [{ type: 'error', failure }],
    }
    const [text] = await textOf(inBatches([batch]), true)
    expect(text).toBe(
      'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"not JSON"}}\n\n',
    )
  })

  it('is written anew where the provider answered with a whole message instead', async () => {
    const data = '{"type":"message","model":"claude-x","content":[]}'
    const parts: CompletionPart[] = [
      { type: 'start', model: 'claude-x', id: null },
      { type: 'text-delta', text: 'Hi' },
      { type: 'end', finishReason: 'stop', rawFinishReason: 'end_turn' },
    ]
    const batches = [{ events: [{ name: null, data }], parts }]
    const text = (await textOf(inBatches(batches), true)).join('')
    expect(await accumulated(text)).toMatchObject({
      model: 'asked',
      content: [{ type: 'text', text: 'Hi' }],
      stop_reason: 'end_turn',
    })
  })
})
