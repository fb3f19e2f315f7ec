import { hypersigilRoutes } from '@pharos/contract/hypersigil/routes.ts'
import {
  deleteFile,
  fileSelectList,
  getFile,
  listFiles,
  uploadFile,
  type FilePowers as RoomPowers,
  type FileQuery,
} from '../../features/files/index.ts'
import type { Uses } from '../../features/identity/index.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import { serve, written } from './door.ts'
import { attachment, mediaTypeOf } from './download-headers.ts'
import { askedPage, created, found, nothing } from './envelopes.ts'
import { fileListWriter, toFile, toFileHead } from './wire-files.ts'

export interface FilePowers extends Uses<'db' | 'clock' | 'ids'>, RoomPowers {}

/** Files that executions may send along. Source: hypersigil contract §1.10. */
export function fileRoutes(powers: FilePowers) {
  return [...listRoutes(powers), ...singleRoutes(powers)]
}

const columns = {
  name: 'name',
  originalName: 'original_name',
  size: 'size_bytes',
  created_at: 'created_at',
  updated_at: 'updated_at',
} as const satisfies Record<string, FileQuery['orderBy']>

function listRoutes(powers: FilePowers) {
  return [
    serve(hypersigilRoutes.listFileChoices, async ({ caller }) => {
      const files = await fileSelectList({ ...powers, caller })
      const items = files.map((file) => {
        const { id, name, originalName, mimeType, size, tags } = toFileHead(file)
        return { id, name, originalName, mimeType, size, ...(tags && { tags }) }
      })
      return found({ items })
    }),
    serve(hypersigilRoutes.listFiles, async ({ query, caller }) => {
      const { search, mimeType, orderBy = 'created_at', orderDirection } = query
      const { page, limit, offset } = askedPage(query)
      const fields = readFields(query.fields)
      const asked: FileQuery = {
        ...withoutUndefined({ search, mimeType }),
        orderBy: columns[orderBy],
        order: orderDirection === 'ASC' ? 'asc' : 'desc',
        limit,
        offset,
        withData: fields?.includes('data') ?? true,
      }
      const writer = fileListWriter({ page: { page, limit }, fields })
      return written(await listFiles({ ...powers, caller }, asked, writer))
    }),
    serve(hypersigilRoutes.searchFiles, async ({ params, query, caller }) => {
      const fields = readFields(query.fields)
      const asked: FileQuery = {
        nameHas: params.pattern,
        orderBy: 'created_at',
        order: 'desc',
        offset: 0,
        withData: fields?.includes('data') ?? true,
      }
      const writer = fileListWriter({ page: null, fields })
      return written(await listFiles({ ...powers, caller }, asked, writer))
    }),
  ]
}

function singleRoutes(powers: FilePowers) {
  return [
    serve(hypersigilRoutes.uploadFile, async ({ body, caller }) => {
      const { name, originalName, mimeType, size: sizeBytes, data, tags = null } = body
      const { description = null } = body
      const sent = { name, originalName, mimeType, sizeBytes, data, description, tags }
      const file = await uploadFile({ ...powers, caller }, sent)
      return created(toFile({ ...file, data }))
    }),
    serve(hypersigilRoutes.getFile, async ({ params, caller }) =>
      found(toFile(await getFile({ ...powers, caller }, params.id.toLowerCase()))),
    ),
    serve(hypersigilRoutes.downloadFile, async ({ params, caller }) => {
      const file = await getFile({ ...powers, caller }, params.id.toLowerCase())
      return {
        status: 200,
        text: Buffer.from(file.data, 'base64'),
        contentType: mediaTypeOf(file.mimeType),
        headers: attachment(file.originalName),
      } as const
    }),
    serve(hypersigilRoutes.deleteFile, async ({ params, caller }) => {
      await deleteFile({ ...powers, caller }, params.id.toLowerCase())
      return nothing
    }),
  ]
}

function readFields(text: string | undefined): readonly string[] | null {
  return text === undefined ? null : text.split(',')
}
