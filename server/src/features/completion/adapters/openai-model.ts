import type { ReasoningEffort } from '../request.ts'

/** What an OpenAI model refuses or calls by another name. Source: OpenAI's API reference. */
export interface OpenAiModel {
  /** It thinks: no sampling options, and its limit is called `max_completion_tokens`. */
  readonly isReasoning: boolean
  /** It is known not to think, so that an effort is refused. */
  readonly isPlain: boolean
  /** The efforts it knows; null where that is unknown. */
  readonly efforts: readonly ReasoningEffort[] | null
  readonly takesStop: boolean
}

/** A model of which nothing is known, so that nothing is left out. */
export const anyModel: OpenAiModel = {
  isReasoning: false,
  isPlain: false,
  efforts: null,
  takesStop: true,
}

/** By the model's name alone; of a name that is not OpenAI's nothing is known or left out. */
export function openAiModel(model: string): OpenAiModel {
  const name = model.replace(/^ft:/, '')
  const series = /^o\d/.exec(name)?.[0]
  const [, major, minor, variant = ''] = /^gpt-(\d+)(?:\.(\d+))?(?:-(.+))?$/.exec(name) ?? []
  const isChat = minor === undefined && variant.startsWith('chat')
  const isReasoning = series !== undefined || (Number(major) >= 5 && !isChat)
  return {
    isReasoning,
    isPlain: !isReasoning && /^(?:gpt-[345]|chatgpt-)/.test(name),
    efforts: isReasoning ? effortsOf(Number(major), Number(minor ?? 0), variant) : null,
    takesStop: !isReasoning || series === 'o1',
  }
}

/** Of the o series, whose version is no number here, and of GPT from 5 on. */
function effortsOf(major: number, minor: number, variant: string): readonly ReasoningEffort[] {
  const usual = ['low', 'medium', 'high'] as const
  if (!(major >= 5)) return usual
  if (major === 5 && minor === 0) return ['minimal', ...usual]
  if (major === 5 && minor === 1 && !variant.startsWith('codex-max')) return ['none', ...usual]
  const most = major > 5 || minor >= 6 ? (['xhigh', 'max'] as const) : (['xhigh'] as const)
  return ['none', ...usual, ...most]
}
