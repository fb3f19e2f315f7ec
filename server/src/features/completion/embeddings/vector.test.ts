import { describe, expect, it } from 'vitest'
import { fromBase64, inForm, toForm, type Vector } from './vector.ts'

function floats(numbers: readonly number[]): Vector {
  const bytes = [Buffer.from(JSON.stringify(numbers))]
  return { form: 'float', bytes, dimensions: numbers.length }
}

function textOf({ bytes }: Vector): string {
  return Buffer.concat(bytes).toString()
}

describe('a vector', () => {
  it('in base64 is its numbers as little-endian floats of 32 bits', () => {
    const vector = inForm(floats([1, -2, 0.1]), 'base64')
    expect(textOf(vector)).toBe('"AACAPwAAAMDNzMw9"')
    expect(vector).toMatchObject({ form: 'base64', dimensions: 3 })
  })

  it('comes back from base64 as those floats', () => {
    const vector = inForm(fromBase64('AACAPwAAAMDNzMw9'), 'float')
    expect(JSON.parse(textOf(vector))).toEqual([1, -2, Math.fround(0.1)])
    expect(vector.dimensions).toBe(3)
  })

  it('may have its slashes escaped', () => {
    const numbers = [Number.NaN, 0.5].map(Math.fround)
    const base64 = Buffer.from(new Float32Array(numbers).buffer).toString('base64')
    const escaped = Buffer.from(`"${base64.replaceAll('/', '\\/')}"`)
    const vector = inForm({ form: 'base64', bytes: [escaped], dimensions: 2 }, 'float')
    expect(textOf(vector)).toBe('[null,0.5]')
  })

  it.each([1, 2, 3, 4, 5, 256, 1536])('of %i numbers tells how many it has', (length) => {
    const made = inForm(floats(Array.from({ length }, (_, at) => at / 3)), 'base64')
    expect(made.dimensions).toBe(length)
    expect(inForm(made, 'float').dimensions).toBe(length)
  })

  it('is left as it came where it has the form already', () => {
    const vector = floats([1])
    expect(inForm(vector, 'float')).toBe(vector)
  })

  it('of many is converted in turns, in which others run', async () => {
    const many = Array.from({ length: 200 }, () =>
      floats(Array.from({ length: 3072 }, Math.random)),
    )
    let turns = 0
    let isOver = false
    const count = () => {
      turns += 1
      if (!isOver) setImmediate(count)
    }
    setImmediate(count)
    const converted = await toForm(many, 'base64')
    isOver = true
    expect(converted).toHaveLength(200)
    expect(turns).toBeGreaterThan(20)
  })
})
