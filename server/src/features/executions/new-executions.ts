import type { JobEngine } from '../../platform/jobs/job-engine.ts'
import type { JsonObject } from '../../platform/json.ts'
import type { Uses } from '../identity/index.ts'
import type { ModelPowers } from '../models/index.ts'
import type { PromptPowers } from '../prompts/index.ts'

/** What is to be run, on which models. */
export interface NewExecutions {
  readonly promptId?: string
  /** The newest if not given. */
  readonly promptVersion?: number
  readonly promptText?: string
  readonly userInput?: string
  /** Once for each of its items; then only the prompt, the options and the models count. */
  readonly testGroupId?: string
  /** What the client calls its trace. */
  readonly traceLabel?: string
  /** `provider:model` each. */
  readonly models: readonly string[]
  readonly options?: JsonObject
  readonly fileId?: string
  readonly webhookIds?: readonly string[]
  readonly deployment?: { readonly id: string; readonly revision: number; readonly name: string }
}

export type CreateContext = Uses<'db' | 'clock' | 'ids' | 'vault' | 'caller'> &
  Pick<ModelPowers, 'directory' | 'providers' | 'library' | 'upstream'> &
  PromptPowers & { readonly jobs: JobEngine }
