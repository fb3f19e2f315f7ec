import {
  eventValue,
  type CallBatch,
  type CompletionPart,
  type SeenCall,
  type StreamEvent,
} from '../../features/completion/index.ts'
import { isJsonObject, type JsonObject } from '../../platform/json.ts'
import { toErrorBody } from './errors.ts'
import { sseEvent, type BatchEncoder, type StreamEnding } from './event-stream.ts'
import { toFinishWord } from './finish-reason.ts'
import { passCalls } from './pass-calls.ts'
import { toInterruption } from './refusal.ts'
import type { ReplyForm } from './reply-form.ts'
import { toUsage } from './to-usage.ts'

/** What must be remembered of the chunks that were passed on. */
export interface PassState {
  /** Each choice that was seen. */
  readonly choices: ReadonlyMap<number, PassedChoice>
  /** The latest usage, in the provider's words. */
  readonly usage: unknown
  /** The members that all chunks have in common, for one of our own. */
  readonly last: JsonObject
  readonly ending: StreamEnding
}

interface PassedChoice {
  /** Whether it has had its finish reason. */
  readonly isFinished: boolean
  readonly calls: readonly SeenCall[]
}

const newChoice: PassedChoice = { isFinished: false, calls: [] }

export interface PassOptions extends ReplyForm {
  /** The name asked for. */
  readonly model: string
  /** Chats have messages that begin with a role; completions are plain text. */
  readonly kind: 'chat' | 'text'
}

interface Passing {
  state: PassState
  readonly texts: string[]
}

/**
 * Passes on the chunks of a provider that speaks the client's dialect, under the name asked for and
 * with all members that nobody here knows. What clients rely on and some servers get wrong is put
 * right: a role in the first delta of each choice, one finish reason for each, calls numbered from 0
 * that begin with their id, type and name, usage only for those who asked for it and then in a chunk
 * of its own.
 */
export class PassedChunks implements BatchEncoder<PassState> {
  readonly start: PassState = {
    choices: new Map(),
    usage: null,
    last: {},
    ending: 'open',
  }
  readonly #options: PassOptions

  constructor(options: PassOptions) {
    this.#options = options
  }

  encode(state: PassState, { events, parts }: CallBatch) {
    const passing: Passing = { state, texts: [] }
    for (const event of events) {
      const chunk = chunkOf(event)
      // What follows the mark of the end, or is an error, is told by the parts.
      if (chunk === undefined) break
      if (chunk !== null) this.#pass(passing, chunk)
    }
    for (const part of parts) this.#note(passing, part)
    return { state: passing.state, text: passing.texts.join('') }
  }

  #pass(passing: Passing, chunk: JsonObject): void {
    const { usage = null, ...rest } = chunk
    const choices = listOf(chunk['choices'])
    if (usage !== null) passing.state = { ...passing.state, usage }
    passing.state = { ...passing.state, last: rest }
    if (usage !== null && choices.length === 0) return
    const shown = this.#options.hasUsage ? { usage: null } : {}
    const kept = usage !== null && !this.#options.hasUsage ? { usage } : shown
    const passed = choices.map((choice) => this.#choice(passing, choice))
    const model = this.#options.model
    const body = choices.length === 0 ? rest : { ...rest, choices: passed }
    passing.texts.push(sseEvent({ ...body, model, ...kept }))
  }

  #choice(passing: Passing, choice: unknown): unknown {
    if (!isJsonObject(choice)) return choice
    const { state } = passing
    const index = typeof choice['index'] === 'number' ? choice['index'] : 0
    const known = state.choices.get(index)
    const before = known ?? newChoice
    const finish = choice['finish_reason'] || null
    const once = finish === choice['finish_reason'] ? choice : withFinish(choice, finish)
    const passed = before.isFinished && finish !== null ? withFinish(choice, null) : once
    const { calls, delta } = passCalls(before.calls, passed['delta'])
    const isFinished = before.isFinished || finish !== null
    if (known?.isFinished !== isFinished || known.calls !== calls) {
      const choices = new Map([...state.choices, [index, { isFinished, calls }]])
      passing.state = { ...passing.state, choices }
    }
    const numbered = delta === passed['delta'] ? passed : { ...passed, delta }
    return known === undefined && this.#options.kind === 'chat' ? withRole(numbered) : numbered
  }

  #note(passing: Passing, part: CompletionPart): void {
    if (passing.state.ending !== 'open') return
    if (part.type === 'usage') {
      passing.state = { ...passing.state, usage: passing.state.usage ?? toUsage(part.usage) }
    } else if (part.type === 'end') {
      this.#end(passing, part)
    } else if (part.type === 'error') {
      passing.texts.push(sseEvent(toErrorBody(toInterruption(part.failure))))
      passing.state = { ...passing.state, ending: 'broken' }
    }
  }

  /** Says what the provider left out. */
  #end(passing: Passing, { finishReason }: Extract<CompletionPart, { type: 'end' }>): void {
    const { choices, usage, last } = passing.state
    const { model, hasUsage, kind } = this.#options
    const nothing = kind === 'chat' ? { delta: {} } : { text: '' }
    const missing = [...choices].filter(([, { isFinished }]) => !isFinished)
    const shown = hasUsage ? { usage: null } : {}
    for (const [index, { calls }] of missing) {
      const word = toFinishWord(finishReason, { hasCalls: calls.length > 0, ...this.#options })
      const choice = { index, ...nothing, logprobs: null, finish_reason: word }
      passing.texts.push(sseEvent({ ...last, model, choices: [choice], ...shown }))
    }
    if (hasUsage && usage !== null) {
      passing.texts.push(sseEvent({ ...last, model, choices: [], usage }))
    }
    passing.state = { ...passing.state, ending: 'complete' }
  }
}

/** A chunk, null for an event that says nothing, undefined where no further chunk is to be passed. */
function chunkOf(event: StreamEvent): JsonObject | null | undefined {
  if (event.data.trim() === '') return null
  const value = eventValue(event)
  return isJsonObject(value) && (value['error'] ?? null) === null ? value : undefined
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function withFinish(choice: JsonObject, finish: unknown): JsonObject {
  return 'finish_reason' in choice ? { ...choice, finish_reason: finish } : choice
}

function withRole(choice: JsonObject): JsonObject {
  const { delta } = choice
  if (isJsonObject(delta) && (delta['role'] ?? null) !== null) return choice
  return { ...choice, delta: { role: 'assistant', ...(isJsonObject(delta) ? delta : {}) } }
}
