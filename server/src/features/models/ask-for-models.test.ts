import { afterAll, describe, expect, it } from 'vitest'
import { connectionTo, providerKey } from '../../../test/support/completion-context.ts'
import { listedAt } from '../../../test/support/fake-provider/list-models.ts'
import {
  startFakeProvider,
  type FakeProviderKind,
  type Script,
} from '../../../test/support/fake-provider.ts'
import { openUpstream } from '../../platform/upstream/open-upstream.ts'
import { askForModels } from './ask-for-models.ts'
import { DomainError } from '../../platform/domain-error.ts'

const upstream = openUpstream()
afterAll(() => upstream[Symbol.asyncDispose]())

const kinds = ['openai', 'anthropic', 'google', 'ollama'] as const
const still = new AbortController().signal

async function ask(kind: FakeProviderKind, baseUrl: string, limitMs = 5_000) {
  return askForModels(upstream, () => connectionTo(kind, baseUrl), { limitMs, signal: still })
}

async function answerTo(kind: FakeProviderKind, script: Script, limitMs?: number) {
  await using fake = await startFakeProvider(kind)
  fake.whenListed(script)
  return await ask(kind, fake.url, limitMs)
}

describe.each(kinds)('A provider of the kind %s', (kind) => {
  it('is asked in its own words, page by page', async () => {
    const models = ['one', 'two:8b', 'org/three', 'four', 'five']
    await using fake = await startFakeProvider(kind, { models })
    const answer = await ask(kind, fake.url)
    expect(answer).toMatchObject({ status: 'listed' })
    const listed = answer.status === 'listed' ? answer.models : []
    expect(listed.map(({ id }) => id)).toEqual(models)
    expect(listed[0]?.createdAt).toBe(kind === 'google' ? 0 : listedAt)
    expect(fake.listRequests.length).toBe(kind === 'anthropic' || kind === 'google' ? 3 : 1)
    expect(fake.listRequests[0]).toMatchObject({ method: 'GET', refused: null })
  })

  it('may have any root that calls take', async () => {
    await using fake = await startFakeProvider(kind)
    const roots = { openai: '/', anthropic: '/v1', google: '/v1beta/', ollama: '/v1' }
    expect(await ask(kind, `${fake.url}${roots[kind]}`)).toMatchObject({ status: 'listed' })
  })

  it('refuses a key', async () => {
    const answer = await answerTo(kind, { type: 'status', status: 401, message: providerKey })
    expect(answer).toEqual({
      status: 'refused',
      reason: 'It does not take the key (status 401)',
    })
  })

  it.each<[string, Script]>([
    ['an error', { type: 'status', status: 500 }],
    ['no such path', { type: 'status', status: 404 }],
    ['a page for people', { type: 'nonsense' }],
    ['a list of another kind', { type: 'raw', body: '{"data": 5, "models": {}}' }],
    ['no object', { type: 'raw', body: '[]' }],
  ])('gives no list: %s', async (_, script) => {
    expect(await answerTo(kind, script)).toMatchObject({ status: 'unlisted' })
  })

  it.each<[string, Script]>([
    ['says nothing', { type: 'hang' }],
    ['hangs up', { type: 'drop' }],
  ])('cannot be reached: it %s', async (_, script) => {
    expect(await answerTo(kind, script, 100)).toMatchObject({ status: 'unreachable' })
  })
})

it('knows Gemini’s way to refuse a key', async () => {
  const body = JSON.stringify({ error: { code: 400, details: [{ reason: 'API_KEY_INVALID' }] } })
  const refusal = { type: 'raw', status: 400, body } as const
  expect(await answerTo('google', refusal)).toMatchObject({ status: 'refused' })
  expect(await answerTo('openai', refusal)).toMatchObject({ status: 'unlisted' })
})

it('leaves out what is no name of a model', async () => {
  const ids = ['', 'a\nb', 'x'.repeat(256), 7, null, 'fine']
  const data = [...ids.map((id) => ({ id })), 'text', null]
  const body = JSON.stringify({ data })
  const answer = await answerTo('openai', { type: 'raw', body })
  expect(answer).toEqual({
    status: 'listed',
    models: [{ id: 'fine', createdAt: 0, ownedBy: null }],
  })
})

it('stops after twenty pages, and at five thousand models', async () => {
  await using fake = await startFakeProvider('google')
  fake.whenListed(({ path }) => {
    const start = path.length
    return {
      type: 'raw',
      body: JSON.stringify({ models: [{ name: `m${start}` }], nextPageToken: `${path}x` }),
    }
  })
  await ask('google', fake.url)
  expect(fake.listRequests.length).toBe(20)
  const data = Array.from({ length: 5_001 }, (_, index) => ({ id: `m${index}` }))
  const answer = await answerTo('openai', { type: 'raw', body: JSON.stringify({ data }) })
  expect(answer.status === 'listed' && answer.models.length).toBe(5_000)
})

it('tells why a connection cannot be opened', async () => {
  const open = () => {
    throw new DomainError('precondition', 'The provider lab has no base URL')
  }
  expect(await askForModels(upstream, open, { limitMs: 100, signal: still })).toEqual({
    status: 'unreachable',
    reason: 'The provider lab has no base URL',
  })
})
