import type { Standing } from './dialect.ts'

/** A tracer that counts otherwise than its dialect says. All that is given must hold. */
export interface UsageException {
  readonly dialect: string
  /** How the name of its instrumentation scope begins. */
  readonly scope?: string
  /** What the name of the provider holds. */
  readonly provider?: string
  /** An attribute that only its later, regular versions write. */
  readonly lacks?: string
  readonly cache?: Standing
  readonly thinking?: Standing
}

/**
 * The exceptions known from the tracers' own code. Where the figures themselves tell (a total with
 * room for the cached tokens, as Strands Agents and Gemini give), no row is needed.
 */
export const usageExceptions: readonly UsageException[] = [
  // Copies the usage of Anthropic's API, whose `input_tokens` leaves out what the cache served.
  { dialect: 'gen_ai', scope: '@traceloop/instrumentation-anthropic', cache: 'beside' },
  // Copies `candidatesTokenCount`, which leaves out the thoughts.
  {
    dialect: 'gen_ai',
    scope: '@traceloop/instrumentation-google-generativeai',
    thinking: 'beside',
  },
  // Version 5 passes Anthropic's `input_tokens` on; version 6 adds the cached and tells the parts.
  {
    dialect: 'ai-sdk',
    provider: 'anthropic',
    lacks: 'ai.usage.inputTokenDetails.noCacheTokens',
    cache: 'beside',
  },
]
