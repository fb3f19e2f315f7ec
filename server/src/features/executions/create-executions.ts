import { toStorableText } from '../../platform/db/storable-text.ts'
import { allow, identityOf, type Caller } from '../identity/index.ts'
import { checkExecutions, type CheckedExecutions } from './check-executions.ts'
import { executionJobType, type ExecutionJob } from './execution-job-data.ts'
import type { CreateContext, NewExecutions } from './new-executions.ts'
import { insertBundle, insertExecutions, type NewRow } from './store.ts'

/**
 * Has a prompt or a text run on models, once or over a group of test data; gives the ids in the
 * order of the models, within one of them the newest item first. All is checked before anything is
 * made, and all is made at once. Needs `executions:run`. Source: hypersigil contract §3.1.
 * @throws DomainError `not-found` for an unknown prompt, version or group; `invalid` for anything else
 * that cannot be run; `forbidden` for a model that the caller's key was not given.
 */
export async function createExecutions(
  ctx: CreateContext,
  asked: NewExecutions,
): Promise<{ readonly ids: string[] }> {
  allow(ctx.caller, 'executions:run')
  const checked = await checkExecutions(ctx, asked)
  const rows = toRows(ctx, asked, checked)
  const bundle = bundleOf(rows, checked)
  const createdBy = identityOf(ctx.caller)
  await ctx.db.write(async (tx) => {
    if (bundle !== null) await insertBundle(tx, bundle)
    await insertExecutions(tx, rows)
    await ctx.jobs.enqueueAll(
      tx,
      rows.map((row) => {
        const data = jobDataOf(row, asked, ctx.caller)
        return { type: executionJobType, id: row.job_id ?? '', data, createdBy }
      }),
    )
  })
  return { ids: rows.map(({ id }) => id) }
}

function toRows(
  { ids, clock, caller }: CreateContext,
  asked: NewExecutions,
  { version, models, inputs, options, isBatch }: CheckedExecutions,
): NewRow[] {
  const at = clock.nowSeconds()
  const { deployment } = asked
  const same = {
    ...blank,
    prompt_id: version?.promptId ?? null,
    prompt_version: version?.version ?? null,
    prompt_text: isBatch || !asked.promptText ? null : toStorableText(asked.promptText),
    options: options === null ? null : JSON.stringify(options),
    test_group_id: isBatch ? (asked.testGroupId ?? null) : null,
    bundle_id: isBatch ? ids.uuid() : null,
    trace_label:
      isBatch || asked.traceLabel === undefined ? null : toStorableText(asked.traceLabel),
    file_id: isBatch ? null : (asked.fileId ?? null),
    origin: caller.kind === 'apiKey' ? 'api' : 'app',
    webhook_ids: asked.webhookIds?.length ? JSON.stringify(asked.webhookIds) : null,
    deployment_id: deployment?.id ?? null,
    deployment_revision: deployment?.revision ?? null,
    created_by: identityOf(caller),
    created_at: at,
    updated_at: at,
  }
  return models.flatMap(({ provider, model }, place) =>
    inputs.map(({ text, itemId }, index) => ({
      ...same,
      id: ids.uuid(),
      provider,
      model: toStorableText(model),
      user_input: toStorableText(text),
      test_item_id: itemId,
      bundle_position: isBatch ? place * inputs.length + index : null,
      job_id: ids.uuid(),
    })),
  )
}

const blank = {
  status: 'pending',
  result: null,
  result_valid: null,
  result_validation_message: null,
  input_tokens: null,
  output_tokens: null,
  cost_usd: null,
  error_message: null,
  started_at: null,
  completed_at: null,
  starred: null,
  user_status: null,
  trace_id: null,
  span_id: null,
} as const

function bundleOf([first]: readonly NewRow[], { version }: CheckedExecutions) {
  const { bundle_id: id = null, test_group_id: groupId = null } = first ?? {}
  if (first === undefined || id === null || groupId === null || version === null) return null
  const { created_by, created_at, updated_at } = first
  const links = { test_group_id: groupId, prompt_id: version.promptId }
  return { id, ...links, created_by, created_at, updated_at }
}

function jobDataOf(
  { id: executionId, provider }: NewRow,
  { deployment }: NewExecutions,
  caller: Caller,
): ExecutionJob {
  const keyId = caller.kind === 'apiKey' ? caller.keyId : null
  return { executionId, provider, keyId, deploymentName: deployment?.name ?? null }
}
