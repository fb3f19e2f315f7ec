import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeHub } from '../../../../test/support/fake-hub.ts'
import { contentEtag, ggufLikeBytes } from '../../../../test/support/fake-hub-content.ts'
import { FakeService } from '../../../../test/support/fake-service.ts'
import { partsOf } from './file-parts.ts'
import { plainEtag, readHubFile } from './hub-file.ts'
import { redirectTarget } from './hub-redirects.ts'
import { Hub } from './hub.ts'
import { listRepoFiles } from './list-repo-files.ts'
import { listPullableFiles } from './pull-file.ts'
import { ProgressMeter, type TransferProgress } from './transfer-progress.ts'

const signal = new AbortController().signal
const patience = { sleep: async () => undefined, random: () => 0 }

describe('a redirect', () => {
  it.each([
    ['https://hub.example/a', 'https://cdn.example/b', 'https://cdn.example/b'],
    ['https://hub.example/a', '/b', 'https://hub.example/b'],
    ['https://hub.example/a', 'http://hub.example/b', null],
    ['https://hub.example/a', 'http://127.0.0.1/b', null],
    ['http://mirror.example/a', 'https://cdn.example/b', 'https://cdn.example/b'],
    ['http://mirror.example/a', 'http://mirror.example:8080/b', 'http://mirror.example:8080/b'],
    ['http://mirror.example/a', 'http://other.example/b', null],
    ['http://mirror.example/a', 'http://127.0.0.1/b', null],
    ['http://127.0.0.1:1/a', 'http://localhost:2/b', 'http://localhost:2/b'],
    ['http://localhost:1/a', 'http://[::1]:2/b', 'http://[::1]:2/b'],
    ['http://localhost:1/a', 'http://10.0.0.1/b', null],
    ['https://hub.example/a', 'file:///etc/passwd', null],
    ['https://hub.example/a', 'https://me@cdn.example/b', null],
    ['https://hub.example/a', undefined, null],
  ])('from %s to %s leads to %s', (from, location, target) => {
    expect(redirectTarget(new URL(from), location)?.href ?? null).toBe(target)
  })
})

describe('what the hub says of a file', () => {
  const name = { repo: 'a/b', filename: 'c.gguf' }
  const commit = { 'x-repo-commit': 'abc' }

  it('is taken from itself before the storage that it leads to', () => {
    const heads = [
      { ...commit, 'x-linked-etag': '"real"', 'x-linked-size': '12', location: '/x' },
      { etag: '"other"', 'content-length': '99' },
    ]
    expect(readHubFile(name, heads)).toEqual({
      ...name,
      commit: 'abc',
      etag: 'real',
      sizeBytes: 12,
    })
  })

  it('may be in the usual headers', () => {
    const heads = [{ ...commit, etag: 'W/"weak-1"', 'content-length': '5' }]
    expect(readHubFile(name, heads)).toMatchObject({ etag: 'weak-1', sizeBytes: 5 })
  })

  it.each([
    [[{ etag: '"x"', 'content-length': '5' }]],
    [[{ 'x-repo-commit': '../..', etag: '"x"', 'content-length': '5' }]],
    [[{ ...commit, 'content-length': '5' }]],
    [[{ ...commit, etag: '"x"' }]],
    [[{ ...commit, etag: '"x"', 'content-length': 'many' }]],
    [[{ ...commit, etag: '"x"', 'content-length': '5', location: '/x' }]],
  ])('cannot be used: %o', (heads) => {
    expect(() => readHubFile(name, heads)).toThrow('cannot be used')
  })

  it.each(['../x', 'a/b', 'a.incomplete', '', '"', 'a b', 'x'.repeat(201)])(
    'has no etag that is no name: %s',
    (etag) => {
      expect(plainEtag(`"${etag}"`)).toBeUndefined()
    },
  )
})

describe('parts', () => {
  it('are all those that the first one announces', () => {
    expect(partsOf('x-00001-of-00003.gguf')).toEqual([
      'x-00001-of-00003.gguf',
      'x-00002-of-00003.gguf',
      'x-00003-of-00003.gguf',
    ])
    expect(partsOf('x-00002-of-00003.gguf')).toEqual(['x-00002-of-00003.gguf'])
    expect(partsOf('x-00001-of-00001.gguf')).toEqual(['x-00001-of-00001.gguf'])
    expect(partsOf('x.gguf')).toEqual(['x.gguf'])
  })
})

describe('progress', () => {
  it('has the speed of the last seconds', () => {
    const clock = { now: 0, elapsedMs: () => clock.now }
    const told: TransferProgress[] = []
    const whole = { snapshot: 'abc', totalBytes: 10_000_000 }
    const meter = new ProgressMeter(clock, whole, (progress) => told.push(progress))
    meter.show('a', 'downloading', 0)
    expect(told.at(-1)?.bytesPerSecond).toBeNull()
    let bytes = 0
    const run = (ticks: number, each: number): number | null | undefined => {
      for (let tick = 0; tick < ticks; tick += 1) {
        clock.now += 100
        bytes += each
        meter.receive(each)
        meter.show('a', 'downloading', bytes)
      }
      return told.at(-1)?.bytesPerSecond
    }
    expect(run(100, 1000)).toBe(10_000)
    expect(run(100, 5000)).toBe(50_000)
    meter.settle(bytes)
    meter.show('b', 'downloading', 7)
    expect(told.at(-1)).toMatchObject({ file: 'b', bytes: bytes + 7, totalBytes: 10_000_000 })
  })
})

describe('the list of a repository', () => {
  let fake: FakeHub
  const repo = 'user/tiny'
  const names = ['e-Q8_0.gguf', 'README.md', 'b-Q4_0.gguf', 'a-Q2_K.gguf', 'folder%2Fx.gguf']

  beforeEach(async () => {
    fake = await FakeHub.start()
    for (const name of names) fake.put(repo, name, ggufLikeBytes(name.length, name))
  })
  afterEach(async () => fake[Symbol.asyncDispose]())

  it('has its GGUF files with their sizes, from all pages', async () => {
    fake.failHub({ status: 503 })
    await using hub = new Hub({ endpoint: fake.url })
    const files = await listRepoFiles(hub, { repo, revision: 'main', signal, patience })
    expect(files.map(({ filename }) => filename)).toEqual([
      'a-Q2_K.gguf',
      'b-Q4_0.gguf',
      'e-Q8_0.gguf',
      'folder%2Fx.gguf',
    ])
    const bytes = ggufLikeBytes(11, 'a-Q2_K.gguf')
    expect(files[0]).toEqual({
      filename: 'a-Q2_K.gguf',
      sizeBytes: 11,
      etag: contentEtag(bytes),
    })
  })

  it('is asked for with the token and refused without', async () => {
    fake.protect(repo, 'hf_secretsecret')
    const hub = { endpoint: fake.url }
    await expect(listPullableFiles({ hub, repo, signal })).rejects.toMatchObject({
      details: { code: 'hub_api_error-may_be_not_exists' },
    })
    const known = { ...hub, token: 'hf_secretsecret' }
    expect(await listPullableFiles({ hub: known, repo, signal })).toHaveLength(4)
    await expect(
      listPullableFiles({ hub: known, repo: 'user/none', signal }),
    ).rejects.toMatchObject({ details: { code: 'hub_api_error-not_exists' } })
    await expect(listPullableFiles({ hub, repo: 'none', signal })).rejects.toMatchObject({
      code: 'invalid',
    })
    const stopped = AbortSignal.abort()
    await expect(listPullableFiles({ hub, repo, signal: stopped })).rejects.toMatchObject({
      code: 'cancelled',
    })
  })

  it.each(['<html>', '{"error":"x"}', '5'])('is no list: %s', async (text) => {
    await using service = await FakeService.start()
    service.next({ text })
    await using hub = new Hub({ endpoint: service.url })
    await expect(
      listRepoFiles(hub, { repo, revision: 'main', signal, patience }),
    ).rejects.toMatchObject({ details: { code: 'hub_api_error-unknown' } })
  })

  it('does not go on at another place', async () => {
    await using service = await FakeService.start()
    const headers = { link: `<${fake.url}/api/models/x/y/tree/main>; rel="next"` }
    service.next({ json: [], headers })
    await using hub = new Hub({ endpoint: service.url, token: 'hf_secretsecret' })
    await expect(
      listRepoFiles(hub, { repo, revision: 'main', signal, patience }),
    ).rejects.toMatchObject({ details: { code: 'hub_api_error-unknown' } })
    expect(fake.requests).toEqual([])
  })
})
