import { toRfc3339 } from '../../platform/rfc3339.ts'
import { attributesOf, toStorableText, type Span } from '../traces/index.ts'
import type { InferenceLog, LogDocument } from './log.ts'

/**
 * A model call's span read as a log: what Pharos ran itself, or what another tracer told. It has no
 * tokens, so lists of children are empty. Source: rulings §9.
 */
export function logOfSpan(
  span: Omit<Span, 'seq'>,
  ownerKey: string | null,
): Omit<InferenceLog, 'seq'> {
  const { spanId, traceId, startTime, endTime, status, model } = span
  const completion = textOf(attributesOf(span)['llm.completion'])
  return {
    requestId: spanId,
    spanId,
    traceId,
    createdAt: startTime,
    completedAt: endTime,
    model,
    modName: null,
    status,
    ownerKey,
    sealedOwner: null,
    finalText: completion === null ? null : toStorableText(completion),
    totalSteps: 0,
    favoritedBy: [],
    tags: [],
    isPublic: false,
    revision: 1,
  }
}

/** The document of such a log. */
export function documentOfSpan(span: Span): LogDocument {
  const attributes = attributesOf(span)
  const { system, user } = promptsOf(attributes['llm.prompt'])
  const maxTokens = attributes['llm.max_tokens']
  return JSON.stringify({
    finished_ts: span.endTime === null ? null : toRfc3339(span.endTime),
    system_prompt: system,
    user_prompt: user,
    formatted_prompt: null,
    model_id: span.model,
    model_version: null,
    tokenizer_version: null,
    vocab_hash: null,
    sampler_preset: null,
    sampler_algo: null,
    rng_seed: null,
    max_steps: Number.isSafeInteger(maxTokens) ? maxTokens : null,
    active_mod: null,
    final_tokens: null,
    final_text: textOf(attributes['llm.completion']),
    sequence_confidence: null,
    eos_reason: null,
    request_tags: {},
    step_logit_summaries: [],
    inference_stats: statsOf(span),
    events: [],
    mod_calls: [],
    mod_logs: [],
    actions: [],
    steps: [],
  })
}

function statsOf({ inputTokens, outputTokens, totalTokens }: Span) {
  if (inputTokens === null && outputTokens === null && totalTokens === null) return null
  return {
    prompt_tokens: inputTokens,
    generated_tokens: outputTokens,
    total_tokens: totalTokens,
  }
}

interface Prompts {
  readonly system: string | null
  readonly user: string | null
}

/** Messages, as a list or as its JSON text; any other text is what the user said. */
export function promptsOf(prompt: unknown): Prompts {
  const messages = messagesIn(prompt)
  if (messages === undefined) return { system: null, user: textOf(prompt) }
  const said = (roles: readonly string[]): string[] =>
    messages.flatMap(({ role, content }) => {
      const text = roles.includes(role) ? contentText(content) : null
      return text === null ? [] : [text]
    })
  const system = said(['system', 'developer'])
  return {
    system: system.length === 0 ? null : system.join('\n\n'),
    user: said(['user', 'human']).at(-1) ?? null,
  }
}

interface Message {
  readonly role: string
  readonly content: unknown
}

function messagesIn(prompt: unknown): readonly Message[] | undefined {
  const list = typeof prompt === 'string' ? parsed(prompt) : prompt
  if (!Array.isArray(list) || list.length === 0) return undefined
  return list.every(isMessage) ? list : undefined
}

function isMessage(value: unknown): value is Message {
  return (
    typeof value === 'object' && value !== null && 'role' in value && typeof value.role === 'string'
  )
}

function parsed(text: string): unknown {
  if (!text.trimStart().startsWith('[')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Text, or the texts among a message's parts. */
function contentText(content: unknown): string | null {
  if (!Array.isArray(content)) return textOf(content)
  const texts = content.flatMap((part: unknown) => {
    if (typeof part === 'string') return [part]
    if (typeof part !== 'object' || part === null || !('text' in part)) return []
    return typeof part.text === 'string' ? [part.text] : []
  })
  return texts.length === 0 ? null : texts.join('\n')
}

function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}
