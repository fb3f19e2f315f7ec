/** GGUF files on disk. Source: bodhi contract §1.10, §1.16, rulings §5. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { DownloadRequest } from './downloads.ts'
import {
  BodhiError,
  bodyRefusals,
  namedBodyRefusals,
  namedRefusals,
  nothing,
  refusals,
  unchanged,
} from './errors.ts'
import { ModelAlias } from './file-models.ts'
import { ModelMetadata, sizeBytes } from './model-fields.ts'
import { pageOf, Repo, SortedQuery } from './scalars.ts'

export const LocalModel = z
  .object({
    repo: z.string(),
    filename: z.string(),
    snapshot: z.string(),
    size: sizeBytes,
    model_params: z.object({}),
    metadata: ModelMetadata.nullable(),
  })
  .meta({ id: 'LocalModelResponse' })
export type LocalModel = z.infer<typeof LocalModel>

const FileQuery = SortedQuery.extend({
  sort: z
    .string()
    .optional()
    .meta({ description: '`repo` (default), `filename`, `snapshot` or `size` (null first)' }),
})

const OneFile = z.object({
  repo: z.string(),
  filename: z.string(),
  snapshot: z.string().optional().meta({ description: 'A branch or a commit; default `main`' }),
})

const RefreshRequest = z
  .discriminatedUnion('source', [
    z.object({ source: z.literal('all') }),
    z.object({
      source: z.literal('model'),
      repo: Repo,
      filename: z.string(),
      snapshot: z.string(),
    }),
  ])
  .meta({ id: 'RefreshRequest' })

const Queued = z
  .object({
    num_queued: z.string().meta({ description: 'How many files are read again' }),
    alias: z.null(),
  })
  .meta({ id: 'RefreshQueued' })

const FileUpdate = z
  .object({
    is_current: z.boolean().meta({ description: 'Whether the hub has nothing newer' }),
    snapshot: z.string().nullable().meta({ description: 'The commit, as far as it is known' }),
    download: DownloadRequest.nullable().meta({ description: 'Of what is newer' }),
  })
  .meta({ id: 'ModelFileUpdate' })

function listFilesAt(path: string) {
  return defineRoute({
    method: 'GET',
    path,
    summary: 'List the GGUF files',
    ref: `bodhi §1.10 GET ${path}`,
    access: 'models:read',
    query: FileQuery,
    reply: { 200: pageOf(LocalModel), ...unchanged, ...refusals },
  })
}

export const fileRoutes = {
  listModelFiles: listFilesAt('/bodhi/v1/modelfiles'),
  deleteModelFile: defineRoute({
    method: 'DELETE',
    path: '/bodhi/v1/modelfiles',
    summary: 'Take a file of one snapshot from the disk; its bytes go with the last snapshot of it',
    ref: 'rulings §5',
    access: 'models:manage',
    query: OneFile,
    reply: { 204: nothing, ...namedRefusals, 409: BodhiError },
  }),
  updateModelFile: defineRoute({
    method: 'POST',
    path: '/bodhi/v1/modelfiles/update',
    summary: 'Ask the hub for the newest version of a file',
    ref: 'rulings §5',
    access: 'models:manage',
    body: z.object({ repo: z.string(), filename: z.string() }),
    reply: { 200: FileUpdate, 201: FileUpdate, ...namedBodyRefusals, 429: BodhiError },
  }),
  listFiles: listFilesAt('/bodhi/v1/models/files'),
  refreshModels: defineRoute({
    method: 'POST',
    path: '/bodhi/v1/models/refresh',
    summary: 'Read what files say of themselves again: of all in the background, of one at once',
    ref: 'bodhi §1.16 POST /bodhi/v1/models/refresh',
    access: 'models:manage',
    body: RefreshRequest,
    reply: { 200: ModelAlias, 202: Queued, ...bodyRefusals, 404: BodhiError, 422: BodhiError },
  }),
  readQueue: defineRoute({
    method: 'GET',
    path: '/bodhi/v1/queue',
    summary: 'Tell whether files are being read',
    ref: 'bodhi §1.16 GET /bodhi/v1/queue',
    access: 'models:manage',
    reply: { 200: z.object({ status: z.enum(['idle', 'processing']) }), ...refusals },
  }),
} as const
