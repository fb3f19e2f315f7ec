import type { ExecutionsTable } from '../../platform/db/prompt-tables.ts'
import { readStrings } from '../../platform/json.ts'

export const executionStatuses = ['pending', 'running', 'completed', 'failed'] as const
export type ExecutionStatus = (typeof executionStatuses)[number]

/** One run of a prompt, or of a plain text, on one model. Times are Unix seconds. */
export interface Execution {
  readonly id: string
  readonly promptId: string | null
  readonly promptVersion: number | null
  /** Sent instead of the prompt where it is given. */
  readonly promptText: string | null
  readonly userInput: string
  /** As the client named it, for example `gemini`. */
  readonly provider: string
  readonly model: string
  readonly status: ExecutionStatus
  readonly result: string | null
  readonly isResultValid: boolean | null
  readonly resultMessage: string | null
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly costUsd: number | null
  readonly errorMessage: string | null
  readonly startedAt: number | null
  readonly completedAt: number | null
  /** JSON object as it was sent. */
  readonly optionsJson: string | null
  readonly isStarred: boolean | null
  readonly userStatus: string | null
  readonly testGroupId: string | null
  readonly testItemId: string | null
  readonly bundleId: string | null
  readonly bundlePosition: number | null
  /** What the client calls its trace. */
  readonly traceLabel: string | null
  /** Of the call, once there was one. */
  readonly traceId: string | null
  readonly spanId: string | null
  readonly fileId: string | null
  readonly origin: 'app' | 'api'
  readonly webhookIds: readonly string[]
  readonly deploymentId: string | null
  readonly deploymentRevision: number | null
  readonly jobId: string | null
  readonly createdBy: string | null
  readonly createdAt: number
  readonly updatedAt: number
}

export function toExecution(row: ExecutionsTable): Execution {
  return {
    id: row.id,
    promptId: row.prompt_id,
    promptVersion: row.prompt_version,
    promptText: row.prompt_text,
    userInput: row.user_input,
    provider: row.provider,
    model: row.model,
    status: executionStatuses.find((status) => status === row.status) ?? 'failed',
    result: row.result,
    isResultValid: toBoolean(row.result_valid),
    resultMessage: row.result_validation_message,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    costUsd: row.cost_usd,
    errorMessage: row.error_message,
    startedAt: row.started_at,
    completedAt: row.completed_at,
    optionsJson: row.options,
    isStarred: toBoolean(row.starred),
    userStatus: row.user_status,
    testGroupId: row.test_group_id,
    testItemId: row.test_item_id,
    bundleId: row.bundle_id,
    bundlePosition: row.bundle_position,
    traceLabel: row.trace_label,
    traceId: row.trace_id,
    spanId: row.span_id,
    fileId: row.file_id,
    origin: row.origin === 'api' ? 'api' : 'app',
    webhookIds: row.webhook_ids === null ? [] : readStrings(row.webhook_ids),
    deploymentId: row.deployment_id,
    deploymentRevision: row.deployment_revision,
    jobId: row.job_id,
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

function toBoolean(value: number | null): boolean | null {
  return value === null ? null : value === 1
}
