import type {
  Execution as WireExecution,
  ExecutionBundle as WireBundle,
} from '@pharos/contract/hypersigil/execution-views.ts'
import type {
  BundleListWriter,
  ExecutionBundle,
  ExecutionPageWriter,
  ExecutionRowsWriter,
  ExecutionView,
  ExecutionWriter,
  TabledExecution,
} from '../../features/executions/index.ts'
import { withoutFormula } from '../../platform/csv.ts'
import { parseObject } from '../../platform/json.ts'
import { toTime } from '../../platform/iso-time.ts'
import { toPage } from './envelopes.ts'

/** By itself an execution counts as not valid until it is completed. Source: hypersigil §1.7. */
export function toWireExecution(execution: ExecutionView): WireExecution {
  const { status, isResultValid } = execution
  return {
    ...toListedExecution(execution),
    result_valid: status === 'completed' && isResultValid === true,
  }
}

/**
 * An execution as the text of a reply. Runs where its row is read.
 * @public loaded by name
 */
export const writeExecution: ExecutionWriter = (execution) =>
  JSON.stringify({ data: toWireExecution(execution) })

export const executionWriter = { module: import.meta.url, name: 'writeExecution' }

function toListedExecution(execution: ExecutionView): WireExecution {
  const { id, userInput, provider, model, status, origin } = execution
  return {
    id,
    ...sourceOf(execution),
    user_input: userInput,
    provider,
    model,
    status,
    ...resultOf(execution),
    ...timesOf(execution),
    ...linksOf(execution),
    origin,
  }
}

function sourceOf({ promptId, promptVersion, promptText, prompt, ...rest }: ExecutionView) {
  const { testGroupId, testItemId, bundleId, fileId, optionsJson } = rest
  return {
    ...(promptId !== null && { prompt_id: promptId }),
    ...(promptVersion !== null && { prompt_version: promptVersion }),
    ...(promptText !== null && { prompt_text: promptText }),
    ...(prompt !== null && { prompt: { name: prompt.name, version: prompt.version } }),
    ...(testGroupId !== null && { test_data_group_id: testGroupId }),
    ...(testItemId !== null && { test_data_item_id: testItemId }),
    ...(bundleId !== null && { bundle_id: bundleId }),
    ...(fileId !== null && { fileId }),
    ...(optionsJson !== null && { options: parseObject(optionsJson) }),
  }
}

function resultOf(execution: ExecutionView) {
  const { result, isResultValid, resultMessage, inputTokens, outputTokens } = execution
  const { costUsd, errorMessage, isStarred } = execution
  return {
    ...(result !== null && { result }),
    ...(isResultValid !== null && { result_valid: isResultValid }),
    ...(resultMessage !== null && { result_validation_message: resultMessage }),
    ...(inputTokens !== null && { input_tokens_used: inputTokens }),
    ...(outputTokens !== null && { output_tokens_used: outputTokens }),
    ...(costUsd !== null && { cost: costUsd }),
    ...(errorMessage !== null && { error_message: errorMessage }),
    ...(isStarred !== null && { starred: isStarred }),
  }
}

function timesOf({ startedAt, completedAt, createdAt, updatedAt }: ExecutionView) {
  const hasBoth = startedAt !== null && completedAt !== null
  return {
    ...(startedAt !== null && { started_at: toTime(startedAt) }),
    ...(completedAt !== null && { completed_at: toTime(completedAt) }),
    ...(hasBoth && { duration_ms: Math.max(0, Math.round((completedAt - startedAt) * 1000)) }),
    created_at: toTime(createdAt),
    updated_at: toTime(updatedAt),
  }
}

function linksOf({ traceLabel, traceId, spanId, deploymentId, deploymentRevision }: ExecutionView) {
  return {
    ...(traceLabel !== null && { traceId: traceLabel }),
    ...(traceId !== null && { trace_id: traceId }),
    ...(spanId !== null && { span_id: spanId }),
    ...(deploymentId !== null && { deployment_id: deploymentId }),
    ...(deploymentRevision !== null && { deployment_revision: deploymentRevision }),
  }
}

/**
 * A page of executions as the text of a reply. Runs where the rows are read.
 * @public loaded by name
 */
export const writeExecutionPage: ExecutionPageWriter = ({ executions, total }, asked) => {
  const { limit, offset } = asked
  const page = { page: offset / limit + 1, limit, total }
  return JSON.stringify({ data: toPage(executions.map(toListedExecution), page) })
}

export const executionPageWriter = { module: import.meta.url, name: 'writeExecutionPage' }

/** Of the table; each row begins with the end of the line before it. Source: hypersigil §1.7. */
export const tableHeader =
  'id,prompt_id,prompt_version,prompt_text,model,prompt_name,prompt_value,user_input,status,result_valid,result'

/**
 * Executions as rows of a table. Runs where the rows are read.
 * @public loaded by name
 */
export const writeExecutionRows: ExecutionRowsWriter = (executions) =>
  executions.map(toTableRow).join('')

export const executionRowsWriter = { module: import.meta.url, name: 'writeExecutionRows' }

function toTableRow(execution: TabledExecution): string {
  const { id, promptId, promptVersion, promptText, model, prompt, promptValue } = execution
  const { userInput, status, isResultValid, result } = execution
  const cells = [
    id,
    promptId,
    promptVersion,
    promptText,
    model,
    prompt?.name,
    promptValue,
    userInput,
    status,
    isResultValid,
    result,
  ]
  return `\n${cells.map(toCell).join(',')}`
}

/** Always quoted; what a spreadsheet would run becomes text. */
function toCell(value: string | number | boolean | null | undefined): string {
  const text = withoutFormula(String(value ?? ''))
  return `"${text.replaceAll('"', '""')}"`
}

/**
 * Bundles as the text of a reply. Runs where the rows are read.
 * @public loaded by name
 */
export const writeBundles: BundleListWriter = (bundles) =>
  JSON.stringify({ data: bundles.map(toBundle) })

export const bundleListWriter = { module: import.meta.url, name: 'writeBundles' }

function toBundle({ id, testGroupId, executionIds, ...times }: ExecutionBundle): WireBundle {
  return {
    id,
    test_group_id: testGroupId,
    execution_ids: [...executionIds],
    created_at: toTime(times.createdAt),
    updated_at: toTime(times.updatedAt),
  }
}
