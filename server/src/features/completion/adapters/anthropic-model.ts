import type { ReasoningEffort } from '../request.ts'

/** What a Claude model refuses. Source: Anthropic's API reference and migration guides. */
export interface ClaudeModel {
  /** How it thinks: on its own measure, within a budget of tokens, or not at all. */
  readonly thinking: 'adaptive' | 'adaptive-or-budget' | 'budget' | 'none'
  /** Of temperature, top_p and top_k: all, temperature or top_p but not both, or none. */
  readonly sampling: 'all' | 'one' | 'none'
  readonly hasJsonSchema: boolean
  /** The efforts it knows where it thinks on its own measure. */
  readonly efforts: readonly ReasoningEffort[]
}

/** A name that is not Claude's is a compatible server's, which is given what it was asked. */
const unknownModel: ClaudeModel = {
  thinking: 'budget',
  sampling: 'all',
  hasJsonSchema: true,
  efforts: [],
}

/** By the model's name: `claude-opus-4-1-20250805` is 4.1, `claude-3-5-haiku` 3.5. */
export function claudeModel(model: string): ClaudeModel {
  const version = versionOf(model)
  if (version === null) return unknownModel
  return {
    thinking: thinkingOf(version),
    sampling: samplingOf(version),
    hasJsonSchema: version >= 401,
    efforts: effortsOf(model, version),
  }
}

function thinkingOf(version: number): ClaudeModel['thinking'] {
  if (version >= 407) return 'adaptive'
  if (version >= 406) return 'adaptive-or-budget'
  return version >= 307 ? 'budget' : 'none'
}

function effortsOf(model: string, version: number): readonly ReasoningEffort[] {
  const usual = ['low', 'medium', 'high'] as const
  const alwaysThinks = /fable|mythos|(?:opus|sonnet)-5-5/.test(model)
  const least = alwaysThinks ? usual : (['none', ...usual] as const)
  return version >= 407 ? [...least, 'xhigh', 'max'] : [...least, 'max']
}

function samplingOf(version: number): ClaudeModel['sampling'] {
  if (version >= 407) return 'none'
  return version >= 401 ? 'one' : 'all'
}

/** 407 for 4.7. */
function versionOf(model: string): number | null {
  // A date follows the version and has eight digits.
  const match = /claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/.exec(model)
  return match ? Number(match[1]) * 100 + Number(match[2] ?? 0) : null
}
