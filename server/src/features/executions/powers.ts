import type { JobEngine } from '../../platform/jobs/job-engine.ts'
import type { CompletionContext, CompletionPowers } from '../completion/index.ts'
import type { PromptPowers } from '../prompts/index.ts'
import type { ExecutionEnds } from './execution-ends.ts'

/** What the verbs of executions need beside the powers of every verb. */
export interface ExecutionPowers extends CompletionPowers, PromptPowers {
  readonly jobs: JobEngine
  /** How many of a provider run at a time, over all processes; asked at each claim. */
  executionsPerProvider(provider: string): number
  readonly executionEnds: ExecutionEnds
}

/** All that executions may be given. */
export type ExecutionContext = CompletionContext & ExecutionPowers

/** What runs them, in whoever's name. */
export type RunPowers = Omit<ExecutionContext, 'caller' | 'executionEnds'>
