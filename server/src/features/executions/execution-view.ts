import type { Execution, ExecutionStatus } from './execution.ts'

/** An execution, and how its version of the prompt calls itself; null where that is gone or none. */
export interface ExecutionView extends Execution {
  readonly prompt: { readonly name: string; readonly version: number } | null
}

/** What executions must be so that they are shown; all of it. */
export interface ExecutionFilter {
  readonly status?: ExecutionStatus
  readonly provider?: string
  readonly promptId?: string
  readonly promptVersion?: number
  readonly deploymentId?: string
  readonly testGroupId?: string
  readonly bundleId?: string
  /** False: those of which somebody said that they are not. */
  readonly isStarred?: boolean
  readonly ids?: readonly string[]
}

export interface ExecutionOrder {
  readonly orderBy: 'created_at' | 'updated_at' | 'started_at' | 'completed_at'
  readonly order: 'asc' | 'desc'
}

export interface ExecutionQuery extends ExecutionFilter, ExecutionOrder {
  readonly limit: number
  readonly offset: number
}
