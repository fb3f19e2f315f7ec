import type { AliasInput } from '../../../src/features/models/index.ts'
import type { Dialect } from '../../../src/platform/db/database.ts'
import { startModelStage, type ModelStage } from '../../support/model-stage.ts'

/** Names that transcripts ask for beside those of providers. */
const aliases: Readonly<Record<string, AliasInput>> = {
  'house-model': {
    targets: [{ model: 'openai/gpt-4o-mini', isEnabled: true }],
    requestParams: { max_tokens: 64, temperature: 0.25, stop: ['END'], system_prompt: 'Be kind' },
    options: { strategy: 'fallback' },
  },
  'claude-or-other': {
    targets: [
      { model: 'anthropic/claude-haiku-4-5', isEnabled: true },
      { model: 'openai/gpt-4o-mini', isEnabled: true },
    ],
    requestParams: {},
    options: { strategy: 'fallback' },
  },
  remembered: {
    targets: [{ model: 'anthropic/claude-haiku-4-5', isEnabled: true }],
    requestParams: {},
    options: { strategy: 'fallback', cacheSeconds: 60 },
  },
}

/** The server with four providers and the aliases above. */
export function openStage(dialect: Dialect): Promise<ModelStage> {
  return startModelStage({ dialect, aliases })
}
