import type { Agent } from 'node:http'
import { roles } from '@pharos/contract/vocabulary.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { send } from '../support/http-request.ts'
import { openingStatus } from '../support/live-client.ts'
import { endSession, isLoggedIn, logIn, type Login } from '../support/log-in.ts'
import { reviewedAccess, type Outcome } from './access-table.ts'
import { bodhiBodies } from './bodhi/planted-bodies.ts'
import { outcomeForNobody, outcomeForRole } from './role-table.ts'
import { sweep, type Mounted } from './sweep.ts'

type Headers = Readonly<Record<string, string>>

/** Where more than the route's access decides, and only once the body was read. */
const decidesLate =
  /^(?:POST|PUT) \/(?:bodhi\/v1\/(?:tokens|settings)\b|api\/v1\/users\/\{id\}\/profile)/
const bodies: Readonly<Record<string, unknown>> = {
  ...bodhiBodies,
  'PUT /api/v1/users/{id}/profile': { timezone: 'Europe/Paris' },
}

function bodyFor(name: string): { readonly body?: string } {
  return decidesLate.test(name) ? { body: JSON.stringify(bodies[name]) } : {}
}

/** Nothing of the kind exists and few have a body: who is let in learns just that. */
async function outcomeOf(
  url: string,
  route: Mounted,
  { headers, agent }: { readonly headers: Headers; readonly agent: Agent },
): Promise<Outcome> {
  const { method, path: template } = route
  const path = template.replaceAll(/\{\w+\}/g, 'none')
  const all = { ...headers, 'content-type': 'application/json' }
  const body = bodyFor(`${method} ${template}`)
  const status =
    route.kind === 'socket'
      ? await openingStatus(url, path, { headers })
      : (await send(url, { method, path, headers: all, agent, ...body })).status
  return status === 401 || status === 403 ? status : 'served'
}

/** Each route once, with a login that is there before it: one of them ends it. */
function sweepAs(
  server: TestApp,
  role: Login['user']['role'],
  headersOf: (login: Login) => Headers,
): Promise<Readonly<Record<string, Outcome>>> {
  return sweep(server.app.mounted, () => {
    let login: Login | undefined
    return async (route, agent) => {
      if (!login || !(await isLoggedIn(server.app.context, login))) {
        login = await logIn(server, role)
      }
      return outcomeOf(server.url, route, { headers: headersOf(login), agent })
    }
  })
}

function expected(decide: (route: string) => Outcome): Readonly<Record<string, Outcome>> {
  return Object.fromEntries(Object.keys(reviewedAccess).map((route) => [route, decide(route)]))
}

const accessOf = (route: string) => reviewedAccess[route] ?? 'public'

/** On an open server a login takes powers away, which one role shows as well as five. */
const modes = [
  ['open', ['viewer']],
  ['required', roles],
] as const

describe.each(modes)('With --auth %s', (auth, swept) => {
  let server: TestApp
  beforeAll(async () => {
    server = await startTestApp({ settings: { auth, ingestAuth: 'required' } })
  })
  afterAll(() => server.stop())

  test.each(swept)('each route serves or refuses a person who is logged in: %s', async (role) => {
    const seen = await sweepAs(server, role, ({ cookie }) => ({ cookie }))
    expect(seen).toEqual(expected((route) => outcomeForRole(route, accessOf(route), role)))
  })

  test('each route takes the token of a session as well', async () => {
    const seen = await sweepAs(server, 'user', ({ token }) => ({
      authorization: `Bearer ${token}`,
    }))
    expect(seen).toEqual(expected((route) => outcomeForRole(route, accessOf(route), 'user')))
  })

  test('no route lets a page of another site use the login of an admin', async () => {
    const page = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    const seen = await sweepAs(server, 'admin', ({ cookie }) => ({ cookie, ...page }))
    expect(seen).toEqual(expected((route) => outcomeForNobody(accessOf(route))))
  })
})

describe('A login that has ended', () => {
  test('opens nothing that is not open to everybody', async () => {
    await using server = await startTestApp({
      settings: { auth: 'required', ingestAuth: 'required' },
    })
    const { cookie, sessionId } = await logIn(server, 'admin')
    await endSession(server.app.context, sessionId)
    const seen = await sweep(server.app.mounted, () => (route, agent) => {
      return outcomeOf(server.url, route, { headers: { cookie }, agent })
    })
    expect(seen).toEqual(expected((route) => outcomeForNobody(accessOf(route))))
  })
})
