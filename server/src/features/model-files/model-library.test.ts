import { appendFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { standingClock, type StandingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { encodeGguf } from '../../../test/support/gguf/encode-gguf.ts'
import { addToCache, type CachedFile } from '../../../test/support/gguf/model-cache.ts'
import { encodeTinyModel } from '../../../test/support/gguf/tiny-model.ts'
import type { ModelFile } from './model-file.ts'
import { ModelLibrary } from './model-library.ts'

const a = 'a'.repeat(40)
const b = 'b'.repeat(40)
const repo = 'user/repo'
const filename = 'model-Q4_0.gguf'

describeEachDatabase('A model library', (store) => {
  let hubDir = ''
  let clock: StandingClock
  let library: ModelLibrary
  const logged: string[] = []

  const open = () => {
    const warn = (_details: object, message: string): void => void logged.push(message)
    return new ModelLibrary({ hubDir, db: store.db, clock, log: { warn } })
  }

  beforeEach(async () => {
    hubDir = join(await mkdtemp(join(tmpdir(), 'pharos-hub-')), 'hub')
    await mkdir(hubDir)
    // An hour ahead of what is written now, so that files count as being at rest.
    clock = standingClock(Date.now() / 1000 + 3_600)
    library = open()
    logged.length = 0
  })
  afterEach(async () => {
    await library[Symbol.asyncDispose]()
    await rm(dirname(hubDir), { recursive: true, force: true })
    await store.db.write((tx) => tx.db.deleteFrom('model_metadata').execute())
  })

  const add = (file: Partial<CachedFile> = {}) =>
    addToCache(hubDir, { repo, filename, bytes: Buffer.from('four'), ...file })
  const names = (files: readonly ModelFile[]) =>
    files.map((file) => `${file.repo} ${file.filename} ${file.snapshot.slice(0, 1)}`)
  const sizes = async () => (await library.files()).map(({ sizeBytes }) => sizeBytes)

  it('is empty where there is nothing', async () => {
    await rm(hubDir, { recursive: true })
    expect(await library.files()).toEqual([])
    expect((await library.discovered()).size).toBe(0)
    expect(await library.find({ repo, filename })).toBeUndefined()
    expect(logged).toEqual([])
  })

  it('lists each file of each snapshot in order, with what is known of it', async () => {
    await add({ repo: 'z/z' })
    await add({ snapshot: b })
    const { path } = await add({ snapshot: a, ref: null, bytes: Buffer.from('other') })
    await add({ filename: 'b-F16.gguf', snapshot: b })
    await add({ repo: 'some.one/name--with--dashes' })
    const files = await library.files()
    expect(names(files)).toEqual([
      'some.one/name--with--dashes model-Q4_0.gguf a',
      'user/repo b-F16.gguf b',
      'user/repo model-Q4_0.gguf a',
      'user/repo model-Q4_0.gguf b',
      'z/z model-Q4_0.gguf a',
    ])
    expect(files[2]).toMatchObject({ path, sizeBytes: 5, isCurrent: false, snapshot: a })
    expect(files[3]).toMatchObject({ sizeBytes: 4, isCurrent: true, snapshot: b })
    expect(Math.abs((files[2]?.modifiedAt ?? 0) - Date.now() / 1000)).toBeLessThan(600)
  })

  it('lists only models: files that end with .gguf and stand directly in a snapshot', async () => {
    await add()
    for (const other of ['README.md', 'model.GGUF', '.hidden.gguf', 'deep/model.gguf']) {
      await add({ filename: other })
    }
    await mkdir(join(hubDir, 'models--user--repo', 'snapshots', a, 'folder.gguf'))
    await mkdir(join(hubDir, 'models--user'))
    await mkdir(join(hubDir, 'datasets--user--repo'))
    await writeFile(join(hubDir, 'models--user--file'), '')
    await mkdir(join(hubDir, 'models--user--empty'))
    expect(names(await library.files())).toEqual(['user/repo model-Q4_0.gguf a'])
  })

  it('follows links to folders, too', async () => {
    await add({ repo: 'other/place' })
    await symlink(join(hubDir, 'models--other--place'), join(hubDir, 'models--linked--place'))
    expect(names(await library.files())).toContain('linked/place model-Q4_0.gguf a')
  })

  it('lists a model in parts once, with the size of what is there', async () => {
    for (const part of ['1', '2', '4']) {
      await add({ filename: `big-Q8_0-0000${part}-of-00004.gguf` })
    }
    await add({ filename: 'orphan-00002-of-00002.gguf' })
    await add({ filename: 'odd-00005-of-00002.gguf' })
    const files = await library.files()
    expect(files.map((file) => [file.filename, file.sizeBytes])).toEqual([
      ['big-Q8_0-00001-of-00004.gguf', 12],
      ['odd-00005-of-00002.gguf', 4],
    ])
    expect([...(await library.discovered()).keys()]).toContain('user/repo:Q8_0')
  })

  it('lists a file without content without a size, and does not find it', async () => {
    const { blob } = await add()
    await rm(blob)
    expect(await sizes()).toEqual([null])
    expect(await library.find({ repo, filename })).toBeUndefined()
    expect(await library.findListed({ repo, filename })).toMatchObject({ snapshot: a })
    expect((await library.discovered()).size).toBe(0)
  })

  it('finds a file by branch first, else by commit', async () => {
    await add({ snapshot: a })
    await add({ snapshot: b, ref: 'main' })
    await add({ repo: 'user/two', snapshot: b, ref: a })
    const find = async (ref: Parameters<ModelLibrary['find']>[0]) =>
      (await library.find(ref))?.snapshot
    expect(await find({ repo, filename })).toBe(b)
    expect(await find({ repo, filename, snapshot: null })).toBe(b)
    expect(await find({ repo, filename, snapshot: 'main' })).toBe(b)
    expect(await find({ repo, filename, snapshot: a })).toBe(a)
    expect(await find({ repo: 'user/two', filename, snapshot: a })).toBe(b)
    expect(await find({ repo, filename, snapshot: 'dev' })).toBeUndefined()
    expect(await find({ repo, filename: 'other.gguf' })).toBeUndefined()
  })

  it.each([
    { repo: '../..', filename },
    { repo: 'user', filename },
    { repo, filename: '../model.gguf' },
    { repo, filename, snapshot: '../main' },
    { repo, filename, snapshot: '' },
  ])('finds nothing by what is no name: %j', async (ref) => {
    await add()
    expect(await library.find(ref)).toBeUndefined()
  })

  it('looks again after five seconds, or at once when it is told', async () => {
    await add()
    expect(await library.files()).toHaveLength(1)
    await add({ filename: 'new.gguf' })
    expect(await library.files()).toHaveLength(1)
    clock.now += 5.1
    expect(await library.files()).toHaveLength(2)
    await add({ filename: 'newer.gguf' })
    library.forget()
    expect(await library.files()).toHaveLength(3)
  })

  it('looks again before it says that a file is not there', async () => {
    await library.files()
    await add()
    clock.now += 1
    expect(await library.find({ repo, filename })).toMatchObject({ snapshot: a })
  })

  it('reads only folders that changed, and those where a file may still grow', async () => {
    const { blob } = await add()
    expect(await sizes()).toEqual([4])
    await appendFile(blob, '+')
    clock.now += 6
    // Nothing in the folder tells of it, and its files were at rest.
    expect(await sizes()).toEqual([4])
    await add({ filename: 'new.gguf', bytes: Buffer.from('newer') })
    clock.now += 6
    expect(await sizes()).toEqual([5, 5])
    clock.now = Date.now() / 1000
    library.forget()
    await library.files()
    await appendFile(blob, '+')
    clock.now += 6
    expect(await sizes()).toEqual([6, 5])
  })

  it('answers whoever asks at the same time with one look', async () => {
    await add()
    const [one, two] = await Promise.all([library.files(), library.files()])
    expect(one).toBe(two)
  })

  it('does not keep a look that a writer overtook', async () => {
    await add()
    const early = library.files()
    await add({ filename: 'new.gguf' })
    library.forget()
    await early
    expect(await library.files()).toHaveLength(2)
  })

  it('says once that the folder cannot be read', async () => {
    await rm(hubDir, { recursive: true })
    await writeFile(hubDir, '')
    for (let look = 0; look < 2; look++) {
      library.forget()
      expect(await library.files()).toEqual([])
    }
    expect(logged).toEqual(['The folder of model files cannot be read'])
  })

  it('lists five hundred files, and again without a look at each', async () => {
    const bytes = Buffer.from('x')
    for (let index = 0; index < 500; index++) {
      await add({ repo: `user/repo${index % 50}`, filename: `m${index}-Q4_0.gguf`, bytes })
    }
    const files = await library.files()
    expect(files).toHaveLength(500)
    expect(await library.files()).toBe(files)
    clock.now += 6
    expect(await library.files()).toEqual(files)
  })

  it('reads what a file says of itself once, and anew when its size is another', async () => {
    const { path } = await add({ bytes: encodeTinyModel({ contextLength: 256 }) })
    const first = await found()
    const metadata = await library.metadataOf(first)
    expect(metadata).toMatchObject({
      architecture: { family: 'llama', quantization: 'Q4_0' },
      context: { maxInputTokens: 256 },
      tokens: { begin: '<s>', end: '</s>' },
    })
    expect(metadata.chatTemplate).toContain('<|im_start|>')
    // The same file for all the library knows, so it is not read: neither by this library, which
    // remembers, nor by the next, which finds it in the database.
    await rm(path)
    expect(await library.metadataOf(first)).toBe(metadata)
    await using next = open()
    expect(await next.metadataOf(first)).toEqual(metadata)
    await expect(next.metadataOf(first, { isFresh: true })).rejects.toMatchObject({
      code: 'ENOENT',
    })
    await add({ bytes: encodeTinyModel({ contextLength: 1024, blockCount: 1 }) })
    library.forget()
    const changed = await library.metadataOf(await found())
    expect(changed.context.maxInputTokens).toBe(1024)
    await using last = open()
    expect(await last.metadataOf(await found())).toEqual(changed)
  })

  it('reads anew what it is told to, and keeps that', async () => {
    const { blob } = await add({ bytes: encodeTinyModel({ contextLength: 256 }) })
    const file = await found()
    await library.metadataOf(file)
    await writeFile(blob, encodeTinyModel({ contextLength: 512 }))
    const fresh = await library.metadataOf(file, { isFresh: true })
    expect(fresh.context.maxInputTokens).toBe(512)
    expect(await library.metadataOf(file)).toBe(fresh)
    await using next = open()
    expect(await next.metadataOf(file)).toEqual(fresh)
  })

  it('reads a file once for all who ask', async () => {
    await add({ bytes: encodeTinyModel() })
    const file = await found()
    const [one, two] = await Promise.all([library.metadataOf(file), library.metadataOf(file)])
    expect(one).toBe(two)
  })

  it('adds up the parameters of all parts, and tells none when one is missing', async () => {
    const part = (count: number) => {
      const values = new Float32Array(count)
      return encodeGguf({
        metadata: {},
        tensors: [{ name: 'w', shape: [count], type: 'f32', values }],
      })
    }
    await add({ filename: 'm-00001-of-00002.gguf', bytes: part(32) })
    await add({ filename: 'm-00002-of-00002.gguf', bytes: part(64) })
    await add({ filename: 'n-00001-of-00002.gguf', bytes: part(32) })
    const counts = await Promise.all(
      (await library.files()).map(async (file) => {
        const { architecture } = await library.metadataOf(file)
        return architecture.parameterCount
      }),
    )
    expect(counts).toEqual([96, null])
  })

  it('keeps no failure', async () => {
    const { blob } = await add({ bytes: Buffer.from('GGUF and then nothing') })
    const file = await found()
    await expect(library.metadataOf(file)).rejects.toMatchObject({
      code: 'invalid',
      details: { status: 422, code: 'gguf_metadata_error-malformed_version' },
    })
    await writeFile(blob, encodeTinyModel())
    expect(await library.metadataOf(file)).toMatchObject({ architecture: { family: 'llama' } })
  })

  async function found(): Promise<ModelFile> {
    const file = await library.find({ repo, filename })
    if (!file) throw new Error('The file was to be found')
    return file
  }
})
