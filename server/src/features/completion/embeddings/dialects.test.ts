import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { connectionTo } from '../../../../test/support/completion-context.ts'
import { isJsonObject } from '../../../platform/json.ts'
import type { ConnectionKind } from '../../models/index.ts'
import { unknownUsage } from '../../pricing/index.ts'
import type { JsonMap } from '../request.ts'
import { buildEmbedding, passEmbedding } from './dialects.ts'
import type { EmbeddingRequest, EmbeddingWire } from './embedding-ask.ts'
import { SkeletonScan } from './reply-skeleton.ts'

const texts: EmbeddingRequest = { input: { kind: 'texts', texts: ['Hi', 'you'] } }
const tokens: EmbeddingRequest = { input: { kind: 'tokens', tokens: [[1, 2], [3]] } }

function build(kind: ConnectionKind, request: EmbeddingRequest) {
  return buildEmbedding(connectionTo(kind, 'http://there/v1'), 'm', request)
}

function pass(kind: ConnectionKind, wire: EmbeddingWire, body: JsonMap = {}) {
  return passEmbedding(connectionTo(kind, 'http://there'), { wire, body, model: 'm' })
}

describe('a request for vectors', () => {
  it.each(['openai', 'openai-compatible'] as const)('is built for %s', (kind) => {
    const { url, body, headers } = build(kind, { ...texts, dimensions: 5, user: 'u' })
    expect(url).toBe('http://there/v1/embeddings')
    expect(headers['authorization']).toMatch(/^Bearer /)
    const rest = { encoding_format: 'float', dimensions: 5, user: 'u' }
    expect(body).toEqual({ model: 'm', input: ['Hi', 'you'], ...rest })
    expect(build(kind, tokens).body).toMatchObject({ input: [[1, 2], [3]] })
  })

  it('is built for Google, one request a text', () => {
    const connection = connectionTo('google', 'http://there/v1beta/')
    const request = { ...texts, dimensions: 5, taskType: 'RETRIEVAL_QUERY', user: 'u' }
    const { url, body, headers, warnings } = buildEmbedding(connection, 'models/g', request)
    expect(url).toBe('http://there/v1beta/models/g:batchEmbedContents')
    expect(headers['x-goog-api-key']).toBe(connection.apiKey)
    const asked = (text: string) => ({
      model: 'models/g',
      content: { parts: [{ text }] },
      taskType: 'RETRIEVAL_QUERY',
      outputDimensionality: 5,
    })
    expect(body).toEqual({ requests: [asked('Hi'), asked('you')] })
    expect(warnings).toMatchObject([{ option: 'user', isHarmless: true }])
  })

  it('is built for Ollama, which must not cut texts', () => {
    const { url, body, warnings } = build('ollama', { ...texts, dimensions: 5, user: 'u' })
    expect(url).toBe('http://there/api/embed')
    expect(body).toEqual({ model: 'm', input: ['Hi', 'you'], truncate: false, dimensions: 5 })
    expect(warnings).toMatchObject([{ option: 'user', isHarmless: true }])
  })

  it.each([
    ['anthropic', texts, 'model'],
    ['google', tokens, 'input'],
    ['ollama', tokens, 'input'],
    ['ollama', { ...texts, taskType: 'CLUSTERING' }, 'task_type'],
  ] as const)('is refused for %s where it cannot be told: %j', (kind, request, param) => {
    const refusal = { code: 'invalid', details: { reason: 'unsupported_parameter', param } }
    expect(() => build(kind, request)).toThrow(expect.objectContaining(refusal))
  })

  it.each([
    ['openai', 'openai-embeddings', '/embeddings'],
    ['openai-compatible', 'openai-embeddings', '/embeddings'],
    ['ollama', 'ollama-embed', '/api/embed'],
    ['ollama', 'ollama-embeddings', '/api/embeddings'],
  ] as const)('goes on as it came to %s in the words of %s', (kind, wire, path) => {
    const body = { model: 'asked', input: 5, unheard_of: [1] }
    const passed = pass(kind, wire, body)
    expect(passed).toMatchObject({ url: `http://there${path}`, body: { ...body, model: 'm' } })
  })

  it.each([
    ['google', 'openai-embeddings'],
    ['ollama', 'openai-embeddings'],
    ['openai', 'ollama-embed'],
    ['anthropic', 'ollama-embeddings'],
  ] as const)('does not go on as it came to %s in the words of %s', (kind, wire) => {
    expect(pass(kind, wire)).toBeUndefined()
  })
})

const folder = new URL('./recorded/', import.meta.url)

function taken(bytes: Uint8Array) {
  const scan = new SkeletonScan()
  scan.feed(bytes)
  const reading = scan.end()
  if (!reading.isJson) throw new Error(reading.fault)
  const value: unknown = JSON.parse(reading.text)
  if (!isJsonObject(value)) throw new Error('The reply is no object')
  return { value, lists: reading.vectors }
}

function read(kind: ConnectionKind, bytes: Uint8Array, wire?: EmbeddingWire) {
  const built = wire ? pass(kind, wire) : build(kind, texts)
  if (!built) throw new Error('The dialect is another')
  return built.read(taken(bytes))
}

function readFile(kind: ConnectionKind, name: string, wire?: EmbeddingWire) {
  const reply = read(kind, readFileSync(new URL(name, folder)), wire)
  if ('fault' in reply) throw new Error(reply.fault)
  const vectors = reply.embeddings.map((place): unknown => {
    return JSON.parse(Buffer.concat(reply.lists[place]?.bytes ?? []).toString())
  })
  return { ...reply, vectors }
}

describe('a documented reply', () => {
  it('of OpenAI has its vectors, model and usage', () => {
    const reply = readFile('openai', 'openai-float.json')
    expect(reply.vectors).toEqual([
      [-0.006929283495992422, -0.005336422007530928, -4.547132266452536e-5],
    ])
    const usage = { ...unknownUsage, inputTokens: 5, outputTokens: 0 }
    expect(reply).toMatchObject({ usage, model: 'text-embedding-3-small' })
  })

  it('in base64 is in the order of its inputs, whatever order it came in', () => {
    const reply = readFile('openai', 'openai-base64.json')
    expect(reply.vectors).toEqual(['AACAPwAAgL8=', 'AAAAQAAAAMA='])
    expect(reply.told['data']).toMatchObject([{ index: 1 }, { index: 0 }])
  })

  it('of Google tells what it read only where the model is new', () => {
    const reply = readFile('google', 'google.json')
    expect(reply.vectors).toEqual([
      [-0.022374554, -0.004560777, 0.013309286],
      [-0.007975887, -0.02141119, -0.0016711275],
    ])
    expect(reply.usage).toEqual(unknownUsage)
    expect(readFile('google', 'google-usage.json').usage.inputTokens).toBe(4)
  })

  it('of Ollama has them in a list, or one by itself in its older form', () => {
    const reply = readFile('ollama', 'ollama-embed.json')
    expect(reply.vectors).toHaveLength(2)
    expect(reply).toMatchObject({ model: 'all-minilm', usage: { inputTokens: 8 } })
    const older = readFile('ollama', 'ollama-embeddings.json', 'ollama-embeddings')
    expect(older.vectors).toEqual([[0.5670403838157654, 0.009260174818336964, 0.23178744316101074]])
    expect(older.usage).toEqual(unknownUsage)
  })

  it('of a server that answers with something else in place of vectors keeps it', () => {
    const reply = read('openai', Buffer.from('{"data":[{"embedding":[[1,2],[3,4]]},5]}'))
    expect(reply).toMatchObject({ embeddings: [], told: { data: [{ embedding: [[0], [1]] }, 5] } })
  })

  it.each([
    ['openai', '{"object":"list"}', 'no data'],
    ['google', '{"embedding":{"values":[1]}}', 'no embeddings'],
    ['google', '{"embeddings":[{"values":[1]},{}]}', 'something unexpected at embeddings.1'],
    ['ollama', '{"embeddings":[[1],["a"]]}', 'something unexpected at embeddings.1'],
    ['ollama', '{"embedding":[1]}', 'no embeddings'],
  ] as const)('of %s is none without them: %s', (kind, text, fault) => {
    expect(read(kind, Buffer.from(text))).toEqual({ fault })
  })

  it('in the older form of Ollama may hold no number, but must hold the list', () => {
    const wire = 'ollama-embeddings'
    expect(read('ollama', Buffer.from('{"embedding":[]}'), wire)).toMatchObject({ embeddings: [] })
    expect(read('ollama', Buffer.from('{}'), wire)).toEqual({ fault: 'no embedding' })
  })
})
