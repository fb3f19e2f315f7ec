import { randomUUID } from 'node:crypto'
import type { Database } from '../../src/platform/db/database.ts'
import type { ExecutionsTable } from '../../src/platform/db/prompt-tables.ts'

type ExecutionRow = Omit<ExecutionsTable, 'seq'>

/** When samples were made, in Unix seconds: 2023-11-14T22:13:20Z. */
export const sampledAt = 1_700_000_000

/** A direct text that was answered in 1.5 s, but for what is said otherwise. */
export function sampleExecution(overrides: Partial<ExecutionRow> = {}): ExecutionRow {
  return {
    id: randomUUID(),
    prompt_id: null,
    prompt_version: null,
    prompt_text: 'Say hi',
    user_input: '',
    provider: 'openai',
    model: 'gpt-x',
    status: 'completed',
    result: 'Hi',
    result_valid: 1,
    result_validation_message: null,
    input_tokens: 10,
    output_tokens: 5,
    cost_usd: 0.25,
    error_message: null,
    started_at: sampledAt + 1,
    completed_at: sampledAt + 2.5,
    options: null,
    starred: null,
    user_status: null,
    test_group_id: null,
    test_item_id: null,
    bundle_id: null,
    bundle_position: null,
    trace_label: null,
    trace_id: null,
    span_id: null,
    file_id: null,
    origin: 'app',
    webhook_ids: null,
    deployment_id: null,
    deployment_revision: null,
    job_id: null,
    created_by: null,
    created_at: sampledAt,
    updated_at: sampledAt + 2.5,
    ...overrides,
  }
}

/** One that waits for its turn. */
export function pendingExecution(overrides: Partial<ExecutionRow> = {}): ExecutionRow {
  return sampleExecution({
    status: 'pending',
    result: null,
    result_valid: null,
    input_tokens: null,
    output_tokens: null,
    cost_usd: null,
    started_at: null,
    completed_at: null,
    updated_at: sampledAt,
    ...overrides,
  })
}

/** Stores executions in this order; gives their ids. */
export async function storeExecutions(
  db: Database,
  rows: readonly ExecutionRow[],
): Promise<string[]> {
  await db.write(async (tx) => {
    const numbers = await tx.allocate('executions', rows.length)
    const numbered = rows.map((row, index) => ({ ...row, seq: numbers[index] ?? 0 }))
    for (let start = 0; start < numbered.length; start += 500) {
      await tx.insertMany('executions', numbered.slice(start, start + 500))
    }
  })
  return rows.map(({ id }) => id)
}
