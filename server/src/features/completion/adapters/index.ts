import type { ConnectionKind } from '../../models/index.ts'
import type { ProviderAdapter } from '../provider.ts'
import { anthropic } from './anthropic.ts'
import { google } from './google.ts'
import { ollama } from './ollama.ts'
import { openai, openaiCompatible } from './openai.ts'

/** The dialect of a kind of connection. A state belongs to the adapter that gave it. */
export function adapterOf(kind: ConnectionKind): ProviderAdapter<unknown> {
  switch (kind) {
    case 'openai':
      return openai
    case 'openai-compatible':
      return openaiCompatible
    case 'anthropic':
      return anthropic
    case 'google':
      return google
    case 'ollama':
      return ollama
  }
}
