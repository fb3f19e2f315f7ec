import { expect, it } from 'vitest'
import { DomainError } from '../domain-error.ts'
import {
  JobReschedule,
  JobRetry,
  JobStopped,
  JobTermination,
  type StopCause,
} from './job-outcomes.ts'
import { backoffMs, planEnd, planLoss } from './plan-end.ts'

const job = {
  attempts: 0,
  maxAttempts: 3,
  retryDelayMs: 5000,
  retryBackoffMultiplier: 1.5,
  maxRetryDelayMs: 300_000,
  isCancelled: false,
}
const end = (error: unknown, more: { attempts?: number; stopCause?: StopCause } = {}) => {
  const { attempts = 0, stopCause } = more
  const stopped = stopCause && new JobStopped(stopCause)
  return planEnd(error, { job: { ...job, attempts }, stopped, now: 1000, random: 1 })
}
const retry = new JobRetry('busy')

it('waits min(delay × multiplier^attempts, most), and at least three quarters of it', () => {
  const waits = [0, 1, 2, 20].map((attempts) => backoffMs({ ...job, attempts }, 1))
  expect(waits).toEqual([5000, 7500, 11_250, 300_000])
  expect(backoffMs(job, 0)).toBe(3750)
})

it('tries again as often as it may, then fails', () => {
  expect(end(retry, { attempts: 1 })).toMatchObject({ kind: 'retrying', attempts: 2 })
  expect(end(retry, { attempts: 2 })).toEqual({ kind: 'failed', error: 'busy' })
})

it('honours a wait that was asked for, up to a day', () => {
  expect(end(new JobRetry('busy', { afterMs: 60_000 }))).toMatchObject({ dueAt: 1060 })
  expect(end(new JobRetry('busy', { afterMs: 1e12 }))).toMatchObject({ dueAt: 1000 + 86_400 })
  const details = { retryAfterSeconds: 30 }
  const asked = new DomainError('upstream', 'later', { retryable: true, details })
  expect(end(asked)).toMatchObject({ dueAt: 1030 })
})

it.each([
  [new Error('bug'), undefined, 'failed'],
  ['a text', undefined, 'failed'],
  [new DomainError('upstream', 'no'), undefined, 'failed'],
  [new JobTermination('done for'), undefined, 'terminated'],
  [new JobReschedule(2000), undefined, 'waiting'],
  [retry, 'lost', 'lost'],
  [retry, 'cancelled', 'terminated'],
  [new JobReschedule(2000), 'cancelled', 'terminated'],
  [new Error('aborted'), 'stopping', 'waiting'],
  [new JobTermination('done for'), 'stopping', 'terminated'],
] as const)('%s while %s is %s', (error, stopCause, kind) => {
  expect(end(error, { ...(stopCause && { stopCause }) }).kind).toBe(kind)
})

it('forgives three dead processes more than attempts', () => {
  const kinds = [0, 1, 2, 3, 4, 5].map((attempts) => planLoss({ ...job, attempts }, 1000).kind)
  expect(kinds).toEqual(['retrying', 'retrying', 'retrying', 'retrying', 'retrying', 'failed'])
  expect(planLoss({ ...job, isCancelled: true }, 1000).kind).toBe('terminated')
})
