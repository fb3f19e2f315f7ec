import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { schemaSteps } from '../../../../migrations/index.ts'
import { contextOf, standingClock } from '../../../../test/support/context.ts'
import { freshLocation, openForTest } from '../../../../test/support/database.ts'
import { dropPostgres } from '../../../../test/support/postgres.ts'
import type { Database, Dialect } from '../../../platform/db/database.ts'
import { getSpan } from '../get-span.ts'
import { findTraces } from '../trace-store.ts'
import { settleAll } from './settle-all.ts'

const firstSteps = Object.fromEntries(Object.entries(schemaSteps).filter(([name]) => name < '0004'))

describe.each<Dialect>(['sqlite', 'postgres'])(
  'rows from before costs were computed [%s]',
  (dialect) => {
    it('are kept as they are, and those with figures but no cost are priced', async () => {
      const dir = await mkdtemp(join(tmpdir(), 'pharos-old-'))
      const location = await freshLocation(dialect, dir)
      const { db } = await openForTest(location)
      await db.migrate(firstSteps)
      await addTrace(db, 1, { model: 'gpt-4o', cost: null })
      await addTrace(db, 2, { model: 'gpt-4o', cost: 7 })
      await addTrace(db, 3, { model: null, cost: null })
      await addTrace(db, 4, { model: 'deepseek-r1', cost: null, provider: 'ollama' })
      await db.migrate(schemaSteps)
      const ctx = contextOf({ db }, standingClock())
      expect(await settleAll(ctx)).toBe(2)
      const [priced, told, unknown, local] = await Promise.all(
        ['span 1', 'span 2', 'span 3', 'span 4'].map((spanId) => getSpan(ctx, spanId)),
      )
      expect(priced?.computedCostUsd).toBeGreaterThan(0)
      expect(priced).toMatchObject({
        attributesJson: '{"text":"\\u0000 \\"llm.provider\\":\\"x\\" \\ud800"}',
        provider: null,
        mappedJson: null,
        countsUsage: true,
      })
      expect(told).toMatchObject({ costUsd: 7, computedCostUsd: null })
      expect(unknown).toMatchObject({ computedCostUsd: null, isUnpriced: false })
      expect(local).toMatchObject({ provider: 'ollama', computedCostUsd: null, isUnpriced: false })
      const [trace] = await db.read((tx) => findTraces(tx, ['trace 1'], 'all'))
      expect(trace).toMatchObject({ totalCostUsd: priced?.computedCostUsd, totalTokens: 110 })
      await db[Symbol.asyncDispose]()
      if (location.kind === 'postgres') await dropPostgres(location.url)
      await rm(dir, { recursive: true, force: true })
    })
  },
)

async function addTrace(
  db: Database,
  seq: number,
  { model, cost, provider }: { model: string | null; cost: number | null; provider?: string },
): Promise<void> {
  const text = '\0 "llm.provider":"x" \ud800'
  const attributes = JSON.stringify({ text, 'llm.provider': provider })
  const [traceId, spanId] = [`trace ${seq}`, `span ${seq}`]
  await db.write(async (tx) => {
    await sql`insert into traces (seq, trace_id, name, name_start, name_span_id, name_is_root,
      start_time, span_count, error_count, unset_count, status, tags, total_cost_usd,
      cost_remainder, total_tokens, payload_size, created_at)
      values (${seq}, ${traceId}, 'old', 1, ${spanId}, 1, 1750000000, 1, 0, 0, 'ok', '{}',
        ${cost ?? 0}, 0, 110, 7, 1)`.execute(tx.db)
    await sql`insert into spans (seq, span_id, trace_id, span_type, name, status, start_time,
      annotations, created_at, cost_usd, total_tokens, input_tokens, output_tokens, model)
      values (${seq}, ${spanId}, ${traceId}, 'llm_call', 'old', 'ok', 1750000000, '[]', 1, ${cost},
        110, 100, 10, ${model})`.execute(tx.db)
    await sql`insert into span_payloads (seq, attributes) values (${seq}, ${attributes})`.execute(
      tx.db,
    )
  })
}
