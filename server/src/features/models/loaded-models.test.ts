import { afterEach, beforeEach, expect, it } from 'vitest'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { addToCache } from '../../../test/support/gguf/model-cache.ts'
import { openModelStand, type ModelStand } from '../../../test/support/model-context.ts'
import type { Caller } from '../identity/index.ts'
import { listLoadedModels } from './list-loaded-models.ts'
import { loadModel } from './load-model.ts'
import { createFileAlias } from './save-file-alias.ts'

const place = { repo: 'ada/tiny', filename: 'tiny-F32.gguf' }
const found = 'ada/tiny:F32'
const { signal } = new AbortController()

describeEachDatabase('A model in memory', (store) => {
  let stand: ModelStand

  beforeEach(async () => {
    stand = openModelStand(store)
    await addToCache(stand.hubDir, place)
    const nothing = { requestParams: {}, contextParams: { n_ctx: 64 }, options: {} }
    await createFileAlias(stand.ctx, { alias: 'mine', ...place, ...nothing })
    stand.ctx.directory.hear({ topic: 'models', body: {} })
  })
  afterEach(async () => {
    await stand[Symbol.asyncDispose]()
    await store.db.write(async (tx) => {
      await tx.db.deleteFrom('model_aliases').execute()
    })
  })

  it('is put there and let go by its alias, and shown as an Ollama does', async () => {
    await loadModel(stand.ctx, 'mine', { keepAlive: '10m', hops: 0, signal })
    const [loaded, ...others] = await listLoadedModels(stand.ctx, 0)
    expect(others).toEqual([])
    expect(loaded).toEqual({
      name: found,
      model: found,
      size: expect.any(Number),
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      details: {
        parent_model: '',
        format: 'gguf',
        family: 'llama',
        families: ['llama'],
        parameter_size: expect.stringMatching(/^\d+\.\dK$/),
        quantization_level: 'F32',
      },
      expires_at: new Date((stand.clock.now + 600) * 1000).toISOString(),
      size_vram: 0,
      context_length: expect.any(Number),
    })
    const scopes = new Set(['models:read'] as const)
    const key: Caller = { kind: 'apiKey', keyId: 'k', userId: null, subject: null, scopes }
    const namesFor = async (...models: readonly string[]) => {
      const shown = await listLoadedModels(stand.as({ ...key, models }), 0)
      return shown.map(({ name }) => name)
    }
    expect(await namesFor('other')).toEqual([])
    expect(await namesFor('local/*')).toEqual([`local/${found}`])
    await loadModel(stand.ctx, found, { keepAlive: 0, hops: 0, signal })
    expect(await listLoadedModels(stand.ctx, 0)).toEqual([])
  })

  it('stays for ever where that is asked', async () => {
    await loadModel(stand.ctx, found, { keepAlive: -1, hops: 0, signal })
    expect(await listLoadedModels(stand.ctx, 0)).toMatchObject([
      { expires_at: '9999-01-01T00:00:00.000Z' },
    ])
  })

  it('is not put there for somebody who has gone, nor of a file that is none', async () => {
    const gone = AbortSignal.abort('gone')
    await expect(
      loadModel(stand.ctx, 'mine', { keepAlive: null, hops: 0, signal: gone }),
    ).rejects.toMatchObject({ code: 'cancelled' })
    const bytes = new TextEncoder().encode('no model at all')
    await addToCache(stand.hubDir, { repo: 'cy/bad', filename: 'bad-F16.gguf', bytes })
    stand.ctx.library.forget()
    await expect(
      loadModel(stand.ctx, 'cy/bad:F16', { keepAlive: null, hops: 0, signal }),
    ).rejects.toMatchObject({ name: 'DomainError' })
    expect(await listLoadedModels(stand.ctx, 0)).toEqual([])
  })
})
