import { describe, expect, it } from 'vitest'
import {
  ask,
  chatOf,
  leave,
  startFakeEngine,
  until,
} from '../../../test/support/engine/fake-engine.ts'
import { readReply } from '../../../test/support/engine/fake-replies.ts'
import { fakePlan } from '../../../test/support/engine/fake-scripts.ts'
import type { EngineReply } from './engine.ts'

const plan = fakePlan()
const hi = { tokens: ['Hi', '!'] }
/** Goes on until it is stopped. */
const endless = { tokens: Array.from({ length: 10_000 }, () => 'x'), everyMs: 2 }

async function contentOf(reply: EngineReply): Promise<unknown> {
  return (await readReply(reply)).choices[0].message.content
}

describe('a stream', () => {
  it('ends the job when its reader leaves', async () => {
    await using engine = startFakeEngine()
    const reply = await engine.post(plan, chatOf(endless, { stream: true }))
    await leave(reply)
    await until(() => engine.loaded()[0]?.inFlight === 0, 'the job is over')
    expect(await contentOf(await ask(engine, hi))).toBe('Hi!')
  })

  it('holds a model back whose reader is slow', async () => {
    await using engine = startFakeEngine()
    const tokens = Array.from({ length: 500 }, () => '§')
    const reply = await engine.post(plan, chatOf({ tokens }, { stream: true }))
    const read = reply.chunks[Symbol.asyncIterator]()
    let text = ''
    const next = async () => {
      const { value } = await read.next()
      text += Buffer.from(value ?? []).toString()
    }
    await next()
    // Time for the child to send whatever it may.
    await engine.post(plan, { path: '/tokenize', body: '{"prompt":"a b"}' })
    await next()
    const early = text.match(/§/gu)!.length
    expect(early).toBeGreaterThan(0)
    expect(early).toBeLessThanOrEqual(128)
    for (let turn = 0; turn < 500 && !text.includes('[DONE]'); turn += 1) await next()
    expect(text.match(/§/gu)).toHaveLength(500)
  })

  it('is given up when no token comes in time, wherever it waits', async () => {
    await using engine = startFakeEngine()
    const slow = fakePlan({ loadMs: 200 })
    const request = { ...chatOf({ isSilent: true }, { stream: true }), firstByteMs: 100 }
    const asked = [engine.post(slow, request), engine.post(slow, request)]
    for (const answer of asked) {
      await expect(answer).rejects.toMatchObject({
        fault: { kind: 'timeout', phase: 'first-byte', afterMs: 100 },
      })
    }
    // Loading did not count.
    expect(engine.loaded()).toMatchObject([{ state: 'ready' }])
    expect(await contentOf(await ask(engine, hi, slow))).toBe('Hi!')
  })

  it('may take longer than the first token may', async () => {
    await using engine = startFakeEngine()
    await engine.load(plan, { keepAliveSeconds: null })
    const slow = { tokens: ['a', 'b', 'c', 'd'], everyMs: 300 }
    const reply = await engine.post(plan, { ...chatOf(slow), firstByteMs: 1000 })
    expect(await contentOf(reply)).toBe('abcd')
  })
})
