import { mkdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { contentEtag, ggufLikeBytes, gitEtag } from '../../../../test/support/fake-hub-content.ts'
import {
  content,
  filename,
  patience,
  PullStage,
  repo,
  size,
} from '../../../../test/support/fake-hub-pulls.ts'
import { realDisk } from './disk.ts'
import { discardPartial } from './discard-partial.ts'
import { Hub } from './hub.ts'
import type { TransferProgress } from './transfer-progress.ts'

const stage = new PullStage()

describe('a pull', () => {
  it('brings a file into the layout of the cache', async () => {
    const commit = stage.hub.put(repo, filename, content)
    const { file, wasThere } = await stage.pull()
    expect(wasThere).toBe(false)
    expect(file).toMatchObject({ repo, filename, snapshot: commit, sizeBytes: size })
    expect(file.isCurrent).toBe(true)
    expect(file.path).toBe(stage.folder('snapshots', commit, filename))
    expect(await readFile(file.path)).toEqual(content)
    expect(await readlink(file.path)).toBe(`../../blobs/${contentEtag(content)}`)
    expect(await readFile(stage.folder('refs', 'main'), 'utf8')).toBe(commit)
    expect(await stage.listed('blobs')).toEqual([contentEtag(content)])
    expect(await stage.listed('snapshots', commit)).toEqual([filename])
  })

  it('tells how far it is, up to the whole', async () => {
    const commit = stage.hub.put(repo, filename, content)
    const told: TransferProgress[] = []
    await stage.pull({ onProgress: (progress) => told.push(progress) })
    expect(told[0]).toMatchObject({ phase: 'waiting', bytes: 0, bytesPerSecond: null })
    expect(told.at(-1)).toMatchObject({ file: filename, bytes: size, totalBytes: size })
    const bytes = told.map((progress) => progress.bytes)
    expect(bytes).toEqual(bytes.toSorted((a, b) => a - b))
    expect(new Set(told.map(({ snapshot }) => snapshot))).toEqual(new Set([commit]))
  })

  it('only looks up what is there already', async () => {
    stage.hub.put(repo, filename, content)
    await stage.pull()
    const before = stage.hub.bodies.length
    expect(await stage.pull()).toMatchObject({ wasThere: true })
    expect(stage.hub.bodies).toHaveLength(before)
  })

  it('only links a content that is there under another commit', async () => {
    const first = stage.hub.put(repo, filename, content)
    await stage.pull()
    const second = stage.hub.put(repo, 'other.gguf', ggufLikeBytes(50, 'other'))
    const { file, wasThere } = await stage.pull()
    expect(wasThere).toBe(true)
    expect(file.snapshot).toBe(second)
    expect(await stage.listed('snapshots')).toEqual([first, second].toSorted())
    expect(await readFile(stage.folder('refs', 'main'), 'utf8')).toBe(second)
    expect(await stage.listed('blobs')).toEqual([contentEtag(content)])
  })

  it('takes a commit by its name without a ref of that name', async () => {
    const old = stage.hub.put(repo, filename, content)
    stage.hub.put(repo, filename, ggufLikeBytes(1000, 'two'))
    const { file } = await stage.pull({ revision: old })
    expect(await readFile(file.path)).toEqual(content)
    expect(file.isCurrent).toBe(false)
    expect(await stage.listed('refs')).toEqual([])
  })

  it('checks a small file by the hash that git gives it', async () => {
    stage.hub.put(repo, filename, content, false)
    const { file } = await stage.pull()
    expect(await readlink(file.path)).toBe(`../../blobs/${gitEtag(content)}`)
    const next = ggufLikeBytes(size, 'next')
    stage.hub.put(repo, filename, next, false)
    stage.hub.failBody({ type: 'content', content: ggufLikeBytes(size, 'wrong') })
    await expect(stage.pull()).rejects.toMatchObject({
      details: { code: 'hub_api_error-checksum_mismatch' },
    })
    expect(await stage.listed('blobs')).toEqual([gitEtag(content)])
  })

  it('takes a file that is no model as it is', async () => {
    stage.hub.put(repo, 'README.md', Buffer.from('# Tiny'), false)
    const { file } = await stage.pull({ filename: 'README.md' })
    expect(await readFile(file.path, 'utf8')).toBe('# Tiny')
  })

  it('brings all parts of a model and makes the first one known last', async () => {
    const parts = [1, 2, 3].map((part) => ({
      name: `big-0000${part}-of-00003.gguf`,
      bytes: ggufLikeBytes(100_000 + part, `part ${part}`),
    }))
    for (const { name, bytes } of parts) stage.hub.put(repo, name, bytes)
    const [first, , third] = parts
    stage.hub.failBody(
      { type: 'ignore-range' },
      { type: 'ignore-range' },
      { type: 'status', status: 404 },
    )
    stage.hub.storage = null
    await expect(stage.pull({ filename: first?.name ?? '' })).rejects.toMatchObject({
      code: 'not-found',
    })
    await stage.expectNothingRegistered()
    const told: TransferProgress[] = []
    const { file } = await stage.pull({
      filename: first?.name ?? '',
      onProgress: (progress) => told.push(progress),
    })
    expect(file.sizeBytes).toBe(300_006)
    expect(told.at(-1)).toMatchObject({ file: third?.name, bytes: 300_006, totalBytes: 300_006 })
    expect(await stage.listed('snapshots', file.snapshot)).toEqual(parts.map(({ name }) => name))
    for (const { name, bytes } of parts) {
      expect(await readFile(stage.folder('snapshots', file.snapshot, name))).toEqual(bytes)
    }
  })

  it('copies where no links can be made', async () => {
    const commit = stage.hub.put(repo, filename, content)
    const disk = {
      ...realDisk,
      symlink: async () => Promise.reject(Object.assign(new Error('no'), { code: 'EPERM' })),
    }
    const { file } = await stage.pull({ powers: { patience, disk } })
    await expect(readlink(file.path)).rejects.toMatchObject({ code: 'EINVAL' })
    expect(await readFile(file.path)).toEqual(content)
    expect(await stage.listed('snapshots', commit)).toEqual([filename])
  })

  it.each([
    [{ repo: 'tiny' }, 'obj_validation_error-file_pattern_mismatch'],
    [{ repo: 'a/b/c' }, 'obj_validation_error-file_pattern_mismatch'],
    [{ repo: 'us er/tiny' }, 'obj_validation_error-validation_errors'],
    [{ repo: '../..' }, 'obj_validation_error-validation_errors'],
    [{ filename: '../up.gguf' }, 'hub_service_error-invalid_filename'],
    [{ filename: 'a\\b.gguf' }, 'hub_service_error-invalid_filename'],
    [{ filename: 'x-00001-of-99999.gguf' }, 'hub_service_error-invalid_filename'],
    [{ revision: 'a/../b' }, 'obj_validation_error-validation_errors'],
  ])('refuses %o before it asks', async (wrong, code) => {
    await expect(stage.pull(wrong)).rejects.toMatchObject({ code: 'invalid', details: { code } })
    expect(stage.hub.requests).toEqual([])
  })
})

describe('a disk', () => {
  it('without room is left alone, and the figures are told', async () => {
    stage.hub.put(repo, filename, content)
    const disk = { ...realDisk, freeBytes: async () => 64 * 1024 * 1024 + size - 1 }
    await expect(stage.pull({ powers: { patience, disk } })).rejects.toMatchObject({
      code: 'precondition',
      details: {
        code: 'insufficient_storage',
        neededBytes: 64 * 1024 * 1024 + size,
        freeBytes: 64 * 1024 * 1024 + size - 1,
      },
    })
    expect(stage.hub.bodies).toEqual([])
  })

  it('counts only what is missing', async () => {
    stage.hub.put(repo, filename, content)
    await mkdir(stage.folder('blobs'), { recursive: true })
    await writeFile(stage.partialPath, content.subarray(0, 1000))
    const disk = { ...realDisk, freeBytes: async () => 64 * 1024 * 1024 + size - 1000 }
    expect(await readFile((await stage.pull({ powers: { patience, disk } })).file.path)).toEqual(
      content,
    )
  })

  it('that is full in between keeps what is there', async () => {
    stage.hub.put(repo, filename, content)
    const full: typeof realDisk = {
      ...realDisk,
      async write(file, bytes, position) {
        if (position < 100_000) return realDisk.write(file, bytes, position)
        throw Object.assign(new Error('no space'), { code: 'ENOSPC', syscall: 'write' })
      },
    }
    await expect(stage.pull({ powers: { patience, disk: full } })).rejects.toMatchObject({
      code: 'precondition',
      message: expect.stringContaining('what is there is kept'),
      details: { code: 'insufficient_storage', partialKept: true },
    })
    const kept = (await stage.partialSize()) ?? 0
    expect(kept).toBeGreaterThanOrEqual(100_000)
    await stage.expectNothingRegistered()
    const asked = stage.hub.bodies.length
    expect(await readFile((await stage.pull()).file.path)).toEqual(content)
    expect(stage.ranges.slice(asked)).toEqual([`bytes=${kept}-`])
  })

  it('that holds no folder there is said', async () => {
    stage.hub.put(repo, filename, content)
    await writeFile(stage.hubDir, '')
    await expect(stage.pull()).rejects.toMatchObject({
      code: 'precondition',
      details: { code: 'io_error' },
    })
  })
})

describe('an abort', () => {
  it('keeps what is there, unless it is thrown away', async () => {
    stage.hub.put(repo, filename, content)
    stage.hub.failBody({ type: 'hold', afterBytes: 120_000 })
    const stop = new AbortController()
    const pulling = stage.pull({
      signal: stop.signal,
      onProgress: ({ bytes }) => bytes >= 120_000 && stop.abort(),
    })
    await expect(pulling).rejects.toMatchObject({
      code: 'cancelled',
      details: { code: 'cancelled' },
    })
    expect(await stage.partialSize()).toBe(120_000)
    await stage.expectNothingRegistered()
    await using source = new Hub({ endpoint: stage.hub.url })
    const { signal } = new AbortController()
    const wanted = { repo, filename, revision: 'main' }
    await discardPartial({ hub: source, hubDir: stage.hubDir, wanted, signal })
    expect(await stage.listed('blobs')).toEqual([])
  })

  it('before the beginning asks nothing for content', async () => {
    stage.hub.put(repo, filename, content)
    await expect(stage.pull({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    })
    expect(stage.hub.bodies).toEqual([])
  })
})
