import { adapterOf } from '../../src/features/completion/adapters/index.ts'
import type {
  CompletionOptions,
  CompletionRequest,
  Message,
} from '../../src/features/completion/request.ts'

export type Kind = Parameters<typeof adapterOf>[0]

const models: Readonly<Record<Kind, string>> = {
  openai: 'gpt-4.1',
  'openai-compatible': 'deepseek-reasoner',
  anthropic: 'claude-sonnet-4-6',
  google: 'gemini-3-pro-preview',
  ollama: 'llama3.2',
  local: 'user/tiny:Q4_0',
}

export const hello: Message = { role: 'user', content: [{ type: 'text', text: 'Hi' }] }

/** The body that an adapter makes of a request, and the options that it warned of. */
export function builtBody(kind: Kind, request: Partial<CompletionRequest>) {
  const whole = { model: models[kind], messages: [hello], options: {}, ...request }
  const built = adapterOf(kind).buildRequest(whole, { baseUrl: 'http://h', apiKey: null }, 'whole')
  return { body: built.body, warned: built.warnings.map(({ option }) => option) }
}

export function builtWith(kind: Kind, options: CompletionOptions, model = models[kind]) {
  return builtBody(kind, { model, options })
}
