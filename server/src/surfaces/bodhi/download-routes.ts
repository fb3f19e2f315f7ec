import { bodhiRoutes } from '@pharos/contract/bodhi/routes.ts'
import {
  archiveDownload,
  cancelDownload,
  getDownload,
  listDownloads,
  pullPreset,
  retryDownload,
  startDownload,
  watchDownload,
  type Download,
  type Enqueued,
} from '../../features/model-files/index.ts'
import { serve, type BodhiPowers } from './door.ts'
import { pageOf } from './page.ts'
import { toDownload } from './wire-files.ts'

const seed = {
  list: bodhiRoutes.listDownloads,
  start: bodhiRoutes.pullModelFile,
  get: bodhiRoutes.getDownloadStatus,
  cancel: bodhiRoutes.cancelDownload,
  retry: bodhiRoutes.retryDownload,
  archive: bodhiRoutes.archiveDownload,
  watch: bodhiRoutes.watchDownload,
}

const later = {
  list: bodhiRoutes.listFilePulls,
  start: bodhiRoutes.pullFile,
  get: bodhiRoutes.getFilePull,
  cancel: bodhiRoutes.cancelFilePull,
  retry: bodhiRoutes.retryFilePull,
  archive: bodhiRoutes.archiveFilePull,
  watch: bodhiRoutes.watchFilePull,
}

/** Files fetched from a hub, under both paths. Source: bodhi contract §1.11, §1.16. */
export function downloadRoutes(powers: BodhiPowers) {
  return [
    ...familyRoutes(powers, seed),
    ...familyRoutes(powers, later),
    serve(bodhiRoutes.pullModelByAlias, async ({ params, caller }) => {
      return toStarted(await pullPreset({ ...powers, caller }, params.alias))
    }),
  ]
}

function familyRoutes(powers: BodhiPowers, family: typeof seed | typeof later) {
  return [
    serve(family.list, async ({ query, caller }) => {
      const { page, pageSize } = pageOf(query)
      const found = await listDownloads({ ...powers, caller }, { page, pageSize })
      const { downloads, total } = found
      const data = downloads.map(toDownload)
      return { status: 200, body: { data, total, page, page_size: pageSize } }
    }),
    serve(family.start, async ({ body, caller }) => {
      return toStarted(await startDownload({ ...powers, caller }, body))
    }),
    serve(family.get, async ({ params, caller }) => {
      const download = await getDownload({ ...powers, caller }, params.id)
      return { status: 200, body: toDownload(download) }
    }),
    serve(family.cancel, async ({ params, caller }) => {
      const download = await cancelDownload({ ...powers, caller }, params.id)
      return { status: 200, body: toDownload(download) }
    }),
    serve(family.retry, async ({ params, caller }) => {
      const download = await retryDownload({ ...powers, caller }, params.id)
      return { status: 200, body: toDownload(download) }
    }),
    serve(family.archive, async ({ params, caller }) => {
      const download = await archiveDownload({ ...powers, caller }, params.id)
      return { status: 200, body: toDownload(download) }
    }),
    serve(family.watch, ({ params, caller, signal }) => {
      const downloads = watchDownload({ ...powers, caller }, params.id, signal)
      return {
        status: 200,
        stream: toEvents(downloads),
        contentType: 'text/event-stream; charset=utf-8',
      }
    }),
  ]
}

/** 200 for a download that was at it already. */
function toStarted({ download, isNew }: Enqueued) {
  const body = toDownload(download)
  return isNew ? ({ status: 201, body } as const) : ({ status: 200, body } as const)
}

async function* toEvents(downloads: AsyncIterable<Download>): AsyncGenerator<string> {
  for await (const download of downloads) yield `data: ${JSON.stringify(toDownload(download))}\n\n`
}
