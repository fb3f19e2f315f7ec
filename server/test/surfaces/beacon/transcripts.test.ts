/** `? openai {…}` is the body that a provider was asked with. */
import { beaconRoutes } from '@pharos/contract/beacon/routes.ts'
import { houseRoutes } from '@pharos/contract/house/routes.ts'
import type { RouteSpec } from '@pharos/contract/route.ts'
import { expect, test } from 'vitest'
import type { Dialect } from '../../../src/platform/db/database.ts'
import { send, sendJson } from '../../support/http-request.ts'
import { startModelStage } from '../../support/model-stage.ts'
import { testTranscripts, type TranscriptStage } from '../../support/transcript-suite.ts'

const routes: Readonly<Record<string, RouteSpec>> = { ...beaconRoutes, ...houseRoutes }

/** Row 39 of the contract's route index is the socket, which has tests of its own. */
const builtRows = [...rows(1, 38), 40]

test('the contract has a route for every row of its index that is built', () => {
  const refs = new Set(Object.values(routes).map(({ ref }) => ref))
  expect(builtRows.filter((row) => !refs.has(`beacon §1.1-${row}`))).toEqual([])
  expect(refs.size).toBe(builtRows.length + 1)
})

testTranscripts({
  surface: 'Beacon',
  folder: new URL('./transcripts/', import.meta.url),
  routes,
  isPinned: ({ ref }) => ref !== undefined,
  moreThan: 70,
  open: openStage,
  shown: ({ body }) => body,
})

async function openStage(dialect: Dialect): Promise<TranscriptStage> {
  const stage = await startModelStage({ dialect })
  const { url } = stage.app
  return {
    ...stage,
    async clear() {
      await sendJson(url, { method: 'DELETE', path: '/v1/traces', value: { older_than: 9e9 } })
      for (const provider of ['openai', 'anthropic', 'google']) {
        await send(url, { method: 'DELETE', path: `/v1/settings/api-keys/${provider}` })
      }
    },
  }
}

function rows(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
