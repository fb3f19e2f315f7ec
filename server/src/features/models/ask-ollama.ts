import { DomainError } from '../../platform/domain-error.ts'
import { isJsonObject, readObject, type JsonObject } from '../../platform/json.ts'
import { UpstreamError } from '../../platform/upstream/upstream-error.ts'
import type { Upstream } from '../../platform/upstream/upstream.ts'
import { withoutSecret } from '../../platform/upstream/without-secret.ts'
import type { Connection } from './connection.ts'
import { hopsHeaders } from './hops-headers.ts'

/** Routes of an Ollama beside its chats. */
export interface OllamaQuestion {
  readonly path: '/api/ps' | '/api/show' | '/api/generate'
  /** Without one it is a GET. */
  readonly body?: JsonObject
  /** How many servers like this one the question has passed already. */
  readonly hops: number
  readonly signal: AbortSignal
}

const mostBytes = 16 * 1024 * 1024

/**
 * Asks an Ollama something that is no chat and gives the object it answers.
 * @throws DomainError `not-found` for a model that it does not have; `upstream` for any other
 * refusal, for what is no JSON object or an error, and where nothing answers; `precondition` for a question that
 * runs in a circle.
 */
export async function askOllama(
  upstream: Upstream,
  connection: Connection,
  { path, body, hops, signal }: OllamaQuestion,
): Promise<JsonObject> {
  const { baseUrl, apiKey, isGuarded, label } = connection
  try {
    const reply = await upstream.post({
      url: `${rootOf(baseUrl)}${path}`,
      headers: {
        'content-type': 'application/json',
        ...hopsHeaders(connection, hops),
        ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
      maxAttempts: 1,
      isGuarded,
    })
    const value = readObject(await reply.text(mostBytes))
    const { status } = reply
    const isError = status < 200 || status > 299 || value === undefined || 'error' in value
    if (!isError) return value
    const code = status === 404 ? 'not-found' : 'upstream'
    throw new DomainError(code, wordsOf(value, connection, status))
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    throw new DomainError('upstream', `${label} cannot be reached: ${error.message}`, {
      cause: error,
    })
  }
}

/** People give the origin, or what other clients want to be given. */
function rootOf(baseUrl: string): string {
  return baseUrl.replace(/\/+$/u, '').replace(/\/(?:v1|api)$/u, '')
}

const longestWords = 2_000

/** What it says is wrong, without the key, which it may quote. */
function wordsOf(
  value: JsonObject | undefined,
  { apiKey, label }: Connection,
  status: number,
): string {
  const error = value?.['error']
  const words = isJsonObject(error) ? error['message'] : error
  if (typeof words !== 'string') return `${label} answers with status ${status}`
  return withoutSecret(words, apiKey).slice(0, longestWords)
}
