import type { FakeRequest, FullReply, Refusal } from './behaviour.ts'
import { fieldsOf, isFilled, listOf, textOf } from './fields.ts'

const usualDimensions = 4

/** The vector of the n-th input: numbers that 32 bits hold exactly, different for each input. */
export function fakeVector(index: number, dimensions: unknown = usualDimensions): number[] {
  const length = typeof dimensions === 'number' ? dimensions : usualDimensions
  return Array.from({ length }, (_, at) => ((at % 2 === 0 ? 1 : -1) * (index + 1)) / 2 ** (at % 9))
}

export function isOpenAiEmbeddings({ path }: FakeRequest): boolean {
  return path === '/v1/embeddings'
}

export function checkOpenAiEmbeddings({ body }: FakeRequest): Refusal | null {
  if (!isFilled(body['model'])) return invalid('you must provide a model parameter')
  const { input } = body
  const isGiven = isFilled(input) || listOf(input).length > 0
  if (!isGiven) return invalid("'$.input' is invalid. Please check the API reference.")
  const isTooMuch = listOf(input).length > 2048 && typeof listOf(input)[0] !== 'number'
  return isTooMuch ? invalid("'input' array too long: at most 2048") : null
}

export function openAiEmbeddings(
  { body }: FakeRequest,
  { model, usage }: FullReply,
): Record<string, unknown> {
  const inputs = listOf(body['input'])
  const count = inputs.length === 0 || typeof inputs[0] === 'number' ? 1 : inputs.length
  const data = Array.from({ length: count }, (_, index) => {
    const vector = fakeVector(index, body['dimensions'])
    const embedding = body['encoding_format'] === 'base64' ? inBase64(vector) : vector
    return { object: 'embedding', index, embedding }
  })
  const used = usage ? { usage: { prompt_tokens: usage.input, total_tokens: usage.input } } : {}
  return { object: 'list', data, model, ...used }
}

function inBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [at, number] of vector.entries()) bytes.writeFloatLE(number, at * 4)
  return bytes.toString('base64')
}

const mostGoogleRequests = 100

export function checkGoogleEmbeddings({ body }: FakeRequest): Refusal | null {
  const requests = listOf(body['requests'])
  if (requests.length > mostGoogleRequests) {
    return invalid('* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch')
  }
  for (const request of requests) {
    const { model, content } = fieldsOf(request)
    if (!textOf(model).startsWith('models/')) return invalid('* EmbedContentRequest.model: missing')
    if (listOf(fieldsOf(content)['parts']).length === 0) {
      return invalid('* EmbedContentRequest.content: contents is not specified')
    }
  }
  return null
}

export function googleEmbeddings(
  { body }: FakeRequest,
  { usage }: FullReply,
): Record<string, unknown> {
  const embeddings = listOf(body['requests']).map((request, index) => {
    return { values: fakeVector(index, fieldsOf(request)['outputDimensionality']) }
  })
  return { embeddings, ...(usage ? { usageMetadata: { promptTokenCount: usage.input } } : {}) }
}

export function isOllamaEmbeddings({ path }: FakeRequest): boolean {
  return path === '/api/embed' || path === '/api/embeddings'
}

export function checkOllamaEmbeddings({ body }: FakeRequest): Refusal | null {
  const input = body['input'] ?? ''
  const isText = (value: unknown): boolean => typeof value === 'string'
  const isFit = Array.isArray(input) ? input.every(isText) : isText(input)
  return isFit ? null : invalid('invalid input type')
}

export function ollamaEmbeddings(
  { path, body }: FakeRequest,
  { model, usage }: FullReply,
): Record<string, unknown> {
  if (path === '/api/embeddings')
    return { embedding: isFilled(body['prompt']) ? fakeVector(0) : [] }
  const { input } = body
  const texts: readonly unknown[] = isFilled(input) ? [input] : listOf(input)
  const { length } = texts
  const embeddings = Array.from({ length }, (_, at) => fakeVector(at, body['dimensions']))
  const took = { total_duration: 5_000_000, load_duration: 1_000_000 }
  return { model, embeddings, ...took, ...(usage ? { prompt_eval_count: usage.input } : {}) }
}

function invalid(message: string): Refusal {
  return { status: 400, message }
}
