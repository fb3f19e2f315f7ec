import { isJsonObject, parseObject, type JsonObject } from '../../platform/json.ts'
import { jsonMap, type CompletionOptions, type JsonMap } from '../completion/index.ts'

/** A file as clients may send it within the options. */
export interface Attachment {
  readonly name: string
  readonly mimeType: string
  readonly dataBase64: string
}

/** What of an execution's options means something to a call. */
export interface ExecutionOptions {
  readonly sampling: Pick<CompletionOptions, 'temperature' | 'topP' | 'topK' | 'maxTokens'>
  readonly webSearch: boolean
  readonly schema: JsonMap | null
  readonly files: readonly Attachment[]
}

const names = ['temperature', 'topP', 'topK', 'maxTokens'] as const

/** Members that mean something else than they should are passed over. */
export function readExecutionOptions(json: string | null): ExecutionOptions {
  const options: JsonObject = json === null ? {} : parseObject(json)
  const { schema, files } = options
  const sampling = names.flatMap((name) => {
    const value = options[name]
    return typeof value === 'number' ? [[name, value] as const] : []
  })
  return {
    sampling: Object.fromEntries(sampling),
    webSearch: options['webSearch'] === true,
    schema: isJsonObject(schema) ? jsonMap(schema) : null,
    files: Array.isArray(files) ? files.flatMap(toAttachment) : [],
  }
}

function toAttachment(value: unknown): Attachment[] {
  if (!isJsonObject(value)) return []
  const { name, mimeType, dataBase64 } = value
  if (typeof mimeType !== 'string' || typeof dataBase64 !== 'string') return []
  return [{ name: typeof name === 'string' ? name : 'file', mimeType, dataBase64 }]
}
