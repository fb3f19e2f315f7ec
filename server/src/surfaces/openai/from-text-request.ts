import type { JsonMap, JsonValue, ReadAsk } from '../../features/completion/index.ts'
import { Fields, unfit } from './fields.ts'
import { readSampling, samplingFields, samplingWords } from './read-sampling.ts'

const known: ReadonlySet<string> = new Set([
  ...samplingFields,
  'model',
  'prompt',
  'stream',
  'stream_options',
  'n',
  'best_of',
  'logprobs',
])

/**
 * A completion of a text as the core understands it: one prompt is one message of the user. What
 * only servers of the dialect can do is named in `nativeOnly`. Source: OpenAI's API reference,
 * completions.
 * @throws DomainError `invalid` with `details.param` for a field that is not of its type.
 */
export function fromTextRequest(map: JsonMap): ReadAsk {
  const body = new Fields(map)
  const { text, isPlain } = readPrompt(body)
  return {
    request: {
      model: body.requiredText('model'),
      messages: [{ role: 'user', content: [{ type: 'text', text }] }],
      options: readSampling(body),
    },
    nativeOnly: [
      ...(isPlain ? [] : ['prompt']),
      ...['n', 'best_of'].filter((name) => (body.integer(name) ?? 1) !== 1),
      // Zero asks for the probabilities of the tokens chosen.
      ...(body.integer('logprobs') === undefined ? [] : ['logprobs']),
      ...body.others(known),
    ],
  }
}

/** Lists of several prompts and of tokens are for servers of the dialect. */
function readPrompt(body: Fields): { readonly text: string; readonly isPlain: boolean } {
  const prompt = body.given('prompt')
  if (typeof prompt === 'string') return { text: prompt, isPlain: true }
  const prompts = Array.isArray(prompt) ? (body.list('prompt') ?? []) : []
  if (prompts.length === 0) throw unfit('prompt', 'a string or a list of prompts')
  const isPlain = prompts.length === 1 && typeof prompts[0] === 'string'
  return { text: shown(prompts), isPlain }
}

/** What the record shows of several prompts. */
function shown(prompts: readonly JsonValue[]): string {
  return prompts.every((one) => typeof one === 'string')
    ? prompts.join('\n\n')
    : JSON.stringify(prompts)
}

/** The client's word for an option of the core. */
export function textFieldOf(option: string): string {
  return option === 'messages' ? 'prompt' : (samplingWords[option] ?? option)
}
