/** Files that executions may send along. Source: hypersigil contract §1.10. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import {
  dataOf,
  inputRefusals,
  nothing,
  OrderDirection,
  pageFields,
  pageOf,
  Refusal,
  refusals,
  Time,
  Uuid,
} from './route-kit.ts'

const Tags = z.array(z.string().min(1).max(25))

const File = z
  .object({
    id: z.string(),
    name: z.string(),
    originalName: z.string(),
    mimeType: z.string(),
    size: z.int().min(0).meta({ description: 'Of the bytes themselves' }),
    data: z.string().meta({ description: 'Base64' }),
    uploadedBy: z.string().optional().meta({ description: 'Id of a user' }),
    description: z.string().optional(),
    tags: Tags.optional(),
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'File' })
export type File = z.infer<typeof File>

/** In a list, where `fields` may leave out the rest. */
const ListedFile = File.partial().required({ id: true }).meta({ id: 'ListedFile' })
export type ListedFile = z.infer<typeof ListedFile>

const NewFile = z
  .strictObject({
    name: z.string().min(1).max(255),
    originalName: z.string().min(1).max(255),
    mimeType: z.string().min(1),
    size: z.number().min(0).meta({ description: 'Must be what `data` has in bytes' }),
    data: z.string().min(1).meta({ description: 'Base64 with its padding, without line breaks' }),
    uploadedBy: z.string().optional().meta({ description: 'Ignored: it is who sends it' }),
    description: z.string().optional(),
    tags: Tags.optional(),
  })
  .meta({ id: 'NewFile' })

const FileChoices = z
  .object({
    items: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        originalName: z.string(),
        mimeType: z.string(),
        size: z.int().min(0),
        tags: Tags.optional(),
      }),
    ),
  })
  .meta({ id: 'FileChoices' })

const fieldWord = Object.keys(File.shape).join('|')
/** Without it all of a file is listed, its bytes too. */
const Fields = z
  .string()
  .regex(new RegExp(`^(?:${fieldWord})(?:,(?:${fieldWord}))*$`, 'u'), 'must be members of a file')
  .meta({ description: 'Members to be listed besides `id`, with commas: `name,size`' })

const ById = z.object({ id: Uuid })

export const fileRoutes = {
  listFileChoices: defineRoute({
    method: 'GET',
    path: '/api/v1/files/select-list',
    summary: 'List every file without its bytes, by name',
    ref: 'hypersigil §1.10',
    access: 'files:read',
    reply: { 200: dataOf(FileChoices), ...refusals },
  }),
  listFiles: defineRoute({
    method: 'GET',
    path: '/api/v1/files',
    summary: 'List files',
    ref: 'hypersigil §1.10',
    access: 'files:read',
    query: z.strictObject({
      ...pageFields,
      search: z
        .string()
        .optional()
        .meta({ description: 'An id, or part of a name or description' }),
      mimeType: z.string().optional(),
      orderBy: z.enum(['name', 'originalName', 'size', 'created_at', 'updated_at']).optional(),
      orderDirection: OrderDirection.optional(),
      fields: Fields.optional(),
    }),
    reply: { 200: pageOf(ListedFile), ...inputRefusals },
  }),
  uploadFile: defineRoute({
    method: 'POST',
    path: '/api/v1/files',
    summary: 'Keep a file; the same bytes are stored once',
    ref: 'hypersigil §1.10',
    access: 'files:upload',
    body: NewFile,
    reply: { 201: dataOf(File), ...inputRefusals },
  }),
  searchFiles: defineRoute({
    method: 'GET',
    path: '/api/v1/files/search/{pattern}',
    summary: 'List the files whose name holds a text, the newest first',
    ref: 'hypersigil §1.10',
    access: 'files:read',
    params: z.object({ pattern: z.string().min(1) }),
    query: z.object({ fields: Fields.optional() }),
    reply: { 200: dataOf(z.array(ListedFile)), ...inputRefusals },
  }),
  getFile: defineRoute({
    method: 'GET',
    path: '/api/v1/files/{id}',
    summary: 'Read a file',
    ref: 'hypersigil §1.10',
    access: 'files:read',
    params: ById,
    reply: { 200: dataOf(File), ...refusals, 404: Refusal },
  }),
  downloadFile: defineRoute({
    method: 'GET',
    path: '/api/v1/files/{id}/download',
    summary: 'Download the bytes of a file',
    ref: 'hypersigil §1.10',
    access: 'files:read',
    params: ById,
    reply: { 200: { media: 'application/octet-stream' }, ...refusals, 404: Refusal },
  }),
  deleteFile: defineRoute({
    method: 'DELETE',
    path: '/api/v1/files/{id}',
    summary: 'Delete a file',
    ref: 'hypersigil §1.10',
    access: 'files:upload',
    params: ById,
    reply: { 204: nothing, ...refusals, 404: Refusal },
  }),
} as const
