/**
 * Runs the transcripts beside this file. Beyond what `support/transcript.ts` says: a header, path
 * or body takes what an earlier reply bound to a name (`<text:key>`, `<int:id>`, `<token:link>`),
 * and the header value `<key:admin>` or `<key:logs:read+logs:write>` is a key made for the purpose.
 * Without a key one is anonymous. `% engine {"status":500,"json":{}}` queues an answer of a fake
 * service, `? engine {"method":"POST","path":"/x","body":{},"…":""}` is what it was asked.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { health } from '@pharos/contract/beacon/health.ts'
import type { RouteSpec } from '@pharos/contract/route.ts'
import { thunderRoutes } from '@pharos/contract/thunder/routes.ts'
import { z } from 'zod'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { toPattern } from '../../../src/platform/http/path-template.ts'
import type { Behaviour } from '../../support/fake-provider.ts'
import type { ServiceAnswer } from '../../support/fake-service.ts'
import { send, type Received } from '../../support/http-request.ts'
import { normalise, type Bindings } from '../../support/match-reply.ts'
import { parseTranscripts, type Exchange, type Transcript } from '../../support/transcript.ts'
import { routeIndex } from './route-index.ts'
import { Stage, type Services } from './stage.ts'

const routes: Readonly<Record<string, RouteSpec>> = { ...thunderRoutes, health }

const folder = new URL('./transcripts/', import.meta.url)
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.transcript'))
  .map((name) => ({
    name,
    transcripts: parseTranscripts(readFileSync(new URL(name, folder), 'utf8')),
  }))

describe('The contract', () => {
  test('has a route for every line of its index', () => {
    const named = Object.values(routes).map(({ method, path }) => `${method} ${path}`)
    expect(routeIndex.filter((line) => !named.includes(line))).toEqual([])
  })

  test('refers by every route to its line of the index, or to another section', () => {
    const strange = Object.values<RouteSpec>(thunderRoutes).filter(({ ref, method, path }) => {
      const line = `${method} ${path}`
      const isInIndex = routeIndex.includes(line)
      return isInIndex ? ref !== `thunder §1.3 ${line}` : ref?.startsWith('thunder §1.3')
    })
    expect(strange.map(({ path }) => path)).toEqual([])
  })

  test('has a transcript for every route', () => {
    const all = files.flatMap(({ transcripts }) => transcripts)
    const silent = Object.entries(routes).filter(
      ([name, route]) => !all.some((one) => isAbout(one, name, route)),
    )
    expect(silent.map(([name]) => name)).toEqual([])
  })

  test('is named by every transcript with a route and a section', () => {
    const all = files.flatMap(({ transcripts }) => transcripts)
    const nameless = all.filter(
      ({ route, section }) => routes[route] === undefined || !/^§\d[\d.-]*$/.test(section),
    )
    expect(nameless.map(({ title }) => title)).toEqual([])
    expect(all.length).toBeGreaterThan(10)
  })
})

describe.each(['sqlite', 'postgres'] as const)('Thunder [%s]', (dialect) => {
  let stage: Stage
  beforeAll(async () => {
    stage = await Stage.open(dialect)
  })
  afterAll(() => stage[Symbol.asyncDispose]())
  beforeEach(() => stage.clear())

  describe.each(files)('$name', ({ transcripts }) => {
    test.each(transcripts)('$title ($section)', async ({ exchanges }) => {
      const bindings: Bindings = new Map()
      for (const exchange of exchanges) {
        const seen = countRequests(stage.services)
        for (const { provider, json } of exchange.behaviours) {
          behave(stage.services, provider, JSON.parse(json))
        }
        await expectReply(stage.app.url, await filled(exchange, bindings, stage), bindings)
        expectAsked(stage.services, seen, exchange, bindings)
      }
      expect(stage.app.deaths).toEqual([])
    })
  })
})

/** A behaviour of the provider without a type is a reply. */
function behave(services: Services, name: string, given: object): void {
  if (name === 'openai') services.openai.next({ type: 'reply', ...given } satisfies Behaviour)
  else serviceOf(services, name).next(given satisfies ServiceAnswer)
}

function serviceOf(services: Services, name: string): Services['engine'] {
  if (name === 'engine' || name === 'sae' || name === 'hf') return services[name]
  throw new Error(`No service is called ${name}`)
}

function countRequests(services: Services): ReadonlyMap<string, number> {
  return new Map(Object.entries(services).map(([name, fake]) => [name, fake.requests.length]))
}

/** Every request that reached a service is named by the transcript, or none of that exchange. */
function expectAsked(
  services: Services,
  seen: ReadonlyMap<string, number>,
  { asked, method, path }: Exchange,
  bindings: Bindings,
): void {
  if (asked.length === 0) return
  for (const [name, fake] of Object.entries(services)) {
    const requests: readonly object[] = fake.requests
    const got = requests.slice(seen.get(name)).map((request) => ({ ...request }))
    const expected = asked
      .filter(({ provider }) => provider === name)
      .map(({ json }): unknown => JSON.parse(json))
    const shown = got.map((request, index) => normalise(request, expected[index], bindings))
    expect(shown, `${name} during ${method} ${path}`).toEqual(expected)
  }
}

/** What earlier replies bound to names, and keys, in their places. */
async function filled(exchange: Exchange, bindings: Bindings, stage: Stage): Promise<Exchange> {
  const fill = (text: string): string =>
    text.replaceAll(/<\w+:(\w+)>/g, (whole, name: string) => {
      const bound = bindings.get(name)
      return typeof bound === 'string' || typeof bound === 'number' ? String(bound) : whole
    })
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(exchange.headers)) {
    const kind = /^<key:([\w:+]+)>$/.exec(value)?.[1]
    headers[name] = kind === undefined ? fill(value) : await keyOf(kind, bindings, stage)
  }
  const { path, body } = exchange
  return { ...exchange, headers, path: fill(path), body: body === undefined ? body : fill(body) }
}

/** One key of a kind a transcript. */
async function keyOf(kind: string, bindings: Bindings, stage: Stage): Promise<string> {
  const name = `key:${kind}`
  if (!bindings.has(name)) bindings.set(name, await stage.keyOf(kind))
  return String(bindings.get(name))
}

async function expectReply(url: string, exchange: Exchange, bindings: Bindings): Promise<void> {
  const { method, path, headers, body, reply } = exchange
  const sent = { method, path, headers, ...(body === undefined ? {} : { body }) }
  const received = await send(url, sent)
  const asked = `${method} ${path} ${body ?? ''}`
  expect(`${received.status} to ${asked}`, received.text).toBe(`${reply.status} to ${asked}`)
  expectHeaders(received, exchange)
  for (const part of reply.holds) expect(received.text).toContain(part)
  if (reply.body === undefined) return
  if (received.headers['content-type'] !== 'application/json') {
    expect(received.text).toBe(reply.body)
    return
  }
  const value: unknown = JSON.parse(received.text)
  const expected: unknown = JSON.parse(reply.body)
  expect(normalise(value, expected, bindings), asked).toEqual(expected)
  expectContractShape(exchange, received.status, value)
}

const everywhere = {
  'content-type': 'application/json',
  'access-control-allow-origin': '*',
  'access-control-expose-headers': '*',
  vary: 'origin, access-control-request-method, access-control-request-headers',
}

function expectHeaders({ headers }: Received, { reply }: Exchange): void {
  for (const [name, value] of Object.entries({ ...everywhere, ...reply.headers })) {
    if (value !== '-') expect(headers[name], name).toBe(value)
    else if (name !== 'content-type') expect(headers[name], name).toBeUndefined()
  }
  expect(headers['x-request-id']).toMatch(/^[\w.:-]+$/)
}

/** What the server says is also what the published contract says it may say. */
function expectContractShape({ method, path }: Exchange, status: number, value: unknown): void {
  const route = routeOf(method, path)
  if (route === undefined) return
  const spec = route.reply[status]
  expect(spec, `${method} ${route.path} may not answer ${status}`).toBeDefined()
  if (spec === undefined || (!('json' in spec) && !(spec instanceof z.ZodType))) return
  const schema = spec instanceof z.ZodType ? spec : spec.json
  expect(schema.safeParse(value).error, `${status} of ${method} ${path}`).toBeUndefined()
}

/** A route whose path has no parameter in the place wins. */
function routeOf(method: string, path: string): RouteSpec | undefined {
  const bare = path.split('?', 1)[0] ?? path
  return Object.values(routes)
    .filter((route) => route.method === method && toPattern(route.path, true).test(bare))
    .sort((one, other) => parametersOf(one) - parametersOf(other))[0]
}

function parametersOf({ path }: RouteSpec): number {
  return path.split('{').length
}

function isAbout(transcript: Transcript, name: string, route: RouteSpec): boolean {
  return (
    transcript.route === name &&
    transcript.exchanges.some(({ method, path }) => routeOf(method, path) === route)
  )
}
