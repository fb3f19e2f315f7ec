import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { FakeHub } from '../../../../test/support/fake-hub.ts'
import { contentEtag, ggufLikeBytes } from '../../../../test/support/fake-hub-content.ts'
import { incompletePath, repoFolder } from '../cache-layout.ts'
import { pullFile } from './pull-file.ts'
import type { TransferProgress } from './transfer-progress.ts'

const repo = 'user/tiny'
const filename = 'tiny-Q4_0.gguf'
const size = 6_000_000
const content = ggufLikeBytes(size, 'one')

let hub: FakeHub
let root = ''
const children: ChildProcess[] = []

beforeEach(async () => {
  hub = await FakeHub.start()
  root = await mkdtemp(join(tmpdir(), 'pharos-hub-'))
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await hub[Symbol.asyncDispose]()
  await rm(root, { recursive: true })
})

const options = () => ({
  hub: { endpoint: hub.url },
  hubDir: join(root, 'hub'),
  repo,
  filename,
})
const pull = async (onProgress: (progress: TransferProgress) => void = () => undefined) =>
  pullFile({ ...options(), signal: new AbortController().signal, onProgress })
const partialSize = async (): Promise<number> =>
  (await stat(incompletePath(options().hubDir, repo, contentEtag(content)))).size
const blobs = async (): Promise<string[]> =>
  readdir(join(repoFolder(options().hubDir, repo), 'blobs'))

/** A process of its own that pulls and tells each progress. */
async function pullElsewhere(): Promise<ChildProcess> {
  const module = new URL('pull-file.ts', import.meta.url).href
  const program = `
    const { pullFile } = await import(${JSON.stringify(module)})
    await pullFile({
      ...${JSON.stringify(options())},
      signal: new AbortController().signal,
      onProgress: (progress) => process.send(progress),
    })
    process.disconnect()`
  const path = join(root, 'puller.mjs')
  await writeFile(path, program)
  const child = fork(path)
  children.push(child)
  return child
}

/** Listens all the while: several messages may come at once. */
async function untilToldOf(child: ChildProcess, bytes: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  // What `pullElsewhere` sends.
  child.on('message', (told: TransferProgress) => {
    if (told.phase === 'downloading' && told.bytes >= bytes) resolve()
  })
  await promise
}

it('goes on, byte for byte, where a process was killed', async () => {
  const commit = hub.put(repo, filename, content)
  const stops = [1_000_000, 700_000, 2_000_000]
  let kept = 0
  for (const afterBytes of stops) {
    hub.failBody({ type: 'hold', afterBytes })
    const asked = hub.bodies.length
    const child = await pullElsewhere()
    await untilToldOf(child, kept + Math.floor(afterBytes / 2))
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(hub.bodies.slice(asked).map(({ range }) => range)).toEqual([
      kept === 0 ? undefined : `bytes=${kept}-`,
    ])
    kept = await partialSize()
    expect(kept).toBeLessThan(size)
    expect(await readdir(join(repoFolder(options().hubDir, repo)))).toEqual(['blobs'])
  }
  const asked = hub.bodies.length
  const { file } = await pull()
  expect(hub.bodies.slice(asked).map(({ range }) => range)).toEqual([`bytes=${kept}-`])
  expect(file.snapshot).toBe(commit)
  expect((await readFile(file.path)).equals(content)).toBe(true)
  expect(await blobs()).toEqual([contentEtag(content)])
})

it('lets another process finish and then only links', async () => {
  hub.put(repo, filename, content)
  hub.failBody({ type: 'hold', afterBytes: 500_000 })
  const child = await pullElsewhere()
  await hub.untilHeld()
  const waiting = Promise.withResolvers<void>()
  const pulling = pull(({ phase }) => phase === 'waiting' && waiting.resolve())
  await waiting.promise
  hub.release()
  const { file, wasThere } = await pulling
  expect(wasThere).toBe(true)
  expect(hub.bodies).toHaveLength(1)
  expect((await readFile(file.path)).equals(content)).toBe(true)
  if (child.exitCode === null) await once(child, 'exit')
  expect(child.exitCode).toBe(0)
  expect(await blobs()).toEqual([contentEtag(content)])
})

it('takes over from a process that is killed while it waits', async () => {
  hub.put(repo, filename, content)
  hub.failBody({ type: 'hold', afterBytes: 500_000 })
  const child = await pullElsewhere()
  await untilToldOf(child, 100_000)
  const waiting = Promise.withResolvers<void>()
  const pulling = pull(({ phase }) => phase === 'waiting' && waiting.resolve())
  await waiting.promise
  child.kill('SIGKILL')
  const { file, wasThere } = await pulling
  expect(wasThere).toBe(false)
  expect(hub.bodies[1]?.range).toMatch(/^bytes=\d+-$/u)
  expect((await readFile(file.path)).equals(content)).toBe(true)
})

it('asks for the content once when the same file is wanted several times at once', async () => {
  hub.put(repo, filename, content)
  const pulled = await Promise.all([pull(), pull(), pull()])
  expect(hub.bodies).toHaveLength(1)
  expect(pulled.filter(({ wasThere }) => wasThere)).toHaveLength(2)
  expect(await blobs()).toEqual([contentEtag(content)])
})

it('stops waiting for another when it is cancelled', async () => {
  hub.put(repo, filename, content)
  hub.failBody({ type: 'hold', afterBytes: 500_000 })
  const first = pull()
  await hub.untilHeld()
  const stop = new AbortController()
  const second = pullFile({
    ...options(),
    signal: stop.signal,
    onProgress: ({ phase }) => phase === 'waiting' && stop.abort(),
  })
  await expect(second).rejects.toMatchObject({ code: 'cancelled' })
  hub.release()
  expect((await first).wasThere).toBe(false)
})
