import type { ChatChunk, Logprobs, Usage } from '@pharos/contract/openai/chat.ts'
import type { OpenAiError } from '@pharos/contract/openai/errors.ts'
import type { CompletionPart } from '../../features/completion/index.ts'
import { toErrorBody } from './errors.ts'
import { sseEvent, type BatchEncoder, type StreamEnding } from './event-stream.ts'
import { toFinishWord } from './finish-reason.ts'
import { toInterruption } from './refusal.ts'
import type { ReplyForm, ReplyHead } from './reply-form.ts'
import { toExtra } from './to-chat-completion.ts'
import { toLogprob } from './to-logprobs.ts'
import { toUsage } from './to-usage.ts'

type Choice = ChatChunk['choices'][number]
type Delta = Choice['delta']
type CallDelta = NonNullable<Delta['tool_calls']>[number]
type ToolDelta = Extract<CompletionPart, { type: 'tool-delta' }>
type TokenPart = Extract<CompletionPart, { type: 'token' }>

/** What must be remembered of the chunks so far. */
export interface ChunkState {
  readonly hasRole: boolean
  /** Indexes of the calls in the order in which they appeared, which is how they are numbered. */
  readonly calls: readonly number[]
  readonly usage: Usage | null
  readonly ending: StreamEnding
}

/** Chunks of one batch, with the state after them. */
interface Writing {
  state: ChunkState
  readonly events: (ChatChunk | OpenAiError)[]
}

export const noChunks: ChunkState = { hasRole: false, calls: [], usage: null, ending: 'open' }

/**
 * Writes parts as chunks of one choice: the role comes first, one finish reason last, then the
 * usage if it was asked for. Nothing is written after the end. The probabilities of tokens go with
 * the text that came in the same batch.
 */
export class ChatChunks implements BatchEncoder<ChunkState> {
  readonly start = noChunks
  readonly #head: ReplyHead
  readonly #form: ReplyForm

  constructor(head: ReplyHead, form: ReplyForm) {
    this.#head = head
    this.#form = form
  }

  encode(state: ChunkState, { parts }: { readonly parts: readonly CompletionPart[] }) {
    const written = this.write(state, parts)
    return { state: written.state, text: written.events.map(sseEvent).join('') }
  }

  /** The chunks that a batch comes to, and after an error its body. */
  write(state: ChunkState, parts: readonly CompletionPart[]): Readonly<Writing> {
    const writing: Writing = { state, events: [] }
    for (const part of parts) {
      if (writing.state.ending === 'open') this.#write(writing, part)
    }
    return writing
  }

  #write(writing: Writing, part: CompletionPart): void {
    switch (part.type) {
      case 'other-delta':
        return
      case 'start':
        this.#ensureRole(writing)
        return
      case 'text-delta':
        if (part.text !== '') this.#delta(writing, { content: part.text })
        return
      case 'reasoning-delta':
        if (part.text !== '') this.#delta(writing, { reasoning_content: part.text })
        return
      case 'tool-delta':
        this.#toolDelta(writing, part)
        return
      case 'token':
        if (this.#form.hasLogprobs) this.#token(writing, part)
        return
      case 'usage':
        writing.state = { ...writing.state, usage: toUsage(part.usage) }
        return
      case 'end':
        this.#end(writing, part)
        return
      case 'error':
        writing.events.push(toErrorBody(toInterruption(part.failure)))
        writing.state = { ...writing.state, ending: 'broken' }
    }
  }

  #ensureRole(writing: Writing): void {
    if (writing.state.hasRole) return
    writing.state = { ...writing.state, hasRole: true }
    writing.events.push(this.#chunk([choiceOf({ role: 'assistant', content: '' })]))
  }

  #delta(writing: Writing, delta: Delta): void {
    this.#ensureRole(writing)
    writing.events.push(this.#chunk([choiceOf(delta)]))
  }

  #toolDelta(writing: Writing, part: ToolDelta): void {
    const { argumentsDelta, signature } = part
    const known = writing.state.calls.indexOf(part.index)
    if (known >= 0) {
      if (argumentsDelta === '' && signature === undefined) return
      const more = { arguments: argumentsDelta }
      this.#call(writing, { index: known, function: more, ...toExtra(signature) })
      return
    }
    const { id = `call_${part.index}`, name = '' } = part
    const index = writing.state.calls.length
    writing.state = { ...writing.state, calls: [...writing.state.calls, part.index] }
    const called = { name, arguments: argumentsDelta }
    this.#call(writing, { index, id, type: 'function', function: called, ...toExtra(signature) })
  }

  /** The older form has room for one call. */
  #call(writing: Writing, call: CallDelta): void {
    if (!this.#form.isLegacy) this.#delta(writing, { tool_calls: [call] })
    else if (call.index === 0) this.#delta(writing, { function_call: call.function })
  }

  #token(writing: Writing, part: TokenPart): void {
    const entry = toLogprob(part)
    const last = writing.events.at(-1)
    const [choice] = last !== undefined && 'choices' in last ? last.choices : []
    const hasText = typeof choice?.delta.content === 'string' && choice.delta.content !== ''
    if (choice?.logprobs?.content) {
      choice.logprobs.content.push(entry)
      return
    }
    if (choice !== undefined && hasText) {
      choice.logprobs = logprobsOf([entry])
      return
    }
    this.#ensureRole(writing)
    writing.events.push(this.#chunk([{ ...choiceOf({}), logprobs: logprobsOf([entry]) }]))
  }

  #end(writing: Writing, part: Extract<CompletionPart, { type: 'end' }>): void {
    this.#ensureRole(writing)
    const { calls, usage } = writing.state
    const finish = toFinishWord(part.finishReason, { hasCalls: calls.length > 0, ...this.#form })
    writing.events.push(this.#chunk([{ ...choiceOf({}), finish_reason: finish }]))
    if (this.#form.hasUsage && usage !== null) writing.events.push(this.#chunk([], usage))
    writing.state = { ...writing.state, ending: 'complete' }
  }

  #chunk(choices: Choice[], usage: Usage | null = null): ChatChunk {
    const { id, created, model } = this.#head
    const counted = this.#form.hasUsage ? { usage } : {}
    return { id, object: 'chat.completion.chunk', created, model, choices, ...counted }
  }
}

function choiceOf(delta: Delta): Choice {
  return { index: 0, delta, logprobs: null, finish_reason: null }
}

function logprobsOf(content: NonNullable<Logprobs['content']>): Logprobs {
  return { content, refusal: null }
}
