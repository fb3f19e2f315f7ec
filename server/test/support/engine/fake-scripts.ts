import type { EngineRefusal } from '../../../src/features/engine/engine-protocol.ts'
import type { LoadPlan } from '../../../src/features/engine/load-plan.ts'

/** How the fake child behaves as a model; it stands in the plan's path. */
export interface FakeModel {
  readonly id?: string
  readonly loadMs?: number
  readonly sequences?: number
  readonly memoryBytes?: number
  readonly start?: 'ready' | 'exit' | 'unloadable' | 'never'
  /** Answers no ping. */
  readonly isDeaf?: boolean
  /** Does not end when asked to. */
  readonly isStubborn?: boolean
}

/** How it answers one question; it stands in the prompt. */
export interface FakeAnswer {
  readonly tokens?: readonly string[]
  readonly everyMs?: number
  /** Says what this variable of its environment holds. */
  readonly variable?: string
  /** Dies after so many tokens. */
  readonly diesAfter?: number
  readonly refusal?: EngineRefusal
  /** Never says anything. */
  readonly isSilent?: boolean
  /** Sends its tokens, then neither goes on nor ends. */
  readonly ignoresAbort?: boolean
  readonly isThinking?: boolean
  readonly end?: 'stop' | 'length'
  readonly cachedTokens?: number
}

const scheme = '/fake/'

export function fakePlan(model: FakeModel = {}, plan: Partial<LoadPlan> = {}): LoadPlan {
  const path = scheme + JSON.stringify(model)
  return { name: `fake/${model.id ?? 'model'}:Q8_0`, path, sizeBytes: 1000, options: {}, ...plan }
}

export function modelOf({ path }: LoadPlan): FakeModel {
  return readScript(path.slice(scheme.length))
}

export function answerOf(text: string): FakeAnswer {
  return text.startsWith('{') ? readScript(text) : { tokens: text.split(/(?= )/u) }
}

// The scripts are written by tests of ours with the functions above.
function readScript<T>(json: string): T {
  return JSON.parse(json) as T
}
