import { expect, it } from 'vitest'
import { callerWith } from '../../../../test/support/caller.ts'
import { contextOf, standingClock } from '../../../../test/support/context.ts'
import { describeEachDatabase, openForTest } from '../../../../test/support/database.ts'
import { sampleSpan } from '../../../../test/support/sample-span.ts'
import { createBus } from '../../../platform/bus/bus.ts'
import { getSpan } from '../get-span.ts'
import { ingestSpans } from '../ingest-spans.ts'
import { Settler } from './settler.ts'

const attributes = {
  'llm.provider': 'openai',
  'llm.model': 'gpt-4o',
  'llm.tokens.input': 100,
  'llm.tokens.output': 10,
}

describeEachDatabase('the settler', (store) => {
  /** The suite's database as a server has it: what it tells is heard by a settler that runs. */
  async function openServer() {
    const logged: string[] = []
    const note = (_details: object, message: string): void => void logged.push(message)
    const bus = createBus((error) => {
      throw error
    })
    const { db } = await openForTest(store.location, { publish: (event) => bus.publish(event) })
    const caller = callerWith('traces:write')
    const settler = new Settler({ db, caller, logger: { warn: note, error: note } })
    bus.subscribe(settler)
    const ctx = contextOf({ db }, standingClock())
    const costOf = async (spanId: string) => (await getSpan(ctx, spanId)).computedCostUsd
    const close = async (): Promise<void> => {
      await settler[Symbol.asyncDispose]()
      await db[Symbol.asyncDispose]()
    }
    return { ctx, settler, bus, logged, costOf, [Symbol.asyncDispose]: close }
  }

  it('prices what arrives while it runs, and what it found when it began', async () => {
    const [before, during] = [sampleSpan({ attributes }), sampleSpan({ attributes })]
    await ingestSpans(contextOf(store, standingClock()), [before], 100)
    await using server = await openServer()
    server.settler.start()
    await expect.poll(() => server.costOf(before.spanId), { timeout: 10_000 }).toBeGreaterThan(0)
    await ingestSpans(server.ctx, [during], 100)
    await expect.poll(() => server.costOf(during.spanId), { timeout: 10_000 }).toBeGreaterThan(0)
    expect(server.logged).toEqual([])
  })

  it('asks nobody to hand it rows', async () => {
    await using server = await openServer()
    expect(server.bus.isHeard).toBe(false)
  })

  it('stops at once, also while it waits', async () => {
    const server = await openServer()
    server.settler.start()
    await server[Symbol.asyncDispose]()
    expect(server.logged).toEqual([])
  })

  it('is not made for a caller who may not write traces', () => {
    const options = { db: store.db, logger: { warn: () => {}, error: () => {} } }
    expect(() => new Settler({ ...options, caller: callerWith('traces:read') })).toThrow(
      /traces:write/,
    )
  })
})
