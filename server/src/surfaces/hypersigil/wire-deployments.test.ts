import { expect, it } from 'vitest'
import type { JobStatus } from '../../platform/jobs/job.ts'
import { JsonText } from '../../platform/json-text.ts'
import { writeEndedEmbedding } from './wire-deployments.ts'

const ends = {
  error: null,
  terminationReason: null,
  result: undefined,
}

function written(status: JobStatus, more: Partial<Parameters<typeof writeEndedEmbedding>[0]>) {
  const job = {
    id: 'j',
    type: 'generate-embedding',
    status,
    lane: 'generate-embedding',
    priority: 2,
    attempts: 0,
    maxAttempts: 3,
    scheduledAt: 1,
    nextRetryAt: null,
    startedAt: 1,
    completedAt: 2,
    retryDelayMs: 1,
    retryBackoffMultiplier: 2,
    maxRetryDelayMs: 3,
    progress: null,
    isCancelled: false,
    scheduleId: null,
    createdBy: null,
    createdAt: 1,
    updatedAt: 2,
    data: new JsonText('{}'),
  }
  return writeEndedEmbedding({ ...job, ...ends, ...more })
}

it('vectors stand in a reply as they are stored', () => {
  const result = new JsonText('{"embeddings":[[1.0e0]]}')
  const failedBefore = { result, error: 'Attempt 1 failed' }
  expect(written('completed', failedBefore)).toBe(
    '{"data":{"jobId":"j","status":"completed","result":{"embeddings":[[1.0e0]]}}}',
  )
  expect(written('completed', {})).toBe('{"data":{"jobId":"j","status":"completed"}}')
})

it('a reply says why there are no vectors', () => {
  expect(written('failed', { error: 'no "such" model' })).toBe(
    String.raw`{"data":{"jobId":"j","status":"failed","error":"no \"such\" model"}}`,
  )
  const stopped = { error: 'Attempt 1 failed', terminationReason: 'ended' }
  expect(written('terminated', stopped)).toBe(
    '{"data":{"jobId":"j","status":"terminated","error":"ended"}}',
  )
})
