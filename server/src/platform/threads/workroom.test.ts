import { expect, it } from 'vitest'
import { Workroom } from './workroom.ts'
import { endingJob, lengthJob } from '../../../test/support/workroom-jobs.ts'

it('A thread that ends takes its own jobs with it, and the next job has another', async () => {
  const losses: Error[] = []
  await using room = new Workroom((error) => losses.push(error))
  expect(await room.run(lengthJob, 'four')).toBe(4)
  await expect(room.run(endingJob, undefined)).rejects.toMatchObject({ code: 'unavailable' })
  expect(losses).toHaveLength(1)
  expect(await room.run(lengthJob, 'again')).toBe(5)
})

it('What a job throws is thrown', async () => {
  await using room = new Workroom(() => {})
  await expect(room.run(lengthJob, null)).rejects.not.toMatchObject({ code: 'unavailable' })
})
