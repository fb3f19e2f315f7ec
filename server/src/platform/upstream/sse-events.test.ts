import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventsOf } from '../../../test/support/read-events.ts'
import { SseReader } from './sse-events.ts'
import type { StreamedEvent } from './stream-event.ts'
import { UpstreamError } from './upstream-error.ts'

async function* cut(bytes: Uint8Array, at: readonly number[] = []): AsyncGenerator<Uint8Array> {
  let from = 0
  for (const end of [...at].toSorted((a, b) => a - b)) {
    yield bytes.subarray(from, end)
    from = end
  }
  yield bytes.subarray(from)
}

async function read(text: string | Uint8Array, at?: readonly number[]): Promise<StreamedEvent[]> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  return (await Array.fromAsync(eventsOf(new SseReader(), cut(bytes, at)))).flat()
}

test('names, data of several lines, comments, ids and retry hints', async () => {
  const text =
    ': hello\n\nevent: ping\ndata: {}\nid: 7\nretry: 10\n\ndata: one\ndata: two\n\ndata\n\nid: 8\n\n'
  expect(await read(text)).toEqual([
    { name: 'ping', data: '{}' },
    { name: null, data: 'one\ntwo' },
    { name: null, data: '' },
  ])
})

test.each(['\n', '\r\n', '\r'])('line break %j', async (lineBreak) => {
  const text = ['data: a', '', 'data: b', 'data: c', '', ''].join(lineBreak)
  expect(await read(text)).toEqual([
    { name: null, data: 'a' },
    { name: null, data: 'b\nc' },
  ])
})

test.each(['', '\n', '\r', '\r\n'])('a last event with only %j after it is seen', async (end) => {
  const last = [
    { name: null, data: 'a' },
    { name: null, data: '[DONE]' },
  ]
  expect(await read(`data: a\n\ndata: [DONE]${end}`)).toEqual(last)
})

test('a byte order mark is no part of the first field', async () => {
  expect(await read('\uFEFFdata: a\n\n')).toEqual([{ name: null, data: 'a' }])
})

test('bytes that are no UTF-8 become U+FFFD and the stream goes on', async () => {
  const bytes = Buffer.concat([
    Buffer.from('data: a'),
    Buffer.from([0xff]),
    Buffer.from('\n\ndata: b\n\n'),
  ])
  expect((await read(bytes)).map(({ data }) => data)).toEqual(['a\uFFFD', 'b'])
})

test('a body that is no event stream has no events', async () => {
  expect(await read('<html><body>It works!</body></html>')).toEqual([])
})

const line = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((text) => `data: ${text}`),
  fc.string().map((text) => `event:${text}`),
  fc.string({ unit: 'binary' }).map((text) => `:${text}`),
  fc.constantFrom('', '', 'data', 'id: 1', 'nonsense', 'data: 😀é'),
)
const document = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\n', '\r\n', '\r')))
  .map((lines) => new TextEncoder().encode(lines.flat().join('')))

test('the same bytes give the same events, however they are cut', async () => {
  await fc.assert(
    fc.asyncProperty(document, fc.array(fc.nat(), { maxLength: 20 }), async (bytes, cuts) => {
      const at = cuts.map((value) => value % (bytes.length + 1))
      const every = Array.from({ length: bytes.length }, (_, index) => index)
      const whole = await read(bytes)
      expect(await read(bytes, at)).toEqual(whole)
      expect(await read(bytes, every)).toEqual(whole)
    }),
  )
})

test.each([
  ['one endless line', 'data: ', 'x'.repeat(50)],
  ['one endless event', 'data: a\n', `data: ${'x'.repeat(10)}\n`],
])('%s is an error and not memory', async (_, start, more) => {
  let given = 0
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(`data: fine\n\n${start}`)
    for (;;) {
      given += 1
      yield Buffer.from(more)
    }
  }
  const events: StreamedEvent[] = []
  const reader = new SseReader({ eventLength: 1000, attempts: 2 })
  const reading = async () => {
    for await (const together of eventsOf(reader, endless())) {
      events.push(...together)
    }
  }
  const error: unknown = await reading().catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(UpstreamError)
  expect(error).toMatchObject({
    attempts: 2,
    fault: { reason: 'an event of the stream is longer than 1000 characters' },
  })
  expect(events).toEqual([{ name: null, data: 'fine' }])
  expect(given).toBeLessThan(200)
})

test('endless comments are no event and cost nothing', async () => {
  async function* chatter(): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < 1000; index += 1) yield Buffer.from(': keep-alive\n\n')
    yield Buffer.from('data: at last\n\n')
  }
  const events = await Array.fromAsync(eventsOf(new SseReader({ eventLength: 100 }), chatter()))
  expect(events).toEqual([[{ name: null, data: 'at last' }]])
})

test('the events of a chunk are given before the next chunk is asked for', async () => {
  const seen: string[] = []
  async function* told(): AsyncGenerator<Uint8Array> {
    for (const name of ['a', 'b']) {
      seen.push(`sent ${name}`)
      yield Buffer.from(`data: ${name}1\n\ndata: ${name}2\n\n`)
    }
  }
  for await (const together of eventsOf(new SseReader(), told())) {
    seen.push(`got ${together.map(({ data }) => data).join(' ')}`)
  }
  expect(seen).toEqual(['sent a', 'got a1 a2', 'sent b', 'got b1 b2'])
})
