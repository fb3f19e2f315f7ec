import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeService } from '../../../test/support/fake-service.ts'
import { callerWith } from '../../../test/support/caller.ts'
import { openUpstream } from '../../platform/upstream/open-upstream.ts'
import type { Upstream } from '../../platform/upstream/upstream.ts'
import { askService, type ServiceQuestion } from './ask-service.ts'
import type { PlaygroundContext } from './powers.ts'

const secret = 'ck_very-secret-key'

let service: FakeService
let upstream: Upstream
let logged: string[]
beforeEach(async () => {
  service = await FakeService.start()
  upstream = openUpstream()
  logged = []
})
afterEach(async () => {
  await upstream[Symbol.asyncDispose]()
  await service[Symbol.asyncDispose]()
})

function ask(given: Partial<ServiceQuestion> = {}): Promise<unknown> {
  const ctx: PlaygroundContext = {
    upstream,
    playground: {
      isPublic: false,
      adminKey: undefined,
      modelUrls: { 'qwen-14b': undefined, 'llama-3.1-8b': service.url },
      saeUrl: undefined,
    },
    log: { warn: (details, message) => logged.push(`${message} ${JSON.stringify(details)}`) },
    caller: callerWith('completions:run'),
    requestId: 'req-7',
  }
  return askService(ctx, {
    service: 'model server',
    url: `${service.url}/v1/mods?key=${secret}`,
    headers: { 'x-user-api-key': secret },
    body: { user_api_key: secret },
    timeoutMs: 30_000,
    signal: new AbortController().signal,
    secrets: [secret],
    showsReason: true,
    ...given,
  })
}

test('an answer that takes too long is an upstream failure with the status that was asked for', async () => {
  for (const [given, status] of [
    [{}, 502],
    [{ timeoutStatus: 504 }, 504],
  ] as const) {
    service.next({ delayMs: 400 })
    await expect(ask({ timeoutMs: 20, ...given })).rejects.toMatchObject({
      code: 'upstream',
      message: 'The model server took too long to answer',
      details: { status },
    })
  }
})

test('an asker who leaves cancels the question, and the log has nothing to say', async () => {
  service.next({ delayMs: 400 })
  const leaving = new AbortController()
  const answer = ask({ signal: leaving.signal }).catch((error: unknown) => error)
  leaving.abort(new Error('gone'))
  expect(await answer).toMatchObject({ code: 'cancelled' })
  expect(logged).toEqual([])
})

test('nothing is asked twice, whatever the service answers', async () => {
  for (const status of [408, 429, 500, 503]) {
    service.next({ status, headers: { 'retry-after': '0' } })
    await expect(ask()).rejects.toMatchObject({ code: 'upstream' })
  }
  expect(service.requests.length).toBe(4)
})

test('a service that is not there is told from one that refuses', async () => {
  const gone = await FakeService.start()
  const { url } = gone
  await gone[Symbol.asyncDispose]()
  await expect(ask({ url })).rejects.toMatchObject({
    code: 'upstream',
    message: 'The model server cannot be reached: the connection was refused (ECONNREFUSED)',
  })
})

test('being sent around in circles ends', async () => {
  const around = { status: 303, headers: { location: '/again' } }
  service.next(...Array.from({ length: 20 }, () => around))
  await expect(ask()).rejects.toMatchObject({ message: 'The model server answered 303' })
  expect(service.requests.length).toBe(11)
})

test('a service elsewhere gets neither body nor key', async () => {
  await using other = await FakeService.start()
  service.next({ status: 307, headers: { location: `${other.url}/steal` } })
  await expect(ask()).rejects.toMatchObject({
    message: 'The model server answered 307',
  })
  service.next({ status: 303, headers: { location: `${other.url}/result` } })
  await expect(ask()).resolves.toEqual({})
  expect(other.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /result'])
  expect(JSON.stringify(other.requests)).not.toContain(secret)
})

test('neither the failure nor the log holds a key or the body', async () => {
  const said: string[] = []
  for (const text of [`no such user ${secret}`, 'fine']) {
    service.next({ status: 403, json: { detail: text, body: secret } })
    const error: unknown = await ask().catch((failure: unknown) => failure)
    said.push(error instanceof Error ? error.message : '')
  }
  expect(said).toEqual(['The model server answered 403', 'The model server answered 403: fine'])
  expect(logged.length).toBe(2)
  expect(logged.join()).toContain('"requestId":"req-7"')
  for (let at = 0; at + 8 <= secret.length; at += 1) {
    expect(logged.join()).not.toContain(secret.slice(at, at + 8))
  }
})
