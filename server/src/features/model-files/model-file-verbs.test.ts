import { lstat, mkdir, mkdtemp, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { addToCache, type CachedFile } from '../../../test/support/gguf/model-cache.ts'
import { encodeTinyModel } from '../../../test/support/gguf/tiny-model.ts'
import { GuardedRoom } from '../../platform/threads/guarded.ts'
import type { Caller } from '../identity/index.ts'
import { deleteModelFile } from './delete-model-file.ts'
import { refreshModelFile } from './refresh-model-files.ts'
import { listModelFiles } from './list-model-files.ts'
import { ModelLibrary } from './model-library.ts'
import { previewTemplate, type TemplatePreview } from './preview-template.ts'

const a = 'a'.repeat(40)
const b = 'b'.repeat(40)
const repo = 'user/repo'
const filename = 'model-Q4_0.gguf'
const reader = callerWith('models:read')
const manager = callerWith('models:manage')

describeEachDatabase('Verbs of model files', (store) => {
  let hubDir = ''
  let library: ModelLibrary
  let guard: GuardedRoom
  let loaded: string[] = []

  beforeEach(async () => {
    hubDir = await mkdtemp(join(tmpdir(), 'pharos-hub-'))
    const log = { warn: () => undefined }
    library = new ModelLibrary({ hubDir, db: store.db, clock: standingClock(), log })
    guard = new GuardedRoom()
    loaded = []
  })
  afterEach(async () => {
    await guard[Symbol.asyncDispose]()
    await library[Symbol.asyncDispose]()
    await rm(hubDir, { recursive: true, force: true })
    await store.db.write(async (tx) => {
      await tx.db.deleteFrom('model_metadata').execute()
      await tx.db.deleteFrom('downloads').execute()
      await tx.db.deleteFrom('audit_log').execute()
    })
  })

  const as = (caller: Caller) => ({
    ...contextOf(store, standingClock(), caller),
    library,
    guard,
    isModelFileInUse: (path: string) => loaded.includes(path),
  })
  const add = (file: Partial<CachedFile> = {}) =>
    addToCache(hubDir, { repo, filename, bytes: Buffer.from('four'), ...file })
  const exists = (path: string) =>
    lstat(path).then(
      () => true,
      () => false,
    )

  it('list a page in the order that was asked for', async () => {
    await add({ filename: 'b.gguf', bytes: Buffer.from('22') })
    await add({ filename: 'a.gguf', bytes: Buffer.from('333') })
    await add({ repo: 'a/a', filename: 'c.gguf', snapshot: b, bytes: Buffer.from('1') })
    const lost = await add({ repo: 'z/z', filename: 'd.gguf' })
    await rm(lost.blob)
    const list = async (query: Partial<Parameters<typeof listModelFiles>[1]>) => {
      const { files, total } = await listModelFiles(as(reader), { page: 1, pageSize: 10, ...query })
      expect(total).toBe(4)
      return files.map((file) => file.filename.slice(0, 1)).join('')
    }
    expect(await list({})).toBe('cabd')
    expect(await list({ order: 'desc' })).toBe('dabc')
    expect(await list({ sort: 'filename' })).toBe('abcd')
    expect(await list({ sort: 'snapshot' })).toBe('abdc')
    expect(await list({ sort: 'size' })).toBe('dcba')
    expect(await list({ sort: 'size', order: 'desc' })).toBe('abcd')
    expect(await list({ page: 2, pageSize: 3 })).toBe('d')
    expect(await list({ page: 3, pageSize: 3 })).toBe('')
  })

  it('tell what a file says of itself, or that it is not there', async () => {
    await add({ bytes: encodeTinyModel() })
    const { metadata } = await refreshModelFile(as(manager), { repo, filename })
    expect(metadata.architecture.family).toBe('llama')
    await expect(
      refreshModelFile(as(manager), { repo, filename, snapshot: b }),
    ).rejects.toMatchObject({
      code: 'not-found',
      details: { code: 'hub_file_not_found_error', repo, filename, snapshot: b },
    })
  })

  it('are refused to callers without the scope', async () => {
    const { path } = await add()
    const forbidden = { code: 'forbidden' }
    const nobody = as(callerWith())
    const query = { page: 1, pageSize: 10 }
    await expect(listModelFiles(nobody, query)).rejects.toMatchObject(forbidden)
    await expect(refreshModelFile(as(reader), { repo, filename })).rejects.toMatchObject(forbidden)
    await expect(previewTemplate(nobody, { template: '', messages: [] })).rejects.toMatchObject(
      forbidden,
    )
    await expect(deleteModelFile(as(reader), { repo, filename })).rejects.toMatchObject(forbidden)
    expect(await exists(path)).toBe(true)
  })

  it('delete a file with its content and leave a line', async () => {
    const { path, blob } = await add({ bytes: encodeTinyModel() })
    await refreshModelFile(as(manager), { repo, filename })
    await deleteModelFile(as(manager), { repo, filename })
    expect([await exists(path), await exists(blob)]).toEqual([false, false])
    expect(await library.files()).toEqual([])
    const rows = await store.db.read((tx) =>
      tx.db.selectFrom('audit_log').select(['action', 'target_id', 'changes']).execute(),
    )
    expect(rows).toEqual([
      {
        action: 'model-file.delete',
        target_id: `${repo}/${filename}@${a}`,
        changes: expect.stringContaining(filename),
      },
    ])
    const kept = await store.db.read((tx) =>
      tx.db.selectFrom('model_metadata').select('repo').execute(),
    )
    expect(kept).toEqual([])
    await expect(deleteModelFile(as(manager), { repo, filename })).rejects.toMatchObject({
      code: 'not-found',
    })
  })

  it('keep content that another name leads to', async () => {
    const { path, blob } = await add({ snapshot: a })
    await add({ snapshot: b, filename: 'same.gguf' })
    await deleteModelFile(as(manager), { repo, filename, snapshot: a })
    expect([await exists(path), await exists(blob)]).toEqual([false, true])
    await deleteModelFile(as(manager), { repo, filename: 'same.gguf' })
    expect(await exists(blob)).toBe(false)
  })

  it('keep content for a name in a folder of a snapshot, and for files that are no models', async () => {
    const { blob } = await add()
    const deep = join(hubDir, 'models--user--repo', 'snapshots', a, 'deep')
    await mkdir(deep)
    await symlink(join('..', '..', '..', 'blobs', blob.split('/').at(-1) ?? ''), join(deep, 'x'))
    await deleteModelFile(as(manager), { repo, filename })
    expect(await exists(blob)).toBe(true)
  })

  it('leave alone what a name leads to outside of the cache', async () => {
    const outside = join(hubDir, 'my-own.gguf')
    await writeFile(outside, 'mine')
    const { path } = await add({ filename: 'other.gguf' })
    await symlink(outside, join(dirname(path), filename))
    await deleteModelFile(as(manager), { repo, filename })
    expect(await exists(outside)).toBe(true)
    expect(await library.files()).toMatchObject([{ filename: 'other.gguf' }])
  })

  it('delete a file that is no link, and one whose content is gone', async () => {
    const { path, blob } = await add()
    await writeFile(join(dirname(path), 'plain.gguf'), 'plain')
    await deleteModelFile(as(manager), { repo, filename: 'plain.gguf' })
    await rm(blob)
    library.forget()
    await deleteModelFile(as(manager), { repo, filename })
    expect(await library.files()).toEqual([])
  })

  it('delete all parts of a model', async () => {
    const parts = ['1', '2', '3'].map((part) => `big-0000${part}-of-00003.gguf`)
    for (const part of parts) await add({ filename: part, bytes: Buffer.from(part) })
    const { path } = await add()
    await deleteModelFile(as(manager), { repo, filename: parts[0] ?? '' })
    expect(await readdir(dirname(path))).toEqual([filename])
    expect(await readdir(join(hubDir, 'models--user--repo', 'blobs'))).toHaveLength(1)
  })

  it('leave no branch at a commit of which nothing is left', async () => {
    await add({ snapshot: a, ref: 'old' })
    await add({ snapshot: b })
    await deleteModelFile(as(manager), { repo, filename, snapshot: 'old' })
    const folder = join(hubDir, 'models--user--repo')
    expect(await readdir(join(folder, 'refs'))).toEqual(['main'])
    expect(await readdir(join(folder, 'snapshots'))).toEqual([b])
    expect(await readlink(join(folder, 'snapshots', b, filename))).toContain('blobs')
  })

  it('do not delete what is loaded or being downloaded', async () => {
    const { path } = await add()
    loaded = [path]
    const conflict = { code: 'conflict', details: { repo, filename, snapshot: a } }
    await expect(deleteModelFile(as(manager), { repo, filename })).rejects.toMatchObject(conflict)
    loaded = []
    const download = { id: 'd', repo, filename, revision: 'main', created_at: 1, updated_at: 1 }
    await store.db.write((tx) => tx.insertMany('downloads', [{ ...download, status: 'pending' }]))
    await expect(deleteModelFile(as(manager), { repo, filename })).rejects.toMatchObject(conflict)
    expect(await exists(path)).toBe(true)
    await store.db.write((tx) =>
      tx.db.updateTable('downloads').set({ status: 'completed' }).execute(),
    )
    await deleteModelFile(as(manager), { repo, filename })
    expect(await exists(path)).toBe(false)
  })

  const preview = (changes: Partial<TemplatePreview>) =>
    // A test names exactly one source.
    previewTemplate(as(reader), { messages: [], ...changes } as TemplatePreview)
  const hello = { messages: [{ role: 'user', content: 'Hello' }] }

  it('show a conversation as the model of a file would see it', async () => {
    await add({ bytes: encodeTinyModel() })
    const ref = { repo, filename }
    const turn = '<|im_start|>user\nHello<|im_end|>\n'
    expect(await preview({ ref, ...hello })).toBe(`${turn}<|im_start|>assistant\n`)
    expect(await preview({ ref, ...hello, addGenerationPrompt: false })).toBe(turn)
    const tools = [{ type: 'function', function: { name: 'now' } }]
    expect(await preview({ ref, ...hello, tools })).toContain('"name": "now"')
  })

  it('put the tokens of the file around it', async () => {
    const chatTemplate = '{{ bos_token }}{{ messages[0].content }}{{ eos_token }}'
    await add({ bytes: encodeTinyModel({ chatTemplate }) })
    expect(await preview({ ref: { repo, filename }, ...hello })).toBe('<s>Hello</s>')
    expect(await preview({ template: chatTemplate, ...hello })).toBe('Hello')
  })

  it('show no conversation without a template', async () => {
    await add({ bytes: encodeTinyModel({ chatTemplate: null }) })
    await expect(preview({ ref: { repo, filename }, ...hello })).rejects.toMatchObject({
      code: 'invalid',
      details: { status: 400, code: 'chat_template_missing' },
    })
    await expect(preview({ ref: { repo, filename: 'none.gguf' }, ...hello })).rejects.toMatchObject(
      { code: 'not-found' },
    )
  })

  const nested = (depth: number): string =>
    depth === 0 ? 'x' : `{% for i in range(1000) %}${nested(depth - 1)}{% endfor %}`

  it.each([
    ['template', '{{ messages', 'Unexpected end'],
    ['template', "{{ raise_exception('Roles must alternate') }}", 'Roles must alternate'],
    ['template', '{% for m in messages.nothing %}{% endfor %}', 'for loop'],
    ['template', 'x'.repeat(1024 * 1024 + 1), 'too long'],
    [
      'time',
      `{% set n = namespace(i=0) %}${nested(4).replace('x', '{% set n.i = 1 %}')}`,
      'second',
    ],
    [
      'size',
      "{% set n = namespace(s='x') %}{% for i in range(21) %}{% set n.s = n.s + n.s %}{% endfor %}{{ n.s }}",
      '1 MiB',
    ],
  ])('refuse a template for its %s', async (reason, template, words) => {
    await expect(preview({ template, ...hello })).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining(words),
      details: { code: 'chat_template_error', param: 'template', reason },
    })
    expect(await preview({ template: 'still here' })).toBe('still here')
  })

  it('refuse a template that eats memory, by the clock or by the heap', async () => {
    const eat = '{% for i in range(60) %}{% set n.l = n.l + n.l %}{% endfor %}'
    const template = `{% set n = namespace(l=[1]) %}${eat}`
    await expect(preview({ template, ...hello })).rejects.toMatchObject({
      code: 'invalid',
      details: { reason: expect.stringMatching(/^(?:memory|time)$/u) },
    })
    expect(await preview({ template: 'still here' })).toBe('still here')
  })
})
