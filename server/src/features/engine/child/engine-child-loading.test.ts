import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EngineChildTester, textJob } from '../../../../test/support/engine-child.ts'
import { encodeTinyModel } from '../../../../test/support/gguf/tiny-model.ts'
import type { LoadOptions } from '../load-plan.ts'

describe('loading in the engine child', () => {
  let folder = ''
  const good = encodeTinyModel({ contextLength: 512 })

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pharos-child-load-'))
    await writeFile(join(folder, 'good.gguf'), good)
  })
  afterAll(() => rm(folder, { recursive: true }))

  async function loaded(content: Uint8Array | null, options: LoadOptions = {}): Promise<unknown> {
    const path = join(folder, content === null ? 'nothing.gguf' : 'case.gguf')
    if (content !== null) await writeFile(path, content)
    await using child = new EngineChildTester()
    return await child.load(path, options)
  }

  function withVersion(version: number, isLittle = true): Buffer {
    const bytes = Buffer.from(good)
    if (isLittle) bytes.writeUInt32LE(version, 4)
    else bytes.writeUInt32BE(version, 4)
    return bytes
  }

  it('tells what it has loaded, and how far it is', async () => {
    await using child = new EngineChildTester()
    const facts = await child.load(join(folder, 'good.gguf'))
    expect(facts).toMatchObject({
      architecture: 'llama',
      contextSize: 512,
      trainContextSize: 512,
      sequences: 4,
      threads: 1,
      hasChatTemplate: true,
    })
    expect(facts.memoryBytes).toBeGreaterThan(good.length / 2)
    expect(child.progress.length).toBeGreaterThan(0)
    expect(child.progress).toEqual(child.progress.toSorted((one, other) => one - other))
  })

  it('loads as the plan says', async () => {
    const options = { contextSize: 100, parallel: 2, threads: 1, batchSize: 32, mapsFile: false }
    await using child = new EngineChildTester()
    const facts = await child.load(join(folder, 'good.gguf'), options)
    expect(facts).toMatchObject({ contextSize: 100, sequences: 2, threads: 1 })
    const tokens = Array.from({ length: 95 }, () => 300)
    const said = await child.ask(textJob({ kind: 'tokens', tokens }, { maxTokens: null }))
    expect(said.end).toMatchObject({ reason: 'length', generatedTokens: 5 })
  })

  it.each([
    ['a missing file', null, 404, 'hub_file_not_found_error'],
    ['an empty file', Buffer.alloc(0), 422, 'gguf_metadata_error-invalid_magic'],
    ['a text', Buffer.from('no model at all'), 422, 'gguf_metadata_error-invalid_magic'],
    ['half a header', good.subarray(0, 12), 422, 'gguf_metadata_error-unexpected_eof'],
    ['half the metadata', good.subarray(0, 3_000), 422, 'gguf_metadata_error-unexpected_eof'],
    ['half the weights', good.subarray(0, 300_000), 422, 'gguf_metadata_error-unexpected_eof'],
    ['version 1', withVersion(1), 422, 'gguf_metadata_error-unsupported_version'],
    ['version 9', withVersion(9), 422, 'gguf_metadata_error-malformed_version'],
    ['the other byte order', withVersion(3, false), 422, 'gguf_metadata_error-unsupported_version'],
  ])('refuses %s', async (_, content, status, code) => {
    await expect(loaded(content)).rejects.toMatchObject({ status, code })
  })

  it('refuses an architecture that the engine does not know', async () => {
    const content = encodeTinyModel({ architecture: 'nosuch' })
    const code = 'gguf_metadata_error-unsupported_architecture'
    await expect(loaded(content)).rejects.toMatchObject({ status: 422, code })
  })

  it('refuses a context larger than the model was trained for', async () => {
    const refusal = { status: 400, param: 'n_ctx', message: expect.stringContaining('512') }
    await expect(loaded(good, { contextSize: 513 })).rejects.toMatchObject(refusal)
  })

  it('refuses a context that no machine has memory for, with the figures', async () => {
    const content = encodeTinyModel({ contextLength: 2_000_000_000 })
    const options = { contextSize: 2_000_000_000 }
    const refusal = {
      status: 400,
      param: 'n_ctx',
      message: expect.stringMatching(/GB.*GB are free/u),
    }
    await expect(loaded(content, options)).rejects.toMatchObject(refusal)
  })

  it('refuses jobs before a model is there', async () => {
    await using child = new EngineChildTester()
    expect((await child.ask(textJob('hi'))).refusal?.status).toBe(500)
  })
})
