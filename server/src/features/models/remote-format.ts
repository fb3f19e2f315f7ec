import { DomainError } from '../../platform/domain-error.ts'
import type { ConnectionFacts } from './connection-facts.ts'
import type { ProviderKind } from './connection.ts'

/** The dialects of remote providers in the words of Bodhi's clients. Source: bodhi contract B.2. */
export const remoteFormats = ['openai', 'openai_responses', 'anthropic', 'gemini'] as const
export type RemoteFormat = (typeof remoteFormats)[number]

/** Formats with a login of their own, which nobody built. */
const absentFormats = new Set(['anthropic_oauth', 'llm_liberty_oauth'])

/** @throws DomainError `invalid` for a word that is no format, or one that is not built. */
export function readFormat(word: string): RemoteFormat {
  const format = remoteFormats.find((known) => known === word)
  if (format !== undefined) return format
  const message = absentFormats.has(word)
    ? `Providers with a login of their own (${word}) cannot be added here: use a key instead`
    : `Unknown format: ${word}`
  throw new DomainError('invalid', message, { details: { param: 'api_format' } })
}

/** Which dialect a connection of that format speaks; of OpenAI's own server more is known. */
export function kindOfFormat(format: RemoteFormat, baseUrl: string): ProviderKind {
  switch (format) {
    case 'openai':
    case 'openai_responses':
      return URL.parse(baseUrl)?.hostname === 'api.openai.com' ? 'openai' : 'openai-compatible'
    case 'anthropic':
      return 'anthropic'
    case 'gemini':
      return 'google'
  }
}

/** The format of a connection: as somebody said it, else the one nearest to its dialect. */
export function formatOf({ kind, apiFormat }: ConnectionFacts): RemoteFormat {
  const said = remoteFormats.find((format) => format === apiFormat)
  if (said !== undefined) return said
  switch (kind) {
    case 'anthropic':
      return 'anthropic'
    case 'google':
      return 'gemini'
    default:
      return 'openai'
  }
}
