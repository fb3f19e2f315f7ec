/** Files that are fetched from a hub. Source: bodhi contract §1.11, §1.16, §4.9. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { BodhiError, namedBodyRefusals, namedRefusals, refusals } from './errors.ts'
import { PageQuery, pageOf, Time } from './scalars.ts'

export const DownloadRequest = z
  .object({
    id: z.string(),
    repo: z.string(),
    filename: z.string(),
    status: z.enum(['pending', 'completed', 'error']),
    error: z.string().nullable(),
    error_code: z
      .string()
      .nullable()
      .meta({ description: 'As a route would answer it; beyond the contract' }),
    created_at: Time,
    updated_at: Time,
    total_bytes: z.int().min(0).nullable(),
    downloaded_bytes: z.int().min(0),
    bytes_per_second: z.number().min(0).nullable().meta({
      description: 'Over the last seconds; null while nothing comes. Beyond the contract',
    }),
    snapshot: z
      .string()
      .nullable()
      .meta({ description: 'The commit, once the hub has told. Beyond the contract' }),
    started_at: Time.nullable(),
    archived_at: Time.nullable(),
  })
  .meta({ id: 'DownloadRequest' })
export type DownloadRequest = z.infer<typeof DownloadRequest>

const NewDownload = z
  .object({ repo: z.string(), filename: z.string() })
  .meta({ id: 'NewDownloadRequest' })

const ById = z.object({ id: z.string() })

/** Pulls have stood under two paths. */
function pullRoutesAt(path: string) {
  return {
    list: defineRoute({
      method: 'GET',
      path,
      summary: 'List the downloads, the latest first; those that are archived are left out',
      ref: `bodhi §1.11 GET ${path}`,
      access: 'models:manage',
      query: PageQuery,
      reply: { 200: pageOf(DownloadRequest), ...refusals },
    }),
    start: defineRoute({
      method: 'POST',
      path,
      summary: 'Fetch a file; 200 with the download that is at it already',
      ref: `bodhi §1.11 POST ${path}`,
      access: 'models:manage',
      body: NewDownload,
      reply: {
        200: DownloadRequest,
        201: DownloadRequest,
        ...namedBodyRefusals,
        409: BodhiError,
        429: BodhiError,
      },
    }),
    get: defineRoute({
      method: 'GET',
      path: `${path}/{id}`,
      summary: 'Read a download',
      ref: `bodhi §1.11 GET ${path}/{id}`,
      access: 'models:manage',
      params: ById,
      reply: { 200: DownloadRequest, ...namedRefusals },
    }),
    cancel: defineRoute({
      method: 'DELETE',
      path: `${path}/{id}`,
      summary: 'Stop a download; what is there already stays for another try',
      ref: `bodhi §4.9 DELETE ${path}/{id}`,
      access: 'models:manage',
      params: ById,
      reply: { 200: DownloadRequest, ...namedRefusals, 409: BodhiError },
    }),
    retry: defineRoute({
      method: 'POST',
      path: `${path}/{id}/retry`,
      summary: 'Go on with a download that failed',
      ref: `bodhi §1.11 POST ${path}/{id}/retry`,
      access: 'models:manage',
      params: ById,
      reply: { 200: DownloadRequest, ...namedRefusals, 409: BodhiError },
    }),
    archive: defineRoute({
      method: 'POST',
      path: `${path}/{id}/archive`,
      summary: 'Leave a download that has ended out of the list',
      ref: `bodhi §1.11 POST ${path}/{id}/archive`,
      access: 'models:manage',
      params: ById,
      reply: { 200: DownloadRequest, ...namedRefusals },
    }),
    watch: defineRoute({
      method: 'GET',
      path: `${path}/{id}/events`,
      summary: 'Follow a download to its end: one event (`DownloadRequest`) for each change',
      ref: 'bodhi §11.5',
      access: 'models:manage',
      params: ById,
      reply: { 200: { media: 'text/event-stream' }, ...namedRefusals },
    }),
  } as const
}

const seed = pullRoutesAt('/bodhi/v1/modelfiles/pull')
const later = pullRoutesAt('/bodhi/v1/models/files/pull')

export const downloadRoutes = {
  listDownloads: seed.list,
  pullModelFile: seed.start,
  pullModelByAlias: defineRoute({
    method: 'POST',
    path: '/bodhi/v1/modelfiles/pull/{alias}',
    summary: 'Fetch the file of a preset and give it its name',
    ref: 'bodhi §1.11 POST /bodhi/v1/modelfiles/pull/{alias}',
    access: 'models:manage',
    params: z.object({ alias: z.string() }),
    reply: {
      200: DownloadRequest,
      201: DownloadRequest,
      ...namedRefusals,
      409: BodhiError,
      429: BodhiError,
    },
  }),
  getDownloadStatus: seed.get,
  cancelDownload: seed.cancel,
  retryDownload: seed.retry,
  archiveDownload: seed.archive,
  watchDownload: seed.watch,
  listFilePulls: later.list,
  pullFile: later.start,
  getFilePull: later.get,
  cancelFilePull: later.cancel,
  retryFilePull: later.retry,
  archiveFilePull: later.archive,
  watchFilePull: later.watch,
} as const
