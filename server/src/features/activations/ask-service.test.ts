import { afterAll, beforeAll, expect, test } from 'vitest'
import { FakeHf } from '../../../test/support/fake-hf.ts'
import { openUpstream } from '../../platform/upstream/open-upstream.ts'
import { askService } from './ask-service.ts'

let hf: FakeHf
const upstream = openUpstream()
beforeAll(async () => {
  hf = await FakeHf.start()
})
afterAll(async () => {
  await upstream[Symbol.asyncDispose]()
  await hf[Symbol.asyncDispose]()
})

const powers = () => ({
  upstream,
  log: { warn: () => {}, error: () => {} },
  activationServices: { isPublic: false, hfUrl: hf.url, saeUrl: undefined },
})

const question = {
  path: '/hf/extract',
  body: { token_ids: [1] },
  signal: new AbortController().signal,
}

test('a service that says nothing is left in time, and the run has failed', async () => {
  hf.next({ type: 'hang' })
  const left = hf.untilLeft(1)
  const answer = await askService(powers(), { ...question, timeoutMs: 50 })
  expect(answer).toMatchObject({
    kind: 'failed',
    isRunFailure: true,
    error: { code: 'upstream', details: { status: 504, errorCode: 'HF_TIMEOUT' } },
  })
  await left
})

test('the bytes of an answer are its own, so that they can be handed to a thread', async () => {
  const answer = await askService(powers(), question)
  if (answer.kind !== 'answered') throw new Error('the service answers')
  expect(answer.bytes.byteOffset).toBe(0)
  expect(answer.bytes.buffer.byteLength).toBe(answer.bytes.byteLength)
  expect(new TextDecoder().decode(answer.bytes)).toMatch(/^\{"feature_timeline":/)
})
