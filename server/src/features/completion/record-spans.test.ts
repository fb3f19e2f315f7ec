import { expect, it } from 'vitest'
import { completionContext } from '../../../test/support/completion-context.ts'
import { sampleSpan } from '../../../test/support/sample-span.ts'
import type { Database } from '../../platform/db/database.ts'
import type { Upstream } from '../../platform/upstream/upstream.ts'
import type { NewSpan } from '../traces/index.ts'
import { closeSpans } from './record-spans.ts'

const mebibyte = 1024 * 1024
const noUpstream: Upstream = {
  post: () => Promise.reject(new Error('nobody is asked')),
  [Symbol.asyncDispose]: () => Promise.resolve(),
}

/** What the database is given, without its being stored: it would be hundreds of megabytes. */
async function storedBy(spans: readonly NewSpan[]) {
  const stored: { readonly spanIds: string[]; readonly sizeBytes: number }[] = []
  const enqueue = (_group: unknown, input: { spans: readonly NewSpan[] }, sizeBytes: number) => {
    stored.push({ spanIds: input.spans.map(({ spanId }) => spanId), sizeBytes })
    return Promise.resolve({ accepted: input.spans.length, rejected: 0 })
  }
  const db = { enqueue } as unknown as Database
  await closeSpans(completionContext({ db }, noUpstream), spans, 'after')
  return stored
}

it('ends spans in portions that the writer takes, in their order', async () => {
  const attributesJson = JSON.stringify({ 'llm.completion': 'z'.repeat(20 * mebibyte) })
  const calls = Array.from({ length: 20 }, () => ({ ...sampleSpan(), attributesJson }))
  const spans = [...calls, sampleSpan()]
  const stored = await storedBy(spans)
  expect(stored.flatMap(({ spanIds }) => spanIds)).toEqual(spans.map(({ spanId }) => spanId))
  expect(Math.max(...stored.map(({ sizeBytes }) => sizeBytes))).toBeLessThan(33 * mebibyte)
})

it('ends spans of usual size together', async () => {
  const spans = Array.from({ length: 21 }, () => sampleSpan())
  expect(await storedBy(spans)).toHaveLength(1)
})
