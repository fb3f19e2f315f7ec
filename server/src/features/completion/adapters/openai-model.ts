/** What an OpenAI model refuses or calls by another name. Source: OpenAI's API reference. */
export interface OpenAiModel {
  /** It thinks: no sampling options, and its limit is called `max_completion_tokens`. */
  readonly isReasoning: boolean
  /** It is known not to think, so that an effort is refused. */
  readonly isPlain: boolean
  readonly hasMinimalEffort: boolean
  readonly takesStop: boolean
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
    hasMinimalEffort: !isReasoning || (major === '5' && minor === undefined),
    takesStop: !isReasoning || series === 'o1',
  }
}
