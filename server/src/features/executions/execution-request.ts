import type {
  CompletionOptions,
  CompletionRequest,
  ContentPart,
  JsonMap,
  Message,
} from '../completion/index.ts'
import type { PromptMessage } from '../prompts/index.ts'
import type { Attachment, ExecutionOptions } from './execution-options.ts'
import type { ProviderProfile } from './provider-profile.ts'
import { strictSchema } from './response-schema.ts'

/** What a model is asked: a prompt of one text or of several messages, and the user's input. */
export interface Wanted {
  readonly prompt: string | readonly PromptMessage[]
  /** Empty where the prompt says it all. */
  readonly userInput: string
  readonly options: ExecutionOptions
  readonly files: readonly Attachment[]
}

/** The request to a model. Source: hypersigil contract §5.3, §5.7. */
export function toRequest(
  wanted: Wanted,
  profile: ProviderProfile,
): Omit<CompletionRequest, 'model'> {
  const { options } = wanted
  const { schema, sampling, webSearch } = options
  return {
    messages: withFiles(messagesOf(wanted), wanted.files),
    options: {
      ...profile.defaults(sampling),
      ...sampling,
      ...(webSearch && { webSearch }),
      ...(schema !== null && { responseFormat: formatOf(schema, profile) }),
    },
  }
}

function messagesOf({ prompt, userInput }: Wanted): readonly Message[] {
  if (typeof prompt !== 'string') {
    const said =
      userInput === '' ? prompt : [...prompt, { role: 'user', content: userInput } as const]
    return withUser(said).map(({ role, content }) => message(role, content))
  }
  if (userInput === '') return [message('user', prompt)]
  if (prompt === '') return [message('user', userInput)]
  return [message('system', prompt), message('user', userInput)]
}

function message(role: Message['role'], text: string): Message {
  return { role, content: [{ type: 'text', text }] }
}

/** Providers want to be asked by somebody. */
function withUser(messages: readonly PromptMessage[]): readonly PromptMessage[] {
  if (messages.some(({ role }) => role === 'user')) return messages
  return messages.map((one, index) =>
    index === messages.length - 1 ? { ...one, role: 'user' } : one,
  )
}

/** Files follow the text of the last message of the user. */
function withFiles(messages: readonly Message[], files: readonly Attachment[]): readonly Message[] {
  if (files.length === 0) return messages
  const last = messages.findLastIndex(({ role }) => role === 'user')
  return messages.map((one, index) =>
    index === last ? { ...one, content: [...one.content, ...files.map(toPart)] } : one,
  )
}

function toPart({ name, mimeType: mediaType, dataBase64: base64 }: Attachment): ContentPart {
  return { type: 'document', mediaType, base64, name }
}

const schemaName = 'schema-name'

function formatOf(
  schema: JsonMap,
  { isStrict }: ProviderProfile,
): NonNullable<CompletionOptions['responseFormat']> {
  const format = { type: 'json-schema', name: schemaName } as const
  return isStrict ? { ...format, schema: strictSchema(schema), isStrict } : { ...format, schema }
}
