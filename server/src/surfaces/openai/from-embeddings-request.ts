import {
  isJsonList,
  type EmbeddingAsk,
  type EmbeddingInput,
  type JsonMap,
  type JsonValue,
  type ReadEmbeddingAsk,
} from '../../features/completion/index.ts'
import { Fields, unfit } from './fields.ts'

const known: ReadonlySet<string> = new Set([
  'model',
  'input',
  'encoding_format',
  'dimensions',
  'user',
  'task_type',
])

/**
 * A request for vectors as the core understands it.
 * @throws DomainError `invalid` with `details.param` for what cannot be read.
 */
export function fromEmbeddingsRequest(body: JsonMap): ReadEmbeddingAsk {
  const fields = new Fields(body)
  const format = fields.text('encoding_format')
  if (format !== undefined && format !== 'float' && format !== 'base64') {
    throw unfit('encoding_format', 'float or base64')
  }
  const dimensions = fields.integer('dimensions')
  if (dimensions !== undefined && dimensions < 1) throw unfit('dimensions', 'above 0')
  const taskType = fields.text('task_type')
  const user = fields.text('user')
  const request = {
    input: inputOf(body['input']),
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(taskType === undefined ? {} : { taskType }),
    ...(user === undefined ? {} : { user }),
  }
  return { request, nativeOnly: fields.others(known) }
}

/** How the client wants vectors; of a word that only a provider knows nothing is said here. */
export function formOf({ encoding_format: format }: JsonMap): EmbeddingAsk['form'] {
  if (format === 'base64') return 'base64'
  return format === undefined || format === null || format === 'float' ? 'float' : null
}

const wanted = 'a text, a list of texts, a list of tokens or a list of those'

function inputOf(input: JsonValue | undefined): EmbeddingInput {
  if (typeof input === 'string') return { kind: 'texts', texts: [input] }
  if (!isJsonList(input) || input.length === 0) throw unfit('input', wanted)
  if (input.every((one) => typeof one === 'string')) return { kind: 'texts', texts: input }
  if (isTokens(input)) return { kind: 'tokens', tokens: [input] }
  const lists = input.filter((one) => isJsonList(one)).filter((one) => isTokens(one))
  if (lists.length < input.length) throw unfit('input', wanted)
  return { kind: 'tokens', tokens: lists }
}

function isTokens(list: readonly JsonValue[]): list is readonly number[] {
  return list.length > 0 && list.every((one) => Number.isSafeInteger(one))
}
