import type { Scope } from '@pharos/contract/vocabulary.ts'
import { createApiKey, localCaller } from '../../../src/features/identity/index.ts'
import { sendJson, type Received } from '../../support/http-request.ts'
import { startModelStage, type ModelStage } from '../../support/model-stage.ts'
import type { TestAppOptions } from '../../support/app.ts'

type Fields = Readonly<Record<string, unknown>>

/** One way of asking a model over HTTP. */
export interface DialectCall {
  readonly dialect: string
  readonly path: string
  /** The smallest body. `stream` is always said, because the dialects mean different things without. */
  readonly body: (model: string, stream?: boolean) => Fields
  /** What an error is called: the word that stands for it in this dialect, or its text. */
  readonly errorOf: (text: string) => unknown
}

const messages = [{ role: 'user', content: 'Say hello' }]
const openAiError = (text: string) => at(text, 'error', 'code')

/** Asked where it does not matter which is. */
export const chat: DialectCall = {
  dialect: 'OpenAI chat',
  path: '/v1/chat/completions',
  body: (model, stream = false) => ({ model, messages, stream }),
  errorOf: openAiError,
}

/** Every path that asks a model for an answer. */
export const dialectCalls: readonly DialectCall[] = [
  chat,
  {
    dialect: 'OpenAI completions',
    path: '/v1/completions',
    body: (model, stream = false) => ({ model, prompt: 'Say hello', stream }),
    errorOf: openAiError,
  },
  {
    dialect: 'OpenAI responses',
    path: '/v1/responses',
    body: (model, stream = false) => ({ model, input: 'Say hello', stream }),
    errorOf: openAiError,
  },
  {
    dialect: 'Anthropic messages',
    path: '/v1/messages',
    body: (model, stream = false) => ({ model, max_tokens: 50, messages, stream }),
    errorOf: (text) => at(text, 'error', 'type'),
  },
  {
    dialect: 'Ollama chat',
    path: '/api/chat',
    body: (model, stream = false) => ({ model, messages, stream }),
    errorOf: (text) => at(text, 'error'),
  },
  {
    dialect: 'Ollama generate',
    path: '/api/generate',
    body: (model, stream = false) => ({ model, prompt: 'Say hello', stream }),
    errorOf: (text) => at(text, 'error'),
  },
]

/** A member of a member of JSON text; undefined where there is none. */
export function at(text: string, ...names: readonly string[]): unknown {
  let value: unknown = JSON.parse(text)
  for (const name of names) value = Reflect.get(Object(value), name)
  return value
}

export interface Asking {
  readonly model?: string
  readonly stream?: boolean
  readonly key?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A model whose provider can be asked all that the smallest bodies say, whatever their dialect. */
export const anyModel = 'anthropic/claude-haiku-4-5-20251001'

/** Asks in a dialect; by default that model for a whole answer, without a key. */
export async function ask(
  url: string,
  { path, body }: DialectCall,
  { model = anyModel, stream, key, headers }: Asking = {},
): Promise<Received> {
  return sendJson(url, {
    path,
    value: body(model, stream),
    headers: { ...(key === undefined ? {} : { authorization: `Bearer ${key}` }), ...headers },
  })
}

/** A running server with its providers, and what its owner does over HTTP. */
export interface GatewayStage extends ModelStage {
  /** Makes an alias; a target is a name, or an object with more than that. */
  alias(name: string, targets: readonly (string | Fields)[], options?: Fields): Promise<void>
  /** Adds a connection without asking its provider whether it is there. */
  connect(name: string, fields: Fields): Promise<void>
  /** A key for calls and lists, and what it may use of them. */
  key(limits?: Parameters<typeof createApiKey>[1]['limits']): Promise<string>
}

const runs: readonly Scope[] = ['completions:run', 'models:read']

export async function openGateway(options: TestAppOptions = {}): Promise<GatewayStage> {
  const stage = await startModelStage(options)
  const { app } = stage
  const create = async (what: string, value: Fields): Promise<void> => {
    const { status, text } = await sendJson(app.url, { path: `/api/v1/${what}`, value })
    if (status !== 201) throw new Error(`${status}: ${text}`)
  }
  return {
    ...stage,
    alias: (name, targets, said = {}) =>
      create('aliases', {
        name,
        targets: targets.map((target) => (typeof target === 'string' ? { model: target } : target)),
        options: said,
      }),
    connect: (name, fields) => create('connections?skip_test=true', { name, ...fields }),
    key: async (limits = {}) => {
      const ctx = { ...app.app.context, caller: localCaller() }
      const key = { name: 'gateway', scopes: runs, expiresAt: null, limits }
      return (await createApiKey(ctx, key)).secret
    },
  }
}

/** The spans of the call that a reply belongs to, by its header, the earliest first. */
export async function spansOf({ app }: ModelStage, { headers }: Received) {
  const params = { trace_id: String(headers['x-pharos-trace-id']) }
  const { body } = await app.client.getTrace({ params })
  return body.spans.toSorted((a, b) => a.start_time - b.start_time)
}
