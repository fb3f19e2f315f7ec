import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SkeletonScan, type SkeletonReading } from './reply-skeleton.ts'
import { spliceVectors } from './splice-vectors.ts'

/** The reading of a text that comes in pieces of this size. */
function scan(text: string, size = Infinity): SkeletonReading {
  const bytes = Buffer.from(text)
  const reading = new SkeletonScan()
  for (let at = 0; at < bytes.length; at += size) reading.feed(bytes.subarray(at, at + size))
  return reading.end()
}

function takenApart(text: string, size?: number) {
  const reading = scan(text, size)
  if (!reading.isJson) throw new Error(reading.fault)
  const value: unknown = JSON.parse(reading.text)
  return { value, vectors: reading.vectors }
}

const long = 'x'.repeat(2000)

describe('a reply taken apart', () => {
  it('holds the place of each list of numbers, with what it holds beside it', () => {
    const { value, vectors } = takenApart('{"data":[[1,2.5e-3, -0],[ 4 ]],"empty":[],"n":7}')
    expect(value).toEqual({ data: [[0], [1]], empty: [], n: 7 })
    expect(vectors.map(({ dimensions }) => dimensions)).toEqual([3, 1])
    expect(Buffer.concat(vectors[0]?.bytes ?? []).toString()).toBe('[1,2.5e-3, -0]')
  })

  it('gives long strings as vectors in base64, but no keys and no short ones', () => {
    const { value, vectors } = takenApart(`{"short":"AAAA","${long}" : "${long}"}`)
    expect(value).toEqual({ short: 'AAAA', [long]: [0] })
    expect(vectors).toMatchObject([{ form: 'base64', dimensions: 375 }])
  })

  it.each([
    '{"data":[1,,2]}',
    '{"data":[1,NaN]}',
    '{"data":[NaN]}',
    '{"data":[01]}',
    '{"data":[1.]}',
    '{"data":[-]}',
    '{"data":[1,]}',
    '{"data":[1 2]}',
    '{"data":[1e]}',
  ])('holds what is no number, so that it is seen when it is parsed: %s', (text) => {
    for (const size of [1, 3, Infinity]) {
      expect(scan(text, size)).toEqual({ isJson: true, text, vectors: [] })
    }
  })

  it.each(['{"data":[1,2', '{"data":[ ', '{"data":"open', `{"data":"\\"`])(
    'is none where something is not ended: %s',
    (text) => {
      for (const size of [1, 3, Infinity]) expect(scan(text, size).isJson).toBe(false)
    },
  )

  it('is no reply when what is left without vectors is more than any reply has', () => {
    const reading = new SkeletonScan()
    const chunk = Buffer.from('{"a":1},'.repeat(100_000))
    for (let count = 0; count < 30; count += 1) reading.feed(chunk)
    expect(reading.end()).toEqual({ isJson: false, fault: 'more than vectors' })
  })

  const strings = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('\\', '"', '\\"', 'a\\\\"', '[1,2]', `${long}"`, `\\${long}\\`),
  )
  const lists = fc.array(fc.double({ noDefaultInfinity: true, noNaN: true }), { minLength: 1 })
  const values = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      strings,
      lists,
      fc.constantFrom(null, true, 5),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(strings, tie('value'), { maxKeys: 4 }),
    ),
  })).value
  const replies = fc.dictionary(strings, values, { maxKeys: 4 })

  it('is the same wherever its bytes are cut, and put together again it is what came', async () => {
    await fc.assert(
      fc.asyncProperty(replies, fc.integer({ min: 1, max: 40 }), async (reply, size) => {
        const text = JSON.stringify(reply)
        const whole = scan(text)
        const parts = scan(text, size)
        expect(partsOf(parts)).toEqual(partsOf(whole))
        if (!whole.isJson) throw new Error(whole.fault)
        const skeleton: unknown = JSON.parse(whole.text)
        const pieces = await spliceVectors({ ...Object(skeleton) }, whole.vectors)
        expect(JSON.parse(Buffer.concat(pieces).toString())).toEqual(JSON.parse(text))
      }),
    )
  })
})

function partsOf(reading: SkeletonReading) {
  if (!reading.isJson) return reading
  const vectors = reading.vectors.map(({ bytes, ...rest }) => ({
    ...rest,
    text: Buffer.concat(bytes).toString(),
  }))
  return { text: reading.text, vectors }
}

describe('vectors put in their places', () => {
  it('are not looked for inside of strings', async () => {
    const vectors = [{ form: 'float', bytes: [Buffer.from('[1,2]')], dimensions: 2 }] as const
    const pieces = await spliceVectors({ text: '[0] \\"[0]', list: [0], none: [7] }, vectors)
    const text = Buffer.concat(pieces).toString()
    expect(JSON.parse(text)).toEqual({ text: '[0] \\"[0]', list: [1, 2], none: [7] })
  })

  it('go out in few pieces, of which the large ones are not copied', async () => {
    const [small, large] = [100, 40_000].map((sizeBytes) => Buffer.alloc(sizeBytes, '1'))
    const list = (bytes: Buffer | undefined) => {
      return { form: 'float', bytes: bytes ? [bytes] : [], dimensions: 1 } as const
    }
    const lists = [list(small), list(small), list(large), list(small)]
    const pieces = await spliceVectors({ data: lists.map((_, at) => [at]) }, lists)
    expect(pieces).toHaveLength(3)
    expect(pieces[1]).toBe(large)
  })
})
