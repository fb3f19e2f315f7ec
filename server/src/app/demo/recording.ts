/** What a recorded session is made of. Times are milliseconds from the start of its trace. */
import type { SpanType } from '@pharos/contract/vocabulary.ts'
import type { DemoModel } from './demo-prices.ts'

export interface Message {
  readonly role: 'system' | 'user' | 'assistant' | 'tool'
  readonly content: unknown
  readonly [field: string]: unknown
}

interface Step {
  /** Names the step within its recording. */
  readonly key: string
  /** Key of the step around it; only the first step has none. */
  readonly in?: string
  readonly name: string
  readonly fromMs: number
  readonly toMs: number
  readonly error?: string
}

/** A model call that read the first `reads` messages of a conversation. */
export interface ModelStep extends Step {
  readonly model: DemoModel
  readonly conversation: string
  readonly reads: number
  readonly completion: string
  readonly toolCalls?: readonly unknown[]
}

export interface PlainStep extends Step {
  readonly type: Exclude<SpanType, 'llm_call'>
  readonly attributes: Readonly<Record<string, unknown>>
}

export interface Recording {
  readonly key: string
  readonly sdkLanguage: 'python' | 'javascript'
  /** How long before now it began. */
  readonly secondsAgo: number
  readonly conversations: Readonly<Record<string, readonly Message[]>>
  readonly steps: readonly (ModelStep | PlainStep)[]
}
