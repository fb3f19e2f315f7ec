import type { Usage } from '@pharos/contract/openai/chat.ts'
import type { TextCompletion } from '@pharos/contract/openai/completions.ts'
import type { OpenAiError } from '@pharos/contract/openai/errors.ts'
import type { CompletionPart } from '../../features/completion/index.ts'
import { toErrorBody } from './errors.ts'
import { sseEvent, type BatchEncoder, type StreamEnding } from './event-stream.ts'
import { toFinishWord } from './finish-reason.ts'
import { toInterruption } from './refusal.ts'
import type { ReplyForm, ReplyHead } from './reply-form.ts'
import { toUsage } from './to-usage.ts'

type Choice = TextCompletion['choices'][number]

export interface TextState {
  readonly usage: Usage | null
  readonly ending: StreamEnding
}

interface Written {
  readonly state: TextState
  readonly events: readonly (TextCompletion | OpenAiError)[]
}

export const noText: TextState = { usage: null, ending: 'open' }

/** Writes parts as chunks of a text; it has no place for thinking and calls, which nobody asked for. */
export class TextChunks implements BatchEncoder<TextState> {
  readonly start = noText
  readonly #head: ReplyHead
  readonly #form: ReplyForm

  constructor(head: ReplyHead, form: ReplyForm) {
    this.#head = head
    this.#form = form
  }

  encode(state: TextState, { parts }: { readonly parts: readonly CompletionPart[] }) {
    let written: Written = { state, events: [] }
    const texts: string[] = []
    for (const part of parts) {
      written = this.write(written.state, part)
      texts.push(...written.events.map(sseEvent))
    }
    return { state: written.state, text: texts.join('') }
  }

  write(state: TextState, part: CompletionPart): Written {
    if (state.ending !== 'open') return { state, events: [] }
    switch (part.type) {
      case 'text-delta':
        return { state, events: part.text === '' ? [] : [this.#chunk([choiceOf(part.text)])] }
      case 'usage':
        return { state: { ...state, usage: toUsage(part.usage) }, events: [] }
      case 'end': {
        const finish = toFinishWord(part.finishReason, { hasCalls: false, isLegacy: false })
        const last = this.#chunk([{ ...choiceOf(''), finish_reason: finish }])
        const counted = this.#form.hasUsage && state.usage !== null
        const events = counted ? [last, this.#chunk([], state.usage)] : [last]
        return { state: { ...state, ending: 'complete' }, events }
      }
      case 'error':
        return {
          state: { ...state, ending: 'broken' },
          events: [toErrorBody(toInterruption(part.failure))],
        }
      default:
        return { state, events: [] }
    }
  }

  #chunk(choices: Choice[], usage: Usage | null = null): TextCompletion {
    const { id, created, model } = this.#head
    const counted = this.#form.hasUsage ? { usage } : {}
    return { id, object: 'text_completion', created, model, choices, ...counted }
  }
}

function choiceOf(text: string): Choice {
  return { text, index: 0, logprobs: null, finish_reason: null }
}
