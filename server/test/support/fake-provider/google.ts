import type { FakeDialect, FakeRequest, FullReply, Refusal } from './behaviour.ts'
import { checkGoogleEmbeddings, googleEmbeddings } from './embeddings.ts'
import { fieldsOf, isFilled, listOf, unknownField } from './fields.ts'

/** Gemini's generateContent, streamGenerateContent, countTokens and batchEmbedContents. */
export const google: FakeDialect = {
  baseUrl: (origin) => origin,
  check,
  modelOf: ({ path }) => place(path)?.model ?? '',
  isStreaming: ({ path }) => place(path)?.verb === 'streamGenerateContent',
  whole,
  stream,
  streamType: ({ path }) => (isSse(path) ? 'text/event-stream' : 'application/json; charset=UTF-8'),
  error,
  errorEvent: (refusal) => sse(error(refusal)),
}

function place(path: string): { readonly model: string; readonly verb: string } | null {
  const { pathname } = new URL(path, 'http://localhost')
  const match = /^\/v1(?:beta|alpha)?\/models\/([^/:]+):(\w+)$/.exec(pathname)
  if (!match) return null
  const [, model = '', verb = ''] = match
  return { model: decodeURIComponent(model), verb }
}

function isSse(path: string): boolean {
  return new URL(path, 'http://localhost').searchParams.get('alt') === 'sse'
}

const known = names(
  'contents tools toolConfig safetySettings systemInstruction generationConfig cachedContent ' +
    'labels model serviceTier store',
)
const knownConfig = names(
  'candidateCount stopSequences maxOutputTokens temperature topP topK seed presencePenalty ' +
    'frequencyPenalty responseMimeType responseSchema responseJsonSchema _responseJsonSchema ' +
    'responseLogprobs logprobs thinkingConfig responseModalities speechConfig imageConfig ' +
    'mediaResolution enableEnhancedCivicAnswers',
)

/** Protobuf JSON takes a field in camel case and in snake case. */
function names(words: string): ReadonlySet<string> {
  const camel = words.split(' ')
  const snake = camel.map((word) => word.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
  return new Set([...camel, ...snake])
}

const verbs = new Set([
  'generateContent',
  'streamGenerateContent',
  'countTokens',
  'batchEmbedContents',
])

function check(request: FakeRequest): Refusal | null {
  const { method, path, headers, text, body } = request
  const verb = place(path)?.verb ?? ''
  if (method !== 'POST' || !verbs.has(verb)) {
    return { status: 404, message: 'The requested URL was not found on this server.' }
  }
  const key = headers['x-goog-api-key'] ?? new URL(path, 'http://localhost').searchParams.get('key')
  if (!isFilled(key)) {
    return { status: 403, message: "Method doesn't allow unregistered callers." }
  }
  if (!text.startsWith('{')) return invalid('Invalid JSON payload received.')
  if (verb === 'batchEmbedContents') return checkGoogleEmbeddings(request)
  const asked = verb === 'countTokens' ? fieldsOf(body['generateContentRequest']) : body
  const config = fieldsOf(asked['generationConfig'] ?? asked['generation_config'])
  const extra = unknownField(asked, known) ?? unknownField(config, knownConfig)
  if (extra !== undefined) {
    return invalid(`Invalid JSON payload received. Unknown name "${extra}": Cannot find field.`)
  }
  if (verb === 'countTokens' && !isFilled(asked['model'])) {
    return invalid('* GenerateContentRequest.model: unexpected model name format')
  }
  return checkContents(listOf(asked['contents']))
}

function checkContents(contents: readonly unknown[]): Refusal | null {
  if (contents.length === 0) {
    return invalid('* GenerateContentRequest.contents: contents is not specified')
  }
  for (const [index, content] of contents.entries()) {
    const { role, parts } = fieldsOf(content)
    if (role !== undefined && role !== 'user' && role !== 'model' && role !== 'function') {
      return invalid('Please use a valid role: user, model.')
    }
    if (listOf(parts).length === 0) {
      return invalid(`* GenerateContentRequest.contents[${index}].parts: contents.parts is empty`)
    }
  }
  return null
}

function invalid(message: string): Refusal {
  return { status: 400, message }
}

function whole(request: FakeRequest, reply: FullReply): Record<string, unknown> {
  const verb = place(request.path)?.verb
  if (verb === 'batchEmbedContents') return googleEmbeddings(request, reply)
  if (verb === 'countTokens') return { totalTokens: reply.usage?.input ?? 0 }
  const text = reply.text.join('')
  const parts = [
    ...(reply.reasoning === '' ? [] : [{ text: reply.reasoning, thought: true }]),
    ...(text === '' ? [] : [{ text }]),
    ...reply.toolCalls.map(callPart),
  ]
  return answer(reply, parts, finishOf(reply))
}

function stream({ path }: FakeRequest, reply: FullReply): readonly string[] {
  const parts = [
    ...(reply.reasoning === '' ? [] : [{ text: reply.reasoning, thought: true }]),
    ...reply.text.map((text) => ({ text })),
    ...reply.toolCalls.map(callPart),
  ]
  const answers = parts.map((part, index) =>
    answer(reply, [part], index === parts.length - 1 ? finishOf(reply) : null),
  )
  if (answers.length === 0) answers.push(answer(reply, [], finishOf(reply)))
  if (isSse(path)) return answers.map(sse)
  // Without alt=sse the stream is one JSON array that grows.
  return answers.map((value, index) => {
    const end = index === answers.length - 1 ? ']' : ''
    return `${index === 0 ? '[' : ',\r\n'}${JSON.stringify(value)}${end}`
  })
}

function answer(
  reply: FullReply,
  parts: readonly object[],
  finishReason: string | null,
): Record<string, unknown> {
  const candidate = {
    content: { ...(parts.length > 0 ? { parts } : {}), role: 'model' },
    ...(finishReason === null ? {} : { finishReason }),
    index: 0,
  }
  return {
    candidates: [candidate],
    ...(reply.usage ? { usageMetadata: usageOf(reply.usage) } : {}),
    modelVersion: reply.model,
    responseId: `fake-${reply.serial}`,
  }
}

function callPart({ id, name, arguments: args }: FullReply['toolCalls'][number]): object {
  return { functionCall: { id, name, args }, thoughtSignature: 'c2lnbmVk' }
}

function finishOf({ finishReason }: FullReply): string {
  return finishReason ?? 'STOP'
}

/** Thoughts stand beside the candidates' tokens here, cached ones inside the prompt's. */
function usageOf(usage: NonNullable<FullReply['usage']>): object {
  return {
    promptTokenCount: usage.input,
    cachedContentTokenCount: usage.cacheRead,
    candidatesTokenCount: usage.output - usage.reasoning,
    thoughtsTokenCount: usage.reasoning,
    totalTokenCount: usage.input + usage.output,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: usage.input }],
  }
}

const statusNames: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

function error({ status, message, code }: Refusal): Record<string, unknown> {
  return { error: { code: status, message, status: code ?? statusNames[status] ?? 'UNKNOWN' } }
}

function sse(value: unknown): string {
  return `data: ${JSON.stringify(value)}\r\n\r\n`
}
