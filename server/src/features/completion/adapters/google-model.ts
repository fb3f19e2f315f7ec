import type { ReasoningEffort } from '../request.ts'

/** What a Gemini model takes. Source: the Gemini API's guides to thinking and to file input. */
export interface GeminiModel {
  /** How thinking is measured: by level, by a budget of tokens, or not at all. */
  readonly thinking: 'level' | 'budget' | 'none'
  readonly levels: readonly ReasoningEffort[]
  /** 0 where it can do without thinking. */
  readonly leastBudget: number
  readonly hasPenalties: boolean
  /** It fetches an image by itself. */
  readonly fetchesImages: boolean
  /** It searches the web beside tools and JSON, too. */
  readonly combinesSearch: boolean
  /** It refuses its own calls when they come back without their signature. */
  readonly wantsSignatures: boolean
}

const levels = ['low', 'medium', 'high'] as const

/** By the model's name; one without a version is taken for the newest. */
export function geminiModel(model: string): GeminiModel {
  const version = versionOf(model)
  const isPro = /-pro(?:-|$)/.test(model)
  const hasMinimal = !isPro && (version < 307 || model.includes('-lite'))
  return {
    thinking: thinkingOf(version),
    levels: hasMinimal ? ['minimal', ...levels] : levels,
    leastBudget: isPro ? 128 : 0,
    hasPenalties: version < 205,
    fetchesImages: version >= 205,
    combinesSearch: version >= 300,
    wantsSignatures: version >= 300 && model.includes('gemini'),
  }
}

function thinkingOf(version: number): GeminiModel['thinking'] {
  if (version >= 300) return 'level'
  return version >= 205 ? 'budget' : 'none'
}

/** 205 for 2.5. */
function versionOf(model: string): number {
  const match = /gemini-(\d{1,2})(?:\.(\d{1,2}))?(?!\d)/.exec(model)
  return match ? Number(match[1]) * 100 + Number(match[2] ?? 0) : Infinity
}
