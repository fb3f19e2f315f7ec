import { isJsonObject } from '../../platform/json.ts'

/**
 * A finished inference request as an engine tells it. Times are Unix seconds, null where the engine
 * gave none. Links between the lists are positions in them, known to be in range.
 */
export interface LoggedRequest {
  readonly requestId: string
  readonly createdAt: number | null
  readonly completedAt: number | null
  readonly model: string | null
  readonly maxTokens: number | null
  readonly temperature: number | null
  readonly modText: string | null
  readonly modName: string | null
  readonly systemPrompt: string | null
  readonly systemPromptTokens: readonly number[] | null
  readonly userPrompt: string | null
  readonly userPromptTokens: readonly number[] | null
  readonly finalTokens: readonly number[] | null
  readonly finalText: string | null
  readonly inferenceStats: unknown
  readonly events: readonly LoggedEvent[]
  readonly modCalls: readonly ModCall[]
  readonly modLogs: readonly ModLog[]
  readonly actions: readonly LoggedAction[]
}

export type LoggedEventType = 'Prefilled' | 'ForwardPass' | 'Added' | 'Sampled'

export interface LoggedEvent {
  readonly eventType: LoggedEventType
  readonly step: number
  readonly sequenceOrder: number
  readonly createdAt: number | null
  readonly details: unknown
  readonly promptLength: number | null
  readonly tokensSoFar: number | null
  readonly maxSteps: number | null
  readonly inputText: string | null
  readonly topTokens: unknown
  readonly sampledToken: number | null
  readonly tokenText: string | null
  readonly addedTokens: readonly number[] | null
  readonly addedTokenCount: number | null
  readonly forced: boolean | null
}

export interface ModCall {
  /** Position in `events`. */
  readonly event: number
  readonly modName: string
  readonly eventType: LoggedEventType
  readonly step: number
  readonly createdAt: number | null
  readonly executionTimeMs: number | null
  readonly failed: boolean
  readonly failure: string | null
  readonly traceback: string | null
}

export interface ModLog {
  /** Position in `modCalls`. */
  readonly modCall: number
  readonly modName: string
  readonly message: string
  readonly level: 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR'
  readonly createdAt: number | null
}

/** What a mod did. `details` is as it was sent; `fields` are the figures given beside it. */
export interface LoggedAction {
  /** Position in `modCalls`. */
  readonly modCall: number
  readonly actionType:
    | 'Noop'
    | 'AdjustedPrefill'
    | 'ForceTokens'
    | 'ForceOutput'
    | 'Backtrack'
    | 'AdjustedLogits'
    | 'ToolCalls'
    | 'EmitError'
  readonly order: number
  readonly createdAt: number | null
  readonly details: unknown
  /** Under the names they have in `details`; none of them is null. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** One of an action's figures: its own field, or else what its details say. */
export function figureOf({ details, fields }: LoggedAction, key: string): unknown {
  return fields[key] ?? (isJsonObject(details) ? details[key] : undefined)
}
