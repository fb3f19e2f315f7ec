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
