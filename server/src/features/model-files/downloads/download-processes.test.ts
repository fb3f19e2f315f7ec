import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { describeEachDatabase } from '../../../../test/support/database.ts'
import { contentEtag, ggufLikeBytes } from '../../../../test/support/fake-hub-content.ts'
import { content, filename } from '../../../../test/support/fake-hub-pulls.ts'
import { DownloadStage, nextTurn } from '../../../../test/support/fake-hub-stations.ts'
import { randomIds } from '../../../platform/ids.ts'
import { repoFolder, snapshotPath } from '../cache-layout.ts'
import { cancelDownload } from './change-download.ts'
import { findDownload } from './download-store.ts'
import { getDownload } from './list-downloads.ts'
import { startDownload } from './start-download.ts'
import { watchDownload } from './watch-download.ts'

const never = new AbortController().signal

describeEachDatabase('downloads of several processes', (store) => {
  const stage = new DownloadStage(store)

  it('of a process that stops wait for the next, which goes on', async () => {
    const first = await stage.station()
    stage.hub.failBody({ type: 'hold', afterBytes: 100_000 })
    const { download } = await startDownload(first.ctx, { repo: stage.repo, filename })
    for await (const one of watchDownload(first.ctx, download.id, never)) {
      if (one.downloadedBytes >= 100_000) break
    }
    await stage.stop(first)
    expect(await stage.rowOf(download.id)).toMatchObject({ status: 'pending', process_id: null })
    const asked = stage.hub.bodies.length
    const { ended } = await stage.station()
    expect(await ended(download.id)).toMatchObject({ status: 'completed' })
    expect(stage.hub.bodies.slice(asked).map(({ range }) => range)).toEqual(['bytes=100000-'])
  })

  it('do not keep what came of a content that the hub has replaced', async () => {
    const first = await stage.station()
    stage.hub.failBody({ type: 'hold', afterBytes: 100_000 })
    const { download } = await startDownload(first.ctx, { repo: stage.repo, filename })
    for await (const one of watchDownload(first.ctx, download.id, never)) {
      if (one.downloadedBytes >= 100_000) break
    }
    await stage.stop(first)
    const changed = ggufLikeBytes(5000, 'changed')
    const commit = stage.hub.put(stage.repo, filename, changed)
    const { ended } = await stage.station()
    expect(await ended(download.id)).toMatchObject({ status: 'completed', snapshot: commit })
    const blobs = await readdir(join(repoFolder(stage.hubDir, stage.repo), 'blobs'))
    expect(blobs).toEqual([contentEtag(changed)])
  })

  it('of a process that died are taken over by one other', async () => {
    const first = await stage.station()
    stage.hub.failBody({ type: 'hold', afterBytes: 100_000 })
    const { download } = await startDownload(first.ctx, { repo: stage.repo, filename })
    await stage.hub.untilHeld()
    await stage.stop(first)
    await stage.db.write((tx) =>
      tx.db
        .updateTable('downloads')
        .set({ process_id: randomIds.uuid() })
        .where('id', '=', download.id)
        .execute(),
    )
    const asked = stage.hub.bodies.length
    stage.hub.failBody({ type: 'hold', afterBytes: 10 })
    // One database file has one process.
    const others = await Promise.all(
      store.dialect === 'sqlite' ? [stage.station()] : [stage.station(), stage.station()],
    )
    await stage.hub.untilHeld()
    const { process_id: owner } = await stage.rowOf(download.id)
    const alive = others.filter(({ downloads }) => downloads.live(download.id))
    expect(alive.map(({ processId }) => processId)).toEqual([owner])
    stage.hub.release()
    const [one] = others
    expect(await one?.ended(download.id)).toMatchObject({ status: 'completed' })
    expect(stage.hub.bodies).toHaveLength(asked + 1)
  })

  it('of a living process are left alone, and are its own no more once taken', async () => {
    // A database file has one process.
    if (store.dialect === 'sqlite') return
    const first = await stage.station()
    stage.hub.failBody({ type: 'hold', afterBytes: 100_000 })
    const { download } = await startDownload(first.ctx, { repo: stage.repo, filename })
    for await (const one of watchDownload(first.ctx, download.id, never)) {
      if (one.downloadedBytes >= 100_000) break
    }
    const second = await stage.station()
    // It has looked by the time that it has fetched another file.
    stage.hub.put(stage.repo, 'other.gguf', ggufLikeBytes(1000, 'other'))
    const other = await startDownload(second.ctx, { repo: stage.repo, filename: 'other.gguf' })
    await second.ended(other.download.id)
    expect(second.downloads.live(download.id)).toBeUndefined()
    expect(await stage.rowOf(download.id)).toMatchObject({ process_id: first.processId })
    await stage.presumeDead(first)
    second.downloads.wake()
    while ((await stage.rowOf(download.id)).process_id === first.processId) await nextTurn()
    stage.hub.release()
    expect(await second.ended(download.id)).toMatchObject({ status: 'completed' })
    while (first.downloads.live(download.id)) await nextTurn()
    const path = snapshotPath(
      stage.hubDir,
      stage.repo,
      (await stage.rowOf(download.id)).snapshot ?? '',
      filename,
    )
    expect(await readFile(path)).toEqual(content)
  })

  it('stay when the row cannot be found any more', async () => {
    const one = await stage.station()
    stage.hub.failBody({ type: 'hold', afterBytes: 100_000 })
    const { download } = await startDownload(one.ctx, { repo: stage.repo, filename })
    await stage.hub.untilHeld()
    await stage.db.write((tx) =>
      tx.db.deleteFrom('downloads').where('id', '=', download.id).execute(),
    )
    stage.hub.release()
    while (one.downloads.live(download.id)) await nextTurn()
    expect(await stage.db.read((tx) => findDownload(tx, download.id))).toBeUndefined()
  })

  it('are watched and cancelled from another process', async () => {
    // A database file has one process.
    if (store.dialect === 'sqlite') return
    const first = await stage.station()
    const other = await stage.stationApart()
    stage.hub.failBody({ type: 'hold', afterBytes: 100_000 })
    const { download } = await startDownload(first.ctx, { repo: stage.repo, filename })
    for await (const one of watchDownload(other.ctx, download.id, never)) {
      if (one.totalBytes !== null) break
    }
    expect(other.downloads.live(download.id)).toBeUndefined()
    await cancelDownload(other.ctx, download.id)
    while (first.downloads.live(download.id)) await nextTurn()
    expect(await getDownload(first.ctx, download.id)).toMatchObject({ errorCode: 'cancelled' })
  })

  it('are complete in the library of another process too', async () => {
    if (store.dialect === 'sqlite') return
    const first = await stage.station()
    const other = await stage.stationApart()
    expect(await other.library.files()).toEqual([])
    const { download } = await startDownload(first.ctx, { repo: stage.repo, filename })
    expect(await other.ended(download.id)).toMatchObject({ status: 'completed' })
    await other.hasHeardOf(download.id)
    expect(await other.library.files()).toHaveLength(1)
  })
})
