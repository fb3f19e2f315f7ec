import { describe, expect, it } from 'vitest'
import type { ListedModel } from '../../features/models/index.ts'
import { toModelReply, toModelsReply } from './to-models-reply.ts'

const alias: ListedModel = { id: 'fast', createdAt: 7.5, ownedBy: 'system', source: 'user' }
const listed: ListedModel = {
  id: 'openai/gpt-4o',
  createdAt: 0,
  ownedBy: 'openai',
  source: 'provider',
  provider: 'openai',
}
const dead = {
  name: 'ollama',
  status: 'unreachable',
  error: 'connection refused',
  modelCount: 0,
  checkedAt: 1,
} as const
const list = { models: [alias, listed], providers: [dead] }
const anthropic = { 'anthropic-version': '2023-06-01' }

describe('The list of models', () => {
  it('is in the form of OpenAI and says how the providers are', () => {
    expect(toModelsReply({}, list)).toEqual({
      object: 'list',
      data: [
        { id: 'fast', object: 'model', created: 7, owned_by: 'system' },
        { id: 'openai/gpt-4o', object: 'model', created: 0, owned_by: 'openai' },
      ],
      providers: [{ name: 'ollama', status: 'unreachable', error: 'connection refused' }],
    })
    expect(toModelReply({}, listed)).toMatchObject({ id: 'openai/gpt-4o', object: 'model' })
  })

  it('is in the form of Anthropic for clients that say its version', () => {
    expect(toModelsReply(anthropic, list)).toEqual({
      data: [
        { type: 'model', id: 'fast', display_name: 'fast', created_at: '1970-01-01T00:00:07Z' },
        {
          type: 'model',
          id: 'openai/gpt-4o',
          display_name: 'openai/gpt-4o',
          created_at: '1970-01-01T00:00:00Z',
        },
      ],
      has_more: false,
      first_id: 'fast',
      last_id: 'openai/gpt-4o',
    })
    expect(toModelReply(anthropic, alias)).toMatchObject({ type: 'model', id: 'fast' })
  })

  it.each([
    [{}, 1, 20, true],
    [{ limit: '3' }, 1, 3, true],
    [{ limit: '3', after_id: 'm24' }, 25, 25, false],
    [{ limit: '3', after_id: 'm5' }, 6, 8, true],
    [{ limit: '3', before_id: 'm5' }, 2, 4, true],
    [{ limit: '30', before_id: 'm5' }, 1, 4, false],
    [{ limit: 'x' }, 1, 20, true],
    [{ limit: '0' }, 1, 1, true],
  ])('comes to clients of Anthropic by pages: %j', (page, first, last, hasMore) => {
    const models = Array.from({ length: 25 }, (_, at) => ({ ...alias, id: `m${at + 1}` }))
    expect(toModelsReply(anthropic, { models, providers: [] }, page)).toMatchObject({
      first_id: `m${first}`,
      last_id: `m${last}`,
      has_more: hasMore,
    })
  })

  it('has no first and last where it is empty', () => {
    expect(toModelsReply(anthropic, { models: [], providers: [] })).toEqual({
      data: [],
      has_more: false,
      first_id: null,
      last_id: null,
    })
  })
})
