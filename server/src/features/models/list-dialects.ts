import { isPrintable } from '../../platform/is-printable.ts'
import { isJsonObject, type JsonObject } from '../../platform/json.ts'
import type { ProviderKind } from './connection.ts'

/** A model as its provider lists it. */
export interface ProviderModel {
  readonly id: string
  /** Unix seconds; 0 where the provider does not say. */
  readonly createdAt: number
  readonly ownedBy: string | null
}

/** More than any provider has; what goes beyond is left out. */
export const mostModels = 5_000
const longestId = 255

interface Page {
  readonly models: readonly ProviderModel[]
  /** Where the next page begins; null for the last. */
  readonly next: string | null
}

/** How a kind of provider is asked for its models, as pure functions. */
export interface ListDialect {
  addressOf(baseUrl: string, cursor: string | null): string
  headersOf(apiKey: string | null): Readonly<Record<string, string>>
  /** Undefined for what is no list. */
  readPage(body: JsonObject): Page | undefined
  /** Whether the key is refused in another way than by 401 or 403. */
  isKeyRefusal(status: number, text: string): boolean
}

const bearer = (apiKey: string | null): Record<string, string> =>
  apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }

const never = (): boolean => false

const openai: ListDialect = {
  addressOf: (baseUrl) => `${rootOf(baseUrl)}/models`,
  headersOf: bearer,
  isKeyRefusal: never,
  readPage: (body) =>
    readModels(body['data'], null, (model) => ({
      id: model['id'],
      createdAt: model['created'],
      ownedBy: model['owned_by'],
    })),
}

/** Source: Anthropic's API reference, "List Models". */
const anthropic: ListDialect = {
  addressOf: (baseUrl, cursor) => {
    const after = cursor === null ? '' : `&after_id=${encodeURIComponent(cursor)}`
    return `${rootOf(baseUrl, '/v1')}/v1/models?limit=1000${after}`
  },
  headersOf: (apiKey) => ({
    ...(apiKey !== null && { 'x-api-key': apiKey }),
    'anthropic-version': '2023-06-01',
  }),
  isKeyRefusal: never,
  readPage: (body) =>
    readModels(body['data'], body['has_more'] === true ? body['last_id'] : null, (model) => ({
      id: model['id'],
      createdAt: secondsOf(model['created_at']),
    })),
}

/** Source: Gemini's API reference, `models.list`; a wrong key is a 400 there. */
const google: ListDialect = {
  addressOf: (baseUrl, cursor) => {
    const page = cursor === null ? '' : `&pageToken=${encodeURIComponent(cursor)}`
    return `${rootOf(baseUrl, '/v1beta')}/v1beta/models?pageSize=1000${page}`
  },
  headersOf: (apiKey) => ({ ...(apiKey !== null && { 'x-goog-api-key': apiKey }) }),
  isKeyRefusal: (status, text) => status === 400 && text.includes('API_KEY_INVALID'),
  readPage: (body) =>
    readModels(body['models'], body['nextPageToken'] ?? null, (model) => {
      const { name } = model
      return { id: typeof name === 'string' ? name.replace(/^models\//u, '') : undefined }
    }),
}

const ollama: ListDialect = {
  addressOf: (baseUrl) => `${rootOf(rootOf(baseUrl, '/v1'), '/api')}/api/tags`,
  headersOf: bearer,
  isKeyRefusal: never,
  readPage: (body) =>
    readModels(body['models'], null, (model) => ({
      id: model['name'] ?? model['model'],
      createdAt: secondsOf(model['modified_at']),
    })),
}

export const listDialects: Readonly<Record<ProviderKind, ListDialect>> = {
  openai,
  'openai-compatible': openai,
  anthropic,
  google,
  ollama,
}

/** A base URL as calls take it: people write it with and without the part that they add. */
function rootOf(baseUrl: string, part = ''): string {
  const trimmed = baseUrl.replace(/\/+$/u, '')
  return part !== '' && trimmed.endsWith(part) ? trimmed.slice(0, -part.length) : trimmed
}

interface Told {
  readonly id: unknown
  readonly createdAt?: unknown
  readonly ownedBy?: unknown
}

function readModels(
  list: unknown,
  next: unknown,
  read: (model: JsonObject) => Told,
): Page | undefined {
  if (!Array.isArray(list)) return undefined
  const models = list.flatMap((item: unknown): ProviderModel[] => {
    if (!isJsonObject(item)) return []
    const { id, createdAt, ownedBy } = read(item)
    if (typeof id !== 'string' || !isModelId(id)) return []
    const isTime = typeof createdAt === 'number' && Number.isFinite(createdAt)
    const seconds = isTime ? Math.trunc(createdAt) : 0
    return [{ id, createdAt: seconds, ownedBy: typeof ownedBy === 'string' ? ownedBy : null }]
  })
  return { models, next: typeof next === 'string' && next !== '' ? next : null }
}

/** Whether text can stand for a model of a provider: 1 to 255 characters, none of them control. */
export function isModelId(text: string): boolean {
  const isFitting = text.length > 0 && text.length <= longestId
  return isFitting && isPrintable(text)
}

function secondsOf(time: unknown): number | undefined {
  return typeof time === 'string' ? Date.parse(time) / 1000 : undefined
}
