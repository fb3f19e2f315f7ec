import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventsOf } from '../../../test/support/read-events.ts'
import { LineReader } from './ndjson-lines.ts'
import { UpstreamError } from './upstream-error.ts'

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(text: string, size = 1_000_000): Promise<string[]> {
  const lines = (
    await Array.fromAsync(eventsOf(new LineReader(), cut(Buffer.from(text), size)))
  ).flat()
  expect(lines.every(({ name }) => name === null)).toBe(true)
  return lines.map(({ data }) => data)
}

test('one event a line, blank lines and breaks of either kind passed over', async () => {
  expect(await read('\uFEFF{"a":1}\r\n\n  \n{"b":"é😀"}\n{"c":3}')).toEqual([
    '{"a":1}',
    '{"b":"é😀"}',
    '{"c":3}',
  ])
  expect(await read('')).toEqual([])
})

test('the same bytes give the same lines, however they are cut', async () => {
  const value = fc.jsonValue().map((json) => JSON.stringify(json))
  await fc.assert(
    fc.asyncProperty(fc.array(value), fc.integer({ min: 1, max: 20 }), async (values, size) => {
      const text = values.join('\n')
      expect(await read(text, size)).toEqual(values)
      expect(await read(`${text}\r\n`, size)).toEqual(values)
    }),
  )
})

test('an endless line is an error and not memory', async () => {
  let given = 0
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('{"a":1}\n')
    for (;;) {
      given += 1
      yield Buffer.from('x'.repeat(100))
    }
  }
  const lines = eventsOf(new LineReader({ eventLength: 1000 }), endless())
  expect((await lines.next()).value).toEqual([{ name: null, data: '{"a":1}' }])
  await expect(lines.next()).rejects.toThrow(UpstreamError)
  expect(given).toBeLessThan(20)
})

test('a line that is too long is refused though its end came with it', async () => {
  const long = cut(Buffer.from(`${'x'.repeat(2000)}\n`), 5000)
  const lines = eventsOf(new LineReader({ eventLength: 1000 }), long)
  await expect(lines.next()).rejects.toThrow('longer than 1000 characters')
})
