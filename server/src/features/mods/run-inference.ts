import { askService } from './ask-service.ts'
import { fieldsOf } from './fields-of.ts'
import { allowWithKey, type Asker, type PlaygroundContext } from './powers.ts'
import { modelServerOf } from './playground-models.ts'

export interface InferenceRequest {
  readonly model: string
  readonly messages: readonly { readonly role: string; readonly content: string }[]
  readonly modName: string | null
  readonly maxTokens: number | null
  readonly temperature: number | null
}

export interface Inference {
  readonly text: string
  /** Of the log that the engine posts, when it was told. */
  readonly requestId: string | null
  readonly raw: unknown
}

const timeoutMs = 300_000

/**
 * Asks a playground model once, with a mod or without. The log comes from the engine by itself.
 * Source: thunder contract §6.5.
 */
export async function runInference(
  ctx: PlaygroundContext,
  asker: Asker,
  request: InferenceRequest,
): Promise<Inference> {
  const userKey = allowWithKey(ctx, asker)
  const { baseUrl, model } = modelServerOf(ctx.playground, request.model)
  const { messages, modName, maxTokens, temperature } = request
  const raw = await askService(ctx, {
    service: 'model server',
    url: `${baseUrl}/v1/chat/completions`,
    headers: { 'x-user-api-key': userKey },
    body: {
      model: modName === null ? model : `${model}/${modName}`,
      messages,
      user_api_key: userKey,
      ...(maxTokens === null ? {} : { max_tokens: maxTokens }),
      ...(temperature === null ? {} : { temperature }),
    },
    timeoutMs,
    timeoutStatus: 504,
    signal: asker.signal,
    secrets: [userKey],
    showsReason: true,
  })
  return { text: textIn(raw), requestId: requestIdIn(raw), raw }
}

function textIn(raw: unknown): string {
  const { choices } = fieldsOf(raw)
  const [first] = Array.isArray(choices) ? (choices as readonly unknown[]) : []
  const { content } = fieldsOf(fieldsOf(first)['message'])
  return typeof content === 'string' ? content : ''
}

const idNames = ['request_id', 'x_request_id', 'concordance_request_id', 'id']

/** A chat reply's own id is the log's with a prefix. */
function requestIdIn(raw: unknown): string | null {
  const fields = fieldsOf(raw)
  const id = idNames.map((name) => fields[name]).find((value) => typeof value === 'string')
  return typeof id === 'string' ? id.replace(/^chatcmpl-/, '') : null
}
