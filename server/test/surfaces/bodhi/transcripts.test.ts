/**
 * `<key:admin>`, `<key:models:read>` and `<key:best-only>` in a header are keys. `<text:openai>` is the
 * base URL of a provider, `<text:main>` and `<text:older>` are the commits of the files on disk.
 * `% hub {"type":"hold","afterBytes":1000}` queues a fault of the hub, `? hub {"path":"<text>",…}` is a
 * question for a content.
 */
import { DownloadRequest } from '@pharos/contract/bodhi/downloads.ts'
import { bodhiRoutes } from '@pharos/contract/bodhi/routes.ts'
import type { RouteSpec } from '@pharos/contract/route.ts'
import { expect, test } from 'vitest'
import { testTranscripts } from '../../support/transcript-suite.ts'
import { BodhiStage } from './stage.ts'

/** Rows 9 to 19 of the contract's route index (§1.1). */
const seedRows = [
  'GET /bodhi/v1/models',
  'GET /bodhi/v1/models/{alias}',
  'POST /bodhi/v1/models',
  'PUT /bodhi/v1/models/{alias}',
  'DELETE /bodhi/v1/models/{alias}',
  'POST /bodhi/v1/models/{alias}/copy',
  'GET /bodhi/v1/modelfiles',
  'GET /bodhi/v1/modelfiles/pull',
  'POST /bodhi/v1/modelfiles/pull',
  'POST /bodhi/v1/modelfiles/pull/{alias}',
  'GET /bodhi/v1/modelfiles/pull/{id}',
]

/** Of what came later (§1.16) the rows about models. `GET …/models/{id}` is that of an alias. */
const laterRows = [
  'POST /bodhi/v1/models/alias',
  'PUT /bodhi/v1/models/alias/{id}',
  'DELETE /bodhi/v1/models/alias/{id}',
  'POST /bodhi/v1/models/alias/{id}/copy',
  'POST /bodhi/v1/models/api',
  'GET /bodhi/v1/models/api/formats',
  'POST /bodhi/v1/models/api/test',
  'POST /bodhi/v1/models/api/fetch-models',
  'GET /bodhi/v1/models/api/{id}',
  'PUT /bodhi/v1/models/api/{id}',
  'DELETE /bodhi/v1/models/api/{id}',
  'POST /bodhi/v1/models/api/{id}/sync-models',
  'POST /bodhi/v1/models/router',
  'GET /bodhi/v1/models/router/{id}',
  'PUT /bodhi/v1/models/router/{id}',
  'DELETE /bodhi/v1/models/router/{id}',
  'GET /bodhi/v1/models/files',
  'GET /bodhi/v1/models/files/pull',
  'POST /bodhi/v1/models/files/pull',
  'GET /bodhi/v1/models/files/pull/{id}',
  'POST /bodhi/v1/models/files/pull/{id}/archive',
  'POST /bodhi/v1/models/files/pull/{id}/retry',
  'POST /bodhi/v1/models/refresh',
  'GET /bodhi/v1/queue',
]

test('the contract has a route for every row about models', () => {
  const named = Object.values<RouteSpec>(bodhiRoutes).map(({ method, path }) => `${method} ${path}`)
  expect([...seedRows, ...laterRows].filter((row) => !named.includes(row))).toEqual([])
  expect(new Set(named).size).toBe(named.length)
})

testTranscripts({
  surface: 'Bodhi',
  folder: new URL('./transcripts/', import.meta.url),
  routes: bodhiRoutes,
  patternOf,
  source: /^(?:§[\dB][\d.]*|rulings-§\d+)$/,
  isPinned: ({ ref }) => ref !== undefined,
  moreThan: 110,
  open: (dialect) => BodhiStage.open(dialect),
  stream: {
    contentType: 'text/event-stream; charset=utf-8',
    headers: { 'cache-control': 'no-cache', 'x-accel-buffering': 'no' },
    read: downloadsIn,
    also: DownloadRequest,
  },
})

/** An alias may be the name of a file, which holds a slash. */
function patternOf({ path }: RouteSpec): RegExp {
  const alias = '[^/]+(?:/[^/:<]+:[^/]+)?'
  return new RegExp(`^${path.replaceAll('{alias}', alias).replaceAll(/\{\w+\}/g, '[^/]+')}$`)
}

/** The data of each event. */
function downloadsIn(text: string): readonly string[] {
  const events = text.split('\n\n').filter((event) => event !== '')
  return events.map((event) => {
    const [, data = ''] = /^data: ([^\n]+)$/.exec(event) ?? []
    expect(DownloadRequest.safeParse(JSON.parse(data)).error, event).toBeUndefined()
    return data
  })
}
