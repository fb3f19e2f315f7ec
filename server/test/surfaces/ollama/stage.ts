import type { AliasInput } from '../../../src/features/models/index.ts'
import type { Dialect } from '../../../src/platform/db/database.ts'
import type { Behaviour, FakeRequest } from '../../support/fake-provider.ts'
import { send } from '../../support/http-request.ts'
import { startModelStage, type ModelStage } from '../../support/model-stage.ts'

const providers = {
  openai: { models: ['gpt-4o-mini'] },
  anthropic: { models: [] },
  google: { models: [] },
  ollama: { checksRequests: false },
} as const

const aliases: Readonly<Record<string, AliasInput>> = {
  'house-model': {
    targets: [{ model: 'openai/gpt-4o-mini', isEnabled: true }],
    requestParams: { temperature: 0.25, stop: ['END'], system_prompt: 'Be kind' },
    options: { strategy: 'fallback' },
  },
}

/**
 * The server, its providers, and an alias with defaults that leads to OpenAI. What each provider
 * lists is known, so that nobody is asked for it meanwhile.
 */
export async function openStage(dialect: Dialect): Promise<ModelStage> {
  const stage = await startModelStage({ dialect, providers, aliases })
  stage.fakes.ollama.always(ollamaBeside)
  await send(stage.app.url, { path: '/api/tags' })
  return stage
}

/** What an Ollama answers beside chats: two models, of which one is in memory. */
function ollamaBeside({ path }: FakeRequest): Behaviour {
  const answers: Readonly<Record<string, object>> = {
    '/api/tags': {
      models: [
        { name: 'llama3.2:latest', model: 'llama3.2:latest', modified_at: '2025-06-15T15:06:40Z' },
        { name: 'smollm:135m', model: 'smollm:135m', modified_at: 'no time' },
      ],
    },
    '/api/ps': {
      models: [
        { name: 'llama3.2:latest', model: 'llama3.2:latest', size_vram: 5, digest: 'a5' },
        { size_vram: 'a model without a name' },
      ],
    },
    '/api/show': { modelfile: 'FROM x', details: { family: 'llama' }, capabilities: ['vision'] },
    '/api/generate': { model: 'llama3.2', response: '', done: true, done_reason: 'load' },
  }
  const found = answers[path]
  return found ? { type: 'raw', body: JSON.stringify(found) } : { type: 'reply' }
}
