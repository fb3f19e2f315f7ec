import type { CompletionOptions } from '../../features/completion/index.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import type { Fields } from './fields.ts'
import { unfit } from './fields.ts'

/** Options that chats and completions of a text have in common, by the client's word. */
export const samplingFields = [
  'temperature',
  'top_p',
  'top_k',
  'max_tokens',
  'stop',
  'seed',
  'frequency_penalty',
  'presence_penalty',
  'user',
] as const

/** The client's words for options of the core that are called otherwise here. */
export const samplingWords: Readonly<Record<string, string>> = {
  topP: 'top_p',
  topK: 'top_k',
  maxTokens: 'max_tokens',
  frequencyPenalty: 'frequency_penalty',
  presencePenalty: 'presence_penalty',
}

/** `top_k` is not OpenAI's own, but many servers of the dialect and most other providers have it. */
export function readSampling(body: Fields): CompletionOptions {
  return withoutUndefined({
    temperature: body.number('temperature'),
    topP: body.number('top_p'),
    topK: body.integer('top_k'),
    maxTokens: body.integer('max_tokens'),
    stop: readStop(body),
    seed: body.integer('seed'),
    frequencyPenalty: body.number('frequency_penalty'),
    presencePenalty: body.number('presence_penalty'),
    user: body.text('user'),
  })
}

function readStop(body: Fields): readonly string[] | undefined {
  const stop = body.given('stop')
  if (stop === undefined) return undefined
  if (typeof stop === 'string') return [stop]
  return (body.list('stop') ?? []).map((one, index) => {
    if (typeof one !== 'string') throw unfit(`stop[${index}]`, 'a string')
    return one
  })
}
