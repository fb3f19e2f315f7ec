import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { callerWith } from '../../../../test/support/caller.ts'
import { describeEachDatabase } from '../../../../test/support/database.ts'
import { contentEtag, ggufLikeBytes } from '../../../../test/support/fake-hub-content.ts'
import { content, filename, size } from '../../../../test/support/fake-hub-pulls.ts'
import { DownloadStage } from '../../../../test/support/fake-hub-stations.ts'
import { DomainError } from '../../../platform/domain-error.ts'
import { incompletePath, snapshotPath } from '../cache-layout.ts'
import { archiveDownload, cancelDownload, retryDownload } from './change-download.ts'
import type { Download } from './download.ts'
import { getDownload, listDownloads } from './list-downloads.ts'
import { pullPreset } from './pull-preset.ts'
import { startDownload } from './start-download.ts'
import { updateModelFile } from './update-model-file.ts'
import { watchDownload } from './watch-download.ts'

const never = new AbortController().signal

describeEachDatabase('downloads', (store) => {
  const stage = new DownloadStage(store)

  it('fetch a file that the library then has', async () => {
    const { ctx, library, ended } = await stage.station()
    expect(await library.files()).toEqual([])
    const { download, isNew } = await startDownload(ctx, { repo: stage.repo, filename })
    expect(isNew).toBe(true)
    expect(download).toMatchObject({
      repo: stage.repo,
      filename,
      revision: 'main',
      status: 'pending',
    })
    const done = await ended(download.id)
    expect(done).toMatchObject({
      status: 'completed',
      error: null,
      errorCode: null,
      totalBytes: size,
      downloadedBytes: size,
      bytesPerSecond: null,
    })
    expect(done.startedAt).not.toBeNull()
    expect(await getDownload(ctx, download.id)).toEqual(done)
    const [file] = await library.files()
    expect(file).toMatchObject({
      repo: stage.repo,
      filename,
      snapshot: done.snapshot,
      isCurrent: true,
    })
    expect(await stage.auditOf(download.id)).toEqual(['download.create'])
  })

  it('tell each step to who watches, and end there', async () => {
    const { ctx } = await stage.station()
    stage.hub.failBody({ type: 'hold', afterBytes: 100_000 })
    const { download } = await startDownload(ctx, { repo: stage.repo, filename })
    const seen: Download[] = []
    for await (const one of watchDownload(ctx, download.id, never)) {
      seen.push(one)
      if (one.downloadedBytes >= 100_000) stage.hub.release()
    }
    expect(seen[0]?.status).toBe('pending')
    expect(seen.at(-1)?.status).toBe('completed')
    const bytes = seen.map(({ downloadedBytes }) => downloadedBytes)
    expect(bytes).toEqual(bytes.toSorted((a, b) => a - b))
    expect(bytes).toContain(100_000)
    const again: Download[] = []
    for await (const one of watchDownload(ctx, download.id, never)) again.push(one)
    expect(again.map(({ status }) => status)).toEqual(['completed'])
  })

  it('are watched until the signal fires', async () => {
    const { ctx } = await stage.station()
    stage.hub.failBody({ type: 'hold', afterBytes: 100_000 })
    const { download } = await startDownload(ctx, { repo: stage.repo, filename })
    const leave = new AbortController()
    for await (const one of watchDownload(ctx, download.id, leave.signal)) {
      if (one.downloadedBytes >= 100_000) leave.abort()
    }
    expect(await getDownload(ctx, download.id)).toMatchObject({
      status: 'pending',
      downloadedBytes: 100_000,
    })
  })

  it('of a file that is waited for already are the same', async () => {
    const { ctx, ended } = await stage.station()
    stage.hub.failBody({ type: 'hold', afterBytes: 1000 })
    const asked = await Promise.all(
      Array.from({ length: 5 }, async () => startDownload(ctx, { repo: stage.repo, filename })),
    )
    expect(new Set(asked.map(({ download }) => download.id)).size).toBe(1)
    expect(asked.filter(({ isNew }) => isNew)).toHaveLength(1)
    await stage.hub.untilHeld()
    stage.hub.release()
    const [first] = asked
    expect(await ended(first?.download.id ?? '')).toMatchObject({ status: 'completed' })
    expect(stage.hub.bodies).toHaveLength(1)
  })

  it('refuse a file that is there, and take a failed one anew', async () => {
    const { ctx, ended } = await stage.station()
    stage.hub.failBody({ type: 'content', content: ggufLikeBytes(size, 'wrong') })
    const failed = await startDownload(ctx, { repo: stage.repo, filename })
    expect(await ended(failed.download.id)).toMatchObject({
      status: 'error',
      errorCode: 'hub_api_error-checksum_mismatch',
      error: expect.stringContaining('checksum'),
    })
    const anew = await startDownload(ctx, { repo: stage.repo, filename })
    expect(anew.isNew).toBe(true)
    const { snapshot } = await ended(anew.download.id)
    await expect(startDownload(ctx, { repo: stage.repo, filename })).rejects.toMatchObject({
      code: 'conflict',
      details: { code: 'pull_error-file_already_exists', repo: stage.repo, filename, snapshot },
    })
  })

  it.each([
    [{ repo: 'tiny' }, 'obj_validation_error-file_pattern_mismatch'],
    [{ repo: 'us er/tiny' }, 'obj_validation_error-validation_errors'],
    [{ filename: '../x.gguf' }, 'hub_service_error-invalid_filename'],
  ])('refuse %o', async (wrong, code) => {
    const { ctx } = await stage.station()
    await expect(
      startDownload(ctx, { repo: stage.repo, filename, ...wrong }),
    ).rejects.toMatchObject({
      code: 'invalid',
      details: { code },
    })
  })

  it('run two at once and the others in their order', async () => {
    const { ctx, downloads, ended } = await stage.station()
    const started: Download[] = []
    for (let index = 0; index < 5; index += 1) {
      const name = `model-${index}.gguf`
      stage.hub.put(stage.repo, name, ggufLikeBytes(1000, name))
      stage.hub.failBody({ type: 'hold', afterBytes: 10 })
      started.push((await startDownload(ctx, { repo: stage.repo, filename: name })).download)
    }
    const order: string[] = []
    const isLive = ({ id }: Download): boolean => downloads.live(id) !== undefined
    while (order.length < started.length) {
      await stage.hub.untilHeld()
      const live = started.filter(isLive)
      expect(live.length).toBeLessThanOrEqual(2)
      for (const { id } of live) if (!order.includes(id)) order.push(id)
      stage.hub.release()
      await Promise.race(live.map(async ({ id }) => ended(id)))
    }
    await Promise.all(started.map(async ({ id }) => ended(id)))
    expect(order).toEqual(started.map(({ id }) => id))
    const page = await listDownloads(ctx, { page: 1, pageSize: 2 })
    expect(page.total).toBe(5)
    expect(page.downloads).toHaveLength(2)
    const all = (await listDownloads(ctx, { page: 1, pageSize: 30 })).downloads
    expect(all.slice(0, 2)).toEqual(page.downloads)
    const times = all.map(({ updatedAt }) => updatedAt)
    expect(times).toEqual(times.toSorted((a, b) => b - a))
    expect((await listDownloads(ctx, { page: 9, pageSize: 30 })).downloads).toEqual([])
  })

  it('are cancelled while they run and while they wait, and tried again go on', async () => {
    const { ctx, ended } = await stage.station({ atOnce: 1 })
    stage.hub.failBody({ type: 'hold', afterBytes: 100_000 })
    const running = (await startDownload(ctx, { repo: stage.repo, filename })).download
    stage.hub.put(stage.repo, 'other.gguf', ggufLikeBytes(1000, 'other'))
    const waiting = (await startDownload(ctx, { repo: stage.repo, filename: 'other.gguf' }))
      .download
    for await (const one of watchDownload(ctx, running.id, never)) {
      if (one.downloadedBytes >= 100_000) break
    }
    expect(await cancelDownload(ctx, waiting.id)).toMatchObject({ errorCode: 'cancelled' })
    expect(await cancelDownload(ctx, running.id)).toMatchObject({
      status: 'error',
      errorCode: 'cancelled',
      downloadedBytes: 100_000,
    })
    expect(await cancelDownload(ctx, running.id)).toMatchObject({ errorCode: 'cancelled' })
    const kept = await readFile(incompletePath(stage.hubDir, stage.repo, contentEtag(content)))
    expect(kept).toEqual(content.subarray(0, 100_000))
    const asked = stage.hub.bodies.length
    expect(await retryDownload(ctx, running.id)).toMatchObject({ status: 'pending', error: null })
    expect(await ended(running.id)).toMatchObject({ status: 'completed' })
    expect(stage.hub.bodies.slice(asked).map(({ range }) => range)).toEqual(['bytes=100000-'])
    expect(await getDownload(ctx, waiting.id)).toMatchObject({ errorCode: 'cancelled' })
    await expect(cancelDownload(ctx, running.id)).rejects.toMatchObject({ code: 'conflict' })
    expect(await stage.auditOf(running.id)).toEqual([
      'download.create',
      'download.update',
      'download.update',
    ])
  })

  it('that are cancelled throw away what has come, if so asked', async () => {
    const { ctx } = await stage.station()
    stage.hub.failBody({ type: 'hold', afterBytes: 100_000 })
    const { download } = await startDownload(ctx, { repo: stage.repo, filename })
    for await (const one of watchDownload(ctx, download.id, never)) {
      if (one.downloadedBytes >= 100_000) break
    }
    await cancelDownload(ctx, download.id, { discards: true })
    const path = incompletePath(stage.hubDir, stage.repo, contentEtag(content))
    await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('are put away once they have ended, and only those that failed are tried again', async () => {
    const { ctx, ended } = await stage.station()
    stage.hub.failBody({ type: 'hold', afterBytes: 10 })
    const { download } = await startDownload(ctx, { repo: stage.repo, filename })
    const { id } = download
    await stage.hub.untilHeld()
    await expect(archiveDownload(ctx, id)).rejects.toMatchObject({
      details: { code: 'download_service_error-cannot_archive_active' },
    })
    await expect(retryDownload(ctx, id)).rejects.toMatchObject({
      details: { code: 'download_service_error-not_retryable' },
    })
    stage.hub.release()
    await ended(id)
    await expect(retryDownload(ctx, id)).rejects.toMatchObject({
      details: { code: 'download_service_error-not_retryable' },
    })
    const archived = await archiveDownload(ctx, id)
    expect(archived.archivedAt).not.toBeNull()
    expect((await archiveDownload(ctx, id)).archivedAt).toBe(archived.archivedAt)
    const query = { page: 1, pageSize: 30 }
    expect(await listDownloads(ctx, query)).toEqual({ downloads: [], total: 0 })
    const all = await listDownloads(ctx, { ...query, includesArchived: true })
    expect(all.downloads.map((one) => one.id)).toEqual([id])
  })

  it('are not found by another id', async () => {
    const { ctx } = await stage.station()
    const unknown = { code: 'not-found', details: { code: 'item_not_found' } }
    await expect(getDownload(ctx, 'none')).rejects.toMatchObject(unknown)
    await expect(cancelDownload(ctx, 'none')).rejects.toMatchObject(unknown)
    await expect(retryDownload(ctx, 'none')).rejects.toMatchObject(unknown)
    await expect(archiveDownload(ctx, 'none')).rejects.toMatchObject(unknown)
    const watching = watchDownload(ctx, 'none', never)[Symbol.asyncIterator]()
    await expect(watching.next()).rejects.toMatchObject(unknown)
  })

  it('need their scope', async () => {
    const { ctx: own } = await stage.station()
    const reader = { ...own, caller: callerWith('models:read') }
    const manager = { ...own, caller: callerWith('models:manage') }
    const refused = { code: 'forbidden' }
    expect(await listDownloads(manager, { page: 1, pageSize: 1 })).toMatchObject({ total: 0 })
    await expect(startDownload(reader, { repo: stage.repo, filename })).rejects.toMatchObject(
      refused,
    )
    await expect(pullPreset(reader, 'phi3:mini')).rejects.toMatchObject(refused)
    await expect(updateModelFile(reader, { repo: stage.repo, filename })).rejects.toMatchObject(
      refused,
    )
    await expect(cancelDownload(reader, 'x')).rejects.toMatchObject(refused)
    await expect(retryDownload(reader, 'x')).rejects.toMatchObject(refused)
    await expect(archiveDownload(reader, 'x')).rejects.toMatchObject(refused)
    await expect(listDownloads(reader, { page: 1, pageSize: 1 })).rejects.toMatchObject(refused)
    await expect(getDownload(reader, 'x')).rejects.toMatchObject(refused)
    expect(() => watchDownload(reader, 'x', never)).toThrow('models:manage')
  })

  it('say in their row what the hub refused', async () => {
    const { ctx, ended } = await stage.station()
    stage.hub.refuse(stage.repo, { status: 403 })
    const { download } = await startDownload(ctx, { repo: stage.repo, filename })
    expect(await ended(download.id)).toMatchObject({
      status: 'error',
      errorCode: 'hub_api_error-gated_access',
      error: expect.stringContaining(stage.repo),
    })
  })

  it('are told when they are complete, with the name that the file is to have', async () => {
    const made: unknown[] = []
    const { ctx, ended } = await stage.station({
      onCompleted: async ({ alias }, file) => void made.push(alias, file.filename),
    })
    const alias = { alias: 'mine', requestParams: { temperature: 0 }, contextParams: ['--seed 1'] }
    stage.hub.failBody({ type: 'hold', afterBytes: 10 })
    const { download } = await startDownload(ctx, { repo: stage.repo, filename })
    await stage.hub.untilHeld()
    const named = await startDownload(ctx, { repo: stage.repo, filename, alias })
    expect(named).toMatchObject({ isNew: false, download: { id: download.id, alias } })
    stage.hub.release()
    expect(await ended(download.id)).toMatchObject({ status: 'completed', errorCode: null })
    expect(made).toEqual([alias, filename])
    expect((await getDownload(ctx, download.id)).alias).toEqual(alias)
  })

  it('keep the file when its name cannot be made, and say so', async () => {
    const details = { code: 'alias_exists_error' }
    const refusal = new DomainError('conflict', 'There is an alias mine already', { details })
    const { ctx, ended, library } = await stage.station({
      onCompleted: async () => Promise.reject(refusal),
    })
    const { download } = await startDownload(ctx, { repo: stage.repo, filename })
    expect(await ended(download.id)).toMatchObject({
      status: 'completed',
      error: 'There is an alias mine already',
      errorCode: 'alias_exists_error',
    })
    expect(await library.files()).toHaveLength(1)
  })

  it('say nothing of a bug but that there is one', async () => {
    const one = await stage.station({
      onCompleted: async () => Promise.reject(new Error('inner detail')),
    })
    const { download } = await startDownload(one.ctx, { repo: stage.repo, filename })
    expect(await one.ended(download.id)).toMatchObject({
      error: 'Something went wrong in the server',
      errorCode: 'internal_server_error',
    })
    expect(JSON.stringify(one.warned.map(String))).not.toBe('[]')
  })

  it('renew a file whose content the hub has changed', async () => {
    const { ctx, ended } = await stage.station()
    const wanted = { repo: stage.repo, filename }
    await expect(updateModelFile(ctx, wanted)).rejects.toMatchObject({
      code: 'not-found',
      details: { code: 'hub_file_not_found_error' },
    })
    const first = await ended((await startDownload(ctx, wanted)).download.id)
    const { snapshot } = first
    const current = { isCurrent: true, snapshot, ...wanted }
    expect(await updateModelFile(ctx, wanted)).toEqual(current)
    stage.hub.put(stage.repo, 'other.gguf', ggufLikeBytes(100, 'other'))
    expect(await updateModelFile(ctx, wanted)).toEqual(current)
    const changed = ggufLikeBytes(5000, 'changed')
    const commit = stage.hub.put(stage.repo, filename, changed)
    const update = await updateModelFile(ctx, wanted)
    if (update.isCurrent) throw new Error('it is not')
    expect(update.isNew).toBe(true)
    expect(await ended(update.download.id)).toMatchObject({ status: 'completed', snapshot: commit })
    expect(await readFile(snapshotPath(stage.hubDir, stage.repo, commit, filename))).toEqual(
      changed,
    )
    stage.hub.refuse(stage.repo, { status: 404 })
    await expect(updateModelFile(ctx, wanted)).rejects.toMatchObject({
      details: { code: 'hub_api_error-not_exists' },
    })
  })

  it('of presets take the operator’s list before the one built in', async () => {
    const presetsPath = join(stage.root, 'models.yaml')
    const { ctx } = await stage.station({ presetsPath })
    const builtIn = await pullPreset(ctx, 'tinyllama:instruct')
    expect(builtIn.download).toMatchObject({
      repo: 'TheBloke/TinyLlama-1.1B-Chat-v1.0-GGUF',
      alias: { alias: 'tinyllama:instruct', requestParams: { stop: expect.any(Array) } },
    })
    const commit = stage.hub.put(stage.repo, filename, content)
    await writeFile(
      presetsPath,
      `- alias: 'mine:tiny'
  repo: ${stage.repo}
  filename: ${filename}
  snapshot: ${commit}
  chat_template: ignored
  request_params: { temperature: 0.5 }
  context_params: ['--ctx-size 512']
`,
    )
    const own = await pullPreset(ctx, 'mine:tiny')
    expect(own.download).toMatchObject({
      repo: stage.repo,
      revision: commit,
      alias: {
        alias: 'mine:tiny',
        requestParams: { temperature: 0.5 },
        contextParams: ['--ctx-size 512'],
      },
    })
    await expect(pullPreset(ctx, 'none')).rejects.toMatchObject({
      code: 'not-found',
      details: { code: 'remote_model_not_found_error', alias: 'none' },
    })
    for (const text of ['- alias: 1', 'a: [', 'alias: x']) {
      await writeFile(presetsPath, text)
      await expect(pullPreset(ctx, 'mine:tiny')).rejects.toMatchObject({ code: 'precondition' })
    }
  })
})
