import { afterAll, expect, it } from 'vitest'
import { GuardedRoom } from '../../platform/threads/guarded.ts'
import { checkManyBySchema } from './check-many.ts'

const guard = new GuardedRoom({ maxThreads: 1 })
afterAll(() => guard[Symbol.asyncDispose]())

const schema = JSON.stringify({ type: 'object', required: ['a'] })
const many = (count: number) => Array.from({ length: count }, () => '{"a":1}')

it('checks thousands of texts and finds the first that does not fit', async () => {
  expect(await checkManyBySchema({ guard }, { schema, data: many(3000) })).toEqual({
    isValid: true,
  })
  const data = [...many(450), '{}', 'no', ...many(10)]
  expect(await checkManyBySchema({ guard }, { schema, data })).toEqual({
    isValid: false,
    index: 450,
    message: "must have required property 'a'",
  })
  expect(await checkManyBySchema({ guard }, { schema, data: [] })).toEqual({ isValid: true })
})

it('finds the one text that makes a pattern run for ever', async () => {
  const evil = JSON.stringify({ type: 'string', pattern: '^(a+)+$' })
  const data = ['"a"', '"aa"', JSON.stringify(`${'a'.repeat(40)}!`)]
  expect(await checkManyBySchema({ guard }, { schema: evil, data })).toMatchObject({
    isValid: false,
    index: 2,
    message: 'Stopped: it took longer than a second',
  })
})

it('gives up a schema that is slow with each of many texts', async () => {
  const slow = JSON.stringify({ type: 'string', not: { pattern: '^(a+)+$' } })
  // Each takes a part of a second.
  const data = Array.from({ length: 500 }, () => JSON.stringify(`${'a'.repeat(23)}!`))
  const one = await checkManyBySchema({ guard }, { schema: slow, data: data.slice(0, 1) })
  expect(one).toEqual({ isValid: true })
  const checking = checkManyBySchema({ guard }, { schema: slow, data, patienceMs: 1500 })
  await expect(checking).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringMatching(/^The schema is too slow for so many items, 500: \d+ were/u),
  })
})
