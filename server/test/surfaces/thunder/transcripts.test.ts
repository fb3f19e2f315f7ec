/**
 * `<key:admin>` and `<key:logs:read+logs:write>` in a header are keys of these scopes; without one
 * is anonymous. `% engine {"status":500,"json":{}}` queues an answer of a fake service,
 * `? engine {"method":"POST","path":"/x","body":{},"…":""}` is what it was asked.
 */
import { health } from '@pharos/contract/beacon/health.ts'
import type { RouteSpec } from '@pharos/contract/route.ts'
import { thunderRoutes } from '@pharos/contract/thunder/routes.ts'
import { describe, expect, test } from 'vitest'
import { toPattern } from '../../../src/platform/http/path-template.ts'
import { testTranscripts } from '../../support/transcript-suite.ts'
import { routeIndex } from './route-index.ts'
import { Stage } from './stage.ts'

const routes: Readonly<Record<string, RouteSpec>> = { ...thunderRoutes, health }

describe('The route index', () => {
  test('has a route for every line', () => {
    const named = Object.values(routes).map(({ method, path }) => `${method} ${path}`)
    expect(routeIndex.filter((line) => !named.includes(line))).toEqual([])
  })

  test('is referred to by every route in it, and by no other', () => {
    const strange = Object.values<RouteSpec>(thunderRoutes).filter(({ ref, method, path }) => {
      const line = `${method} ${path}`
      const isInIndex = routeIndex.includes(line)
      return isInIndex ? ref !== `thunder §1.3 ${line}` : ref?.startsWith('thunder §1.3')
    })
    expect(strange.map(({ path }) => path)).toEqual([])
  })
})

testTranscripts({
  surface: 'Thunder',
  folder: new URL('./transcripts/', import.meta.url),
  routes,
  patternOf: ({ path }) => toPattern(path, true),
  moreThan: 10,
  open: (dialect) => Stage.open(dialect),
  headers: {
    'access-control-allow-origin': '*',
    'access-control-expose-headers': '*',
    vary: 'origin, access-control-request-method, access-control-request-headers',
  },
  shown: (request) => ({ ...request }),
})
