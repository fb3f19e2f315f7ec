import { readdirSync, readFileSync } from 'node:fs'
import { beaconRoutes } from '@pharos/contract/beacon/routes.ts'
import { houseRoutes } from '@pharos/contract/house/routes.ts'
import type { RouteSpec } from '@pharos/contract/route.ts'
import { z } from 'zod'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { toPattern } from '../../../src/platform/http/path-template.ts'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { send, sendJson, type Received } from '../../support/http-request.ts'
import {
  startFakeProvider,
  type Behaviour,
  type FakeProvider,
  type FakeProviderKind,
} from '../../support/fake-provider.ts'
import { normalise, type Bindings } from '../../support/match-reply.ts'
import { parseTranscripts, type Exchange, type Transcript } from '../../support/transcript.ts'

const routes: Readonly<Record<string, RouteSpec>> = { ...beaconRoutes, ...houseRoutes }

const folder = new URL('./transcripts/', import.meta.url)
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.transcript'))
  .map((name) => ({
    name,
    transcripts: parseTranscripts(readFileSync(new URL(name, folder), 'utf8')),
  }))

describe('The contract', () => {
  /** Row 39 of the contract's route index is the socket, which has tests of its own. */
  const builtRows = [...rows(1, 38), 40]

  test('has a route for every row of its index that is built', () => {
    const refs = new Set(Object.values(routes).map(({ ref }) => ref))
    expect(builtRows.filter((row) => !refs.has(`beacon §1.1-${row}`))).toEqual([])
    expect(refs.size).toBe(builtRows.length + 1)
  })

  test('has a transcript for every route that it names', () => {
    const all = files.flatMap(({ transcripts }) => transcripts)
    const silent = Object.entries(routes).filter(
      ([name, route]) => route.ref !== undefined && !all.some((one) => isAbout(one, name, route)),
    )
    expect(silent.map(([name]) => name)).toEqual([])
  })

  test('is named by every transcript with a route and a section', () => {
    const all = files.flatMap(({ transcripts }) => transcripts)
    const nameless = all.filter(
      ({ route, section }) => routes[route] === undefined || !/^§[\dA-C][\d.-]*$/.test(section),
    )
    expect(nameless.map(({ title }) => title)).toEqual([])
    expect(all.length).toBeGreaterThan(70)
  })
})

type Providers = Readonly<Record<FakeProviderKind, FakeProvider>>

describe.each(['sqlite', 'postgres'] as const)('Beacon [%s]', (dialect) => {
  let app: TestApp
  let providers: Providers
  beforeAll(async () => {
    providers = {
      openai: await startFakeProvider('openai'),
      anthropic: await startFakeProvider('anthropic'),
      google: await startFakeProvider('google'),
      ollama: await startFakeProvider('ollama'),
    }
    const settings = {
      openaiBaseUrl: providers.openai.url,
      anthropicBaseUrl: providers.anthropic.url,
      googleBaseUrl: providers.google.url,
      ollamaBaseUrl: providers.ollama.url,
    }
    app = await startTestApp({ dialect, settings })
  })
  afterAll(async () => {
    await app.stop()
    for (const provider of Object.values(providers)) await provider[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    await sendJson(app.url, { method: 'DELETE', path: '/v1/traces', value: { older_than: 9e9 } })
    for (const provider of ['openai', 'anthropic', 'google']) {
      await send(app.url, { method: 'DELETE', path: `/v1/settings/api-keys/${provider}` })
    }
  })

  describe.each(files)('$name', ({ transcripts }) => {
    test.each(transcripts)('$title ($section)', async ({ exchanges }) => {
      const bindings: Bindings = new Map()
      for (const exchange of exchanges) {
        const seen = countRequests(providers)
        for (const { provider, json } of exchange.behaviours) {
          fakeOf(providers, provider).next(toBehaviour(json))
        }
        await expectReply(app.url, filled(exchange, bindings), bindings)
        await untilAsked(providers, seen, exchange)
        expectAsked(providers, seen, exchange, bindings)
      }
      expect(app.deaths).toEqual([])
    })
  })
})

function fakeOf(providers: Providers, name: string): FakeProvider {
  const found = Object.entries(providers).find(([kind]) => kind === name)
  if (!found) throw new Error(`No provider is called ${name}`)
  return found[1]
}

/** A behaviour without a type is a reply. */
function toBehaviour(json: string): Behaviour {
  const fields: unknown = JSON.parse(json)
  return { type: 'reply', ...(fields as Partial<Behaviour>) } as Behaviour
}

function countRequests(providers: Providers): ReadonlyMap<string, number> {
  return new Map(Object.entries(providers).map(([name, fake]) => [name, fake.requests.length]))
}

/** What goes on after its reply, as a demo agent does, asks a little later. */
async function untilAsked(
  providers: Providers,
  seen: ReadonlyMap<string, number>,
  { asked }: Exchange,
): Promise<void> {
  for (const [name, fake] of Object.entries(providers)) {
    const count = asked.filter(({ provider }) => provider === name).length
    if (count > 0) await fake.untilAsked((seen.get(name) ?? 0) + count)
  }
}

/** Every request that reached a provider is named by the transcript, or none of that exchange. */
function expectAsked(
  providers: Providers,
  seen: ReadonlyMap<string, number>,
  { asked, method, path }: Exchange,
  bindings: Bindings,
): void {
  if (asked.length === 0) return
  for (const [name, fake] of Object.entries(providers)) {
    const bodies = fake.requests.slice(seen.get(name)).map(({ body }) => body)
    const expected = asked
      .filter(({ provider }) => provider === name)
      .map(({ json }): unknown => JSON.parse(json))
    const shownBodies = bodies.map((body, index) => normalise(body, expected[index], bindings))
    expect(shownBodies, `${name} during ${method} ${path}`).toEqual(expected)
  }
}

/** What earlier replies bound to names, in its places. */
function filled(exchange: Exchange, bindings: Bindings): Exchange {
  const fill = (text: string): string =>
    text.replaceAll(/<uuid:(\w+)>/g, (whole, name: string) => {
      const bound = bindings.get(name)
      return typeof bound === 'string' ? bound : whole
    })
  const { path, body } = exchange
  return { ...exchange, path: fill(path), body: body === undefined ? undefined : fill(body) }
}

async function expectReply(url: string, exchange: Exchange, bindings: Bindings): Promise<void> {
  const { method, path, headers, body, reply } = exchange
  const received = await send(url, {
    method,
    path,
    headers,
    ...(body === undefined ? {} : { body }),
  })
  const asked = `${method} ${path} ${body ?? ''}`
  expect(`${received.status} to ${asked}`, received.text).toBe(`${reply.status} to ${asked}`)
  expectHeaders(received, exchange)
  for (const part of reply.holds) expect(received.text).toContain(part)
  if (reply.body === undefined) return
  if (received.headers['content-type'] !== 'application/json') {
    expect(shown(received.text)).toBe(reply.body)
    return
  }
  const value: unknown = JSON.parse(received.text)
  const expected: unknown = JSON.parse(reply.body)
  expect(normalise(value, expected, bindings), asked).toEqual(expected)
  expectContractShape(exchange, received.status, value)
}

function expectHeaders({ headers, text }: Received, { method, reply }: Exchange): void {
  const always = { 'content-type': 'application/json', vary: 'Origin' }
  for (const [name, value] of Object.entries({ ...always, ...reply.headers })) {
    if (value !== '-') expect(headers[name], name).toBe(value)
    else if (name !== 'content-type') expect(headers[name], name).toBeUndefined()
  }
  expect(headers['x-request-id']).toMatch(/^[\w.:-]+$/)
  expect(headers['request-id']).toBe(headers['x-request-id'])
  if (method !== 'HEAD') expect(headers['content-length']).toBe(String(Buffer.byteLength(text)))
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

/** Literal paths stand before parameters in the table; an encoded slash is no route's. */
function routeOf(method: string, path: string): RouteSpec | undefined {
  const bare = path.split('?', 1)[0]?.replaceAll('%2F', '/') ?? path
  return Object.values(routes).find(
    (route) => route.method === method && toPattern(route.path).test(bare),
  )
}

function isAbout(transcript: Transcript, name: string, route: RouteSpec): boolean {
  return (
    transcript.route === name &&
    transcript.exchanges.some(({ method, path }) => routeOf(method, path) === route)
  )
}

/** Line ends that a reader of the file can see. */
function shown(text: string): string {
  return text.replaceAll('\r\n', '\\r\n').replace(/\n$/, '')
}

function rows(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
