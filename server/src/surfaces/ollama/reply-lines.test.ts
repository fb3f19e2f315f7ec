import { describe, expect, it } from 'vitest'
import { foldParts } from '../../features/completion/fold-parts.ts'
import type {
  CallBatch,
  CompletionPart,
  Outcome,
  StreamEvent,
  StreamedAnswer,
} from '../../features/completion/index.ts'
import { unknownUsage } from '../../features/pricing/index.ts'
import { replyLines } from './reply-lines.ts'

const clock = { nowSeconds: () => 1_750_000_000, elapsedMs: () => 0 }
const measured = {
  startedAt: 1_750_000_000,
  endedAt: 1_750_000_001,
  latencyMs: 1000,
  timeToFirstTokenMs: 250,
  attempts: 1,
  usage: { ...unknownUsage, inputTokens: 3, outputTokens: 1 },
  price: { status: 'unknown', reason: 'unknown-usage' },
} as const

const text = (said: string): CompletionPart => ({ type: 'text-delta', text: said })
const line = (value: object): StreamEvent => ({ name: null, data: JSON.stringify(value) })

interface Scene {
  readonly isNative?: boolean
  readonly batches: readonly (CallBatch | null)[]
  readonly failure?: string
}

/** An answer that came in these batches; what was on record when each piece was written. */
async function written({ isNative = false, batches, failure }: Scene) {
  let isRecorded = false
  async function* given() {
    try {
      yield* batches
    } finally {
      isRecorded = true
    }
  }
  const parts = batches.flatMap((batch) => batch?.parts ?? [])
  const reply = foldParts(parts)
  const outcome: Outcome =
    failure === undefined
      ? { status: 'completed', ...measured, reply }
      : {
          status: 'failed',
          ...measured,
          failure: { kind: 'unusable', reason: failure, received: '' },
          message: failure,
          partial: reply,
          received: null,
        }
  const answer: StreamedAnswer = {
    status: 'stream',
    model: 'asked',
    createdAt: 1_750_000_000,
    traceId: 't',
    spanId: 's',
    isNative,
    provider: 'ollama',
    providerModel: 'real',
    cache: null,
    headers: {},
    batches: given(),
    outcome: Promise.resolve(outcome),
  }
  const pieces: { piece: string; isRecorded: boolean }[] = []
  for await (const piece of replyLines(answer, 'chat', clock)) pieces.push({ piece, isRecorded })
  return pieces
}

const parsed = (pieces: readonly { piece: string }[]) =>
  pieces.map(({ piece }) =>
    piece
      .split('\n')
      .filter((one) => one !== '')
      .map((one): unknown => JSON.parse(one)),
  )

describe('another provider’s answer', () => {
  it('is written batch by batch, and is done when it is on record', async () => {
    const end: CompletionPart = { type: 'end', finishReason: 'stop', rawFinishReason: null }
    const batches = [
      { events: [], parts: [text('a'), text('b')] },
      null,
      { events: [], parts: [] },
      { events: [], parts: [text('c'), end] },
    ]
    const pieces = await written({ batches })
    expect(parsed(pieces)).toMatchObject([
      [{ message: { content: 'a' } }, { message: { content: 'b' } }],
      [{ message: { content: 'c' }, done: false }],
      [{ message: { content: '' }, done: true, done_reason: 'stop', eval_count: 1 }],
    ])
    expect(pieces.map(({ isRecorded }) => isRecorded)).toEqual([false, false, true])
  })

  it('that breaks off ends with a line that says why, and is never done', async () => {
    const batches = [{ events: [], parts: [text('a')] }]
    const pieces = await written({ batches, failure: 'It broke off' })
    expect(parsed(pieces)).toMatchObject([
      [{ message: { content: 'a' }, done: false }],
      [{ error: 'It broke off' }],
    ])
  })
})

describe('an Ollama’s answer', () => {
  const said = { model: 'real', created_at: 'then', message: { role: 'assistant', content: 'a' } }
  const done = { model: 'real', done: true, done_reason: 'stop', eval_count: 5, unheard_of: [1] }

  it('is passed on under the name asked for, with all that it holds', async () => {
    const batches = [
      { events: [line({ ...said, done: false, unheard_of: 1 }), line(said)], parts: [text('aa')] },
      { events: [line(done), line(said)], parts: [] },
      { events: [line(said)], parts: [] },
    ]
    const pieces = await written({ isNative: true, batches })
    expect(parsed(pieces)).toEqual([
      [
        { ...said, model: 'asked', done: false, unheard_of: 1 },
        { ...said, model: 'asked' },
      ],
      [{ ...done, model: 'asked' }],
    ])
    expect(pieces.map(({ isRecorded }) => isRecorded)).toEqual([false, true])
  })

  it('uses what was parsed already', async () => {
    const reading = { isJson: true, value: { ...said, model: 'real' } } as const
    const events = [{ name: null, data: 'not looked at', reading }]
    const pieces = await written({ isNative: true, batches: [{ events, parts: [] }] })
    expect(parsed(pieces)[0]).toEqual([{ ...said, model: 'asked' }])
  })

  it('that ends in an error, or in nonsense, tells the error once', async () => {
    const events = [line(said), line({ error: 'out of memory' }), { name: null, data: '{"half' }]
    const batches = [{ events, parts: [] }]
    const pieces = await written({ isNative: true, batches, failure: 'out of memory' })
    expect(parsed(pieces)).toEqual([[{ ...said, model: 'asked' }], [{ error: 'out of memory' }]])
  })
})
