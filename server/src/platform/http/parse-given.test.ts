import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { parseGiven } from './parse-given.ts'

const One = z.object({ id: z.int(), note: z.string().optional() })
const Batch = z.object({ name: z.string(), ones: z.array(One), more: z.array(z.int()).optional() })
const Nested = z.object({ outer: z.object({ ones: z.array(One).nullish() }) })
const Counted = z.object({ ones: z.array(One).max(5000) })

const many = (count: number) => Array.from({ length: count }, (_, id) => ({ id, extra: true }))

describe('parseGiven', () => {
  it.each([0, 1, 1000, 1001, 2500])('reads a list of %i as the schema does', (count) => {
    const batch = { name: 'n', ones: many(count), more: [1, 2], left: 'out' }
    expect(parseGiven(Batch, batch)).toEqual({ success: true, data: Batch.parse(batch) })
    const nested = { outer: { ones: many(count) } }
    expect(parseGiven(Nested, nested)).toEqual({ success: true, data: Nested.parse(nested) })
    expect(parseGiven(z.array(One), many(count))).toEqual({
      success: true,
      data: z.array(One).parse(many(count)),
    })
  })

  it('reads two long lists, and leaves what it was given as it was', () => {
    const batch = { name: 'n', ones: many(1500), more: many(1500).map(({ id }) => id) }
    const before = structuredClone(batch)
    expect(parseGiven(Batch, batch)).toEqual({ success: true, data: Batch.parse(batch) })
    expect(batch).toEqual(before)
  })

  it('says where something is wrong, and reads no further', () => {
    const ones: unknown[] = many(5000)
    ones[1700] = { id: 'x' }
    ones[4000] = {}
    const given = parseGiven(Batch, { name: 'n', ones })
    expect(given.success ? [] : given.issues.map(({ path }) => path)).toEqual([
      ['ones', 1700, 'id'],
    ])
  })

  it('notes no more than a slice of what is wrong with millions', () => {
    const given = parseGiven(Batch, { name: 'n', ones: Array.from({ length: 2e6 }, () => ({})) })
    expect(given.success ? 0 : given.issues.length).toBe(1000)
  })

  it('tells what is wrong beside a long list that is right', () => {
    const given = parseGiven(Batch, { ones: many(1500) })
    expect(given.success ? [] : given.issues.map(({ path }) => path)).toEqual([['name']])
  })

  it('asks of a whole list what is asked of the whole', () => {
    expect(parseGiven(Counted, { ones: many(5000) }).success).toBe(true)
    expect(parseGiven(Counted, { ones: many(5001) })).toMatchObject({
      issues: [{ code: 'too_big', path: ['ones'] }],
    })
    const wrong = parseGiven(Counted, { ones: Array.from({ length: 2e6 }, () => ({})) })
    expect(wrong.success ? 0 : wrong.issues.length).toBe(1000)
  })
})
