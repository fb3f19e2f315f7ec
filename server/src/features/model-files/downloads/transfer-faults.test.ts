import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ggufLikeBytes, gitEtag } from '../../../../test/support/fake-hub-content.ts'
import {
  content,
  filename,
  PullStage,
  repo,
  size,
} from '../../../../test/support/fake-hub-pulls.ts'
import type { TransferProgress } from './transfer-progress.ts'

const stage = new PullStage()

describe('a broken connection', () => {
  it('is taken up where it broke, as often as it goes on', async () => {
    stage.hub.put(repo, filename, content)
    const cuts = Array.from({ length: 8 }, () => ({ type: 'cut', afterBytes: 60_000 }) as const)
    stage.hub.failBody(...cuts)
    const { file } = await stage.pull()
    expect(await readFile(file.path)).toEqual(content)
    const starts = stage.ranges.map((range) => Number(/\d+/u.exec(range ?? '0')))
    expect(starts[0]).toBe(0)
    expect(starts).toEqual([...new Set(starts)].toSorted((a, b) => a - b))
    expect(stage.hub.bodies).toHaveLength(9)
  })

  it('ends the pull after five without progress, and the next one goes on', async () => {
    stage.hub.put(repo, filename, content)
    stage.hub.failBody({ type: 'cut', afterBytes: 70_000 })
    stage.hub.failBody(
      ...Array.from({ length: 5 }, () => ({ type: 'cut', afterBytes: 0 }) as const),
    )
    await expect(stage.pull()).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
      details: { code: 'hub_api_error-transport', repo },
    })
    const kept = (await stage.partialSize()) ?? 0
    // What was on its way when the connection broke may be lost.
    expect(kept).toBeGreaterThan(0)
    expect(kept).toBeLessThanOrEqual(70_000)
    await stage.expectNothingRegistered()
    const asked = stage.hub.bodies.length
    const told: TransferProgress[] = []
    const { file } = await stage.pull({ onProgress: (progress) => told.push(progress) })
    expect(stage.ranges.slice(asked)).toEqual([`bytes=${kept}-`])
    expect(await readFile(file.path)).toEqual(content)
    expect(told.find(({ phase }) => phase === 'checking')).toMatchObject({ bytes: kept })
    expect(await stage.partialSize()).toBeNull()
  })

  it('begins again where the server sends everything instead of the rest', async () => {
    stage.hub.put(repo, filename, content)
    stage.hub.failBody({ type: 'cut', afterBytes: 100_000 }, { type: 'ignore-range' })
    const { file } = await stage.pull()
    expect(stage.ranges).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/u)])
    expect(await readFile(file.path)).toEqual(content)
  })

  it('asks under the condition that a file without a strong hash is the same', async () => {
    stage.hub.put(repo, filename, content, false)
    stage.hub.storage = null
    stage.hub.failBody({ type: 'cut', afterBytes: 100_000 })
    await stage.pull()
    expect(stage.hub.bodies[1]).toMatchObject({
      range: expect.stringMatching(/^bytes=\d+-$/u),
      ifRange: `"${gitEtag(content)}"`,
    })
  })

  it('asks a busy hub again', async () => {
    stage.hub.put(repo, filename, content)
    stage.hub.failHub({ status: 503 }, { status: 429, headers: { 'retry-after': '0' } })
    stage.hub.failBody({ type: 'status', status: 500 }, { type: 'status', status: 403 })
    const { file } = await stage.pull()
    expect(await readFile(file.path)).toEqual(content)
  })

  it('is said where there is no hub', async () => {
    const options = { endpoint: 'http://127.0.0.1:1' }
    await expect(stage.pull({ options })).rejects.toMatchObject({
      code: 'unavailable',
      details: { code: 'hub_api_error-transport' },
    })
  })

  it('looks through what is left of a damaged partial file and begins again', async () => {
    stage.hub.put(repo, filename, content)
    await mkdir(stage.folder('blobs'), { recursive: true })
    const damaged = Buffer.from(content.subarray(0, 200_000)).fill(0, 100, 200)
    await writeFile(stage.partialPath, damaged)
    expect(await readFile((await stage.pull()).file.path)).toEqual(content)
    expect(stage.ranges).toEqual(['bytes=200000-', undefined])
  })

  it.each([
    ['longer than the file', Buffer.alloc(size + 1)],
    ['of another kind', Buffer.alloc(1000)],
  ])('does not take up a partial file that is %s', async (_, bytes) => {
    stage.hub.put(repo, filename, content)
    await mkdir(stage.folder('blobs'), { recursive: true })
    await writeFile(stage.partialPath, bytes)
    expect(await readFile((await stage.pull()).file.path)).toEqual(content)
    expect(stage.ranges).toEqual([undefined])
  })

  it('needs nothing more when the partial file is whole', async () => {
    stage.hub.put(repo, filename, content)
    await mkdir(stage.folder('blobs'), { recursive: true })
    await writeFile(stage.partialPath, content)
    expect(await readFile((await stage.pull()).file.path)).toEqual(content)
    expect(stage.hub.bodies).toEqual([])
  })

  it('does not mix the contents of two commits', async () => {
    stage.hub.put(repo, filename, content)
    stage.hub.failBody({ type: 'cut', afterBytes: 90_000 })
    stage.hub.failBody(
      ...Array.from({ length: 5 }, () => ({ type: 'cut', afterBytes: 0 }) as const),
    )
    await expect(stage.pull()).rejects.toMatchObject({ code: 'unavailable' })
    const changed = ggufLikeBytes(size, 'changed')
    stage.hub.put(repo, filename, changed)
    const asked = stage.hub.bodies.length
    expect(await readFile((await stage.pull()).file.path)).toEqual(changed)
    expect(stage.ranges.slice(asked)).toEqual([undefined])
  })
})

describe('wrong content', () => {
  it.each([
    ['another checksum', ggufLikeBytes(size, 'wrong'), 'hub_api_error-checksum_mismatch'],
    ['less than there is', content.subarray(0, 1000), 'hub_api_error-size_mismatch'],
    ['more than there is', ggufLikeBytes(size + 1, 'one'), 'hub_api_error-size_mismatch'],
    ['a page to log in', Buffer.alloc(size, '<html>'), 'gguf_metadata_error-invalid_magic'],
  ])('is thrown away: %s', async (_, bytes, code) => {
    stage.hub.put(repo, filename, content)
    stage.hub.failBody({ type: 'content', content: bytes })
    await expect(stage.pull()).rejects.toMatchObject({ code: 'upstream', details: { code } })
    expect(await stage.listed('blobs')).toEqual([])
    await stage.expectNothingRegistered()
    expect(await readFile((await stage.pull()).file.path)).toEqual(content)
  })

  it('is no GGUF file even when the hub itself has it so', async () => {
    stage.hub.put(repo, filename, Buffer.from('<html>log in</html>'))
    await expect(stage.pull()).rejects.toMatchObject({
      details: { code: 'gguf_metadata_error-invalid_magic' },
    })
    stage.hub.put(repo, filename, Buffer.from('GG'))
    await expect(stage.pull()).rejects.toMatchObject({
      details: { code: 'gguf_metadata_error-invalid_magic' },
    })
    expect(await stage.listed('blobs')).toEqual([])
    await stage.expectNothingRegistered()
  })

  it('goes on after a reply that ends early without a fault', async () => {
    stage.hub.put(repo, filename, content)
    stage.hub.failBody(
      { type: 'end-early', afterBytes: 2 },
      { type: 'end-early', afterBytes: 5000 },
    )
    expect(await readFile((await stage.pull()).file.path)).toEqual(content)
    expect(stage.ranges).toEqual([undefined, 'bytes=2-', 'bytes=5002-'])
  })
})

describe('a token', () => {
  const token = 'hf_secretsecret'

  it('goes to the hub and not to the storage that it leads to', async () => {
    stage.hub.put(repo, filename, content)
    stage.hub.protect(repo, token)
    await stage.pull({ options: { endpoint: stage.hub.url, token } })
    const told = stage.hub.requests.map(({ host, authorization }) => [host, authorization])
    expect(told).toEqual([
      ['127.0.0.1', `Bearer ${token}`],
      ['127.0.0.1', `Bearer ${token}`],
      ['localhost', undefined],
    ])
  })

  it('is read from its file at each question', async () => {
    const tokenPath = join(stage.root, 'token')
    stage.hub.put(repo, filename, content)
    stage.hub.protect(repo, token)
    const options = { endpoint: stage.hub.url, tokenPath }
    await expect(stage.pull({ options })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('no token is set'),
      details: { code: 'hub_api_error-may_be_not_exists' },
    })
    await writeFile(tokenPath, `${token}\n`)
    expect(await readFile((await stage.pull({ options })).file.path)).toEqual(content)
  })

  it('is never quoted', async () => {
    stage.hub.put(repo, filename, content)
    stage.hub.protect(repo, 'another')
    for (const wrong of [token, `${token}\u00e9\nx-evil: 1`]) {
      const error: unknown = await stage
        .pull({
          options: { endpoint: stage.hub.url, token: wrong },
        })
        .catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(Error)
      expect(
        JSON.stringify([error, (error as Error).message, (error as Error).stack]),
      ).not.toContain('secretsecret')
    }
  })
})

describe('a redirect', () => {
  it.each(['ftp://localhost/x', 'http://user:pass@localhost/x', 'http://192.0.2.1/x', 'http://'])(
    'to %s is not followed',
    async (storage) => {
      stage.hub.put(repo, filename, content)
      stage.hub.storage = storage
      await expect(stage.pull()).rejects.toMatchObject({
        details: { code: 'hub_api_error-unknown' },
      })
    },
  )

  it('that leads in a circle ends', async () => {
    stage.hub.put(repo, filename, content)
    stage.hub.failHub(
      ...Array.from({ length: 11 }, () => ({ status: 302, headers: { location: '/again' } })),
    )
    await expect(stage.pull()).rejects.toMatchObject({ details: { code: 'hub_api_error-unknown' } })
  })

  it('of a renamed repository is followed with the token', async () => {
    stage.hub.put(repo, filename, content)
    stage.hub.protect(repo, 'hf_secretsecret')
    const location = `/${repo}/resolve/main/${filename}`
    stage.hub.failHub({ status: 307, headers: { location } })
    const options = { endpoint: stage.hub.url, token: 'hf_secretsecret' }
    expect(await readFile((await stage.pull({ options })).file.path)).toEqual(content)
  })
})

describe('a refusal', () => {
  it.each([
    [403, 'forbidden', 'hub_api_error-gated_access'],
    [401, 'not-found', 'hub_api_error-may_be_not_exists'],
    [404, 'not-found', 'hub_api_error-not_exists'],
    [418, 'upstream', 'hub_api_error-unknown'],
  ])('with status %i has the code of the contract', async (status, code, word) => {
    stage.hub.put(repo, filename, content)
    stage.hub.refuse(repo, { status })
    await expect(stage.pull()).rejects.toMatchObject({ code, details: { code: word, repo } })
    await stage.expectNothingRegistered()
  })

  it('of a file that is not there names it', async () => {
    stage.hub.put(repo, filename, content)
    await expect(stage.pull({ filename: 'none.gguf' })).rejects.toMatchObject({
      message: `The hub has no none.gguf of ${repo}`,
    })
    await expect(stage.pull({ repo: 'user/none' })).rejects.toMatchObject({
      message: 'The hub has no user/none',
    })
  })

  it.each(['ftp://hub', 'not an address'])('of the address %s', async (endpoint) => {
    await expect(stage.pull({ options: { endpoint } })).rejects.toMatchObject({
      details: { code: 'hub_api_error-request' },
    })
  })
})
