import type { Behaviour, FakeRequest, Refusal } from './behaviour.ts'
import { isFilled } from './fields.ts'

type Kind = 'openai' | 'anthropic' | 'google' | 'ollama'
type Asked = Pick<FakeRequest, 'method' | 'path' | 'headers'>

const paths: Readonly<Record<Kind, string>> = {
  openai: '/v1/models',
  anthropic: '/v1/models',
  google: '/v1beta/models',
  ollama: '/api/tags',
}

/** What each has when a test says nothing. */
export const usualModels: Readonly<Record<Kind, readonly string[]>> = {
  openai: ['gpt-4o-mini'],
  anthropic: ['claude-haiku-4-5-20251001'],
  google: ['gemini-2.5-flash'],
  ollama: ['llama3.2'],
}

/** When every model was made: 2025-06-15T15:06:40Z. */
export const listedAt = 1_750_000_000

export function isListRequest(kind: Kind, { method, path }: Asked): boolean {
  return method === 'GET' && path.split('?')[0] === paths[kind]
}

/** What the real API would refuse. */
export function checkListRequest(kind: Kind, { headers }: Asked): Refusal | null {
  switch (kind) {
    case 'openai':
      return /^Bearer \S/.test(headers.authorization ?? '') ? null : unknownKey
    case 'anthropic':
      return isFilled(headers['x-api-key']) && isFilled(headers['anthropic-version'])
        ? null
        : unknownKey
    case 'google':
      return isFilled(headers['x-goog-api-key']) ? null : { ...unknownKey, status: 403 }
    case 'ollama':
      return null
  }
}

const unknownKey: Refusal = { status: 401, message: 'No key was sent.' }

/** Two on a page where the API has pages, so that whoever reads one page only is found out. */
const pageSize = 2

/** The list in the API's bytes. */
export function listReply(kind: Kind, { path }: Asked, models: readonly string[]): Behaviour {
  const query = new URL(path, 'http://localhost').searchParams
  const createdAt = new Date(listedAt * 1000).toISOString()
  switch (kind) {
    case 'openai':
      return json({
        object: 'list',
        data: models.map((id) => ({ id, object: 'model', created: listedAt, owned_by: 'fake' })),
      })
    case 'anthropic': {
      const { page, isLast } = pageOf(models, query.get('after_id'))
      const data = page.map((id) => ({
        type: 'model',
        id,
        display_name: id,
        created_at: createdAt,
      }))
      return json({
        data,
        has_more: !isLast,
        first_id: page[0] ?? null,
        last_id: page.at(-1) ?? null,
      })
    }
    case 'google': {
      const { page, isLast } = pageOf(models, query.get('pageToken'))
      const list = page.map((id) => ({ name: `models/${id}`, displayName: id }))
      return json({ models: list, ...(isLast ? {} : { nextPageToken: page.at(-1) }) })
    }
    case 'ollama':
      return json({
        models: models.map((name) => ({ name, model: name, modified_at: createdAt, size: 1 })),
      })
  }
}

function pageOf(models: readonly string[], after: string | null) {
  const start = after === null ? 0 : models.indexOf(after) + 1
  const page = models.slice(start, start + pageSize)
  return { page, isLast: start + pageSize >= models.length }
}

function json(body: object): Behaviour {
  return { type: 'raw', body: JSON.stringify(body) }
}
