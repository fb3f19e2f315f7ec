import { calcPrice, waitForUpdate } from '@pydantic/genai-prices'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { priceByRow } from './market-price.ts'
import { findMarketRow, marketVersion } from './market-row.ts'
import { sellerIds } from './seller.ts'
import { splitUsage } from './split-usage.ts'

/** All data of the package; it is what was bundled, since nobody starts an update. */
const bundled = async () => (await waitForUpdate()) ?? []

describe('the bundled list', () => {
  it('has the version that explanations tell', async () => {
    const entry = fileURLToPath(import.meta.resolve('@pydantic/genai-prices'))
    const text = await readFile(entry.replace(/dist.index\.js$/, 'package.json'), 'utf8')
    expect(JSON.parse(text)).toMatchObject({ version: marketVersion })
  })

  it('has the sellers that we know by name', async () => {
    expect((await bundled()).map(({ id }) => id).sort()).toEqual(sellerIds.toSorted())
  })

  it('is added up, for every model, to what the package itself works out', async () => {
    const counts = { input: 300_000, output: 2000, read: 40_000, write: 1000, reasoning: 500 }
    const shares = splitUsage({
      inputTokens: counts.input,
      outputTokens: counts.output,
      cacheReadTokens: counts.read,
      cacheWriteTokens: counts.write,
      reasoningTokens: counts.reasoning,
    })
    if (!shares) throw new Error('the usage is known')
    const usage = {
      input_tokens: counts.input,
      output_tokens: counts.output,
      cache_read_tokens: counts.read,
      cache_write_tokens: counts.write,
      output_reasoning_tokens: counts.reasoning,
    }
    let compared = 0
    for (const { id: providerId, models } of await bundled()) {
      for (const { id: model } of models) {
        for (const at of [Date.UTC(2025, 0, 1, 2), Date.UTC(2026, 8, 30, 12)]) {
          const theirs = calcPrice(usage, model, { providerId, timestamp: new Date(at) })
          const row = findMarketRow({ by: 'seller', seller: providerId, model }, at / 1000)
          expect(row?.model, `${providerId} ${model}`).toBe(theirs?.model.id)
          const ours = row && priceByRow(row, shares, at / 1000)
          if (!theirs || !ours) continue
          const allowed = 1e-12 * Math.max(1, theirs.total_price)
          expect(Math.abs(ours.costUsd - theirs.total_price), model).toBeLessThan(allowed)
          compared += 1
        }
      }
    }
    expect(compared).toBeGreaterThan(2000)
  })
})
