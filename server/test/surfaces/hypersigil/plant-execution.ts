import { randomUUID } from 'node:crypto'
import type { Database } from '../../../src/platform/db/database.ts'
import {
  pendingExecution,
  sampledAt,
  sampleExecution,
  storeExecutions,
} from '../../support/sample-executions.ts'

const promptId = 'b8f1c9d2-4e5a-4b6c-8d7e-9f0a1b2c3d4e'
const groupId = 'c9a2d0e3-5f6b-4c7d-9e8f-0a1b2c3d4e5f'

/**
 * An execution by what is to be seen of it: `completed`, `pending`, `failed`, `prompted` (a version of
 * a prompt), `recent` (completed now) or `bundle` (two of a group, pending). Gives an id.
 */
export async function plantExecution(db: Database, kind: string): Promise<string> {
  if (kind === 'bundle') return plantBundle(db)
  if (kind === 'prompted') await plantPrompt(db)
  const [id = ''] = await storeExecutions(db, [rowOf(kind)])
  return id
}

function rowOf(kind: string) {
  switch (kind) {
    case 'completed':
      return sampleExecution({
        options: '{"temperature":0.3,"timestamp_x":"5"}',
        starred: 0,
        trace_label: 't1',
        trace_id: 'a'.repeat(32),
        span_id: 'b'.repeat(16),
        origin: 'api',
      })
    case 'failed':
      return sampleExecution({
        status: 'failed',
        result: null,
        result_valid: null,
        error_message: 'It did not work',
        starred: 1,
        provider: 'gemini',
      })
    case 'prompted':
      return sampleExecution({
        prompt_id: promptId,
        prompt_version: 1,
        prompt_text: null,
        user_input: '{"name":"=1+1"}',
        result: 'He said "hi",\nand left',
        created_at: sampledAt + 1,
      })
    case 'recent': {
      const now = Date.now() / 1000
      return sampleExecution({ completed_at: now, provider: 'gemini', model: 'flash' })
    }
    default:
      return pendingExecution()
  }
}

async function plantPrompt(db: Database): Promise<void> {
  const content = {
    name: 'greet',
    prompt: '=cmd "{{name}}"',
    messages: null,
    schema_input: null,
    schema_response: null,
    options: null,
    created_by: null,
    created_at: sampledAt,
  }
  await db.write(async (tx) => {
    const prompt = { ...content, id: promptId, current_version: 1, updated_at: sampledAt }
    await tx.insertMany('prompts', [prompt])
    await tx.insertMany('prompt_revisions', [{ ...content, prompt_id: promptId, version: 1 }])
  })
}

async function plantBundle(db: Database): Promise<string> {
  const id = randomUUID()
  await db.write((tx) =>
    tx.insertMany('execution_bundles', [
      {
        id,
        test_group_id: groupId,
        prompt_id: promptId,
        created_by: null,
        created_at: sampledAt,
        updated_at: sampledAt,
      },
    ]),
  )
  const member = (bundle_position: number) =>
    pendingExecution({
      prompt_id: promptId,
      prompt_version: 1,
      prompt_text: null,
      test_group_id: groupId,
      test_item_id: randomUUID(),
      bundle_id: id,
      bundle_position,
    })
  await storeExecutions(db, [member(1), member(0)])
  return id
}
