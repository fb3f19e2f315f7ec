import { sql, type RawBuilder } from 'kysely'
import type { Dialect, Tx } from '../../platform/db/database.ts'
import type { UsageWindow } from './usage-window.ts'
import type { ModelUsage, Usage } from './usage.ts'

/** Days since 1970 in UTC, or hours of the day in UTC. */
export type UsageBucket = 'day' | 'hour'

/** Usage by what it is grouped by: only those members are there. */
interface UsageRow extends Usage {
  readonly bucket?: number
  readonly provider?: string
  readonly model?: string
}

/** By model, in no order. */
export async function usageOfModels(tx: Tx, window: UsageWindow): Promise<readonly ModelUsage[]> {
  const rows = await usageBy(tx, window, [column('provider'), column('model')])
  return rows.map(withModel)
}

/** By day or hour, in their order. */
export async function usageOverTime(
  tx: Tx,
  window: UsageWindow,
  bucket: UsageBucket,
): Promise<readonly (Usage & { readonly bucket: number })[]> {
  const rows = await usageBy(tx, window, [bucketOf(tx.dialect, bucket)])
  return inOrder(rows.map(withBucket))
}

/** By day or hour, provider and model, in this order. */
export async function modelUsageOverTime(
  tx: Tx,
  window: UsageWindow,
  bucket: UsageBucket,
): Promise<readonly (ModelUsage & { readonly bucket: number })[]> {
  const keys = [bucketOf(tx.dialect, bucket), column('provider'), column('model')]
  const rows = await usageBy(tx, window, keys)
  return inOrder(rows.map((row) => ({ ...withBucket(row), ...withModel(row) })))
}

/** Something to group by: what it is called, and how it is worked out. */
interface Key {
  readonly name: 'bucket' | 'provider' | 'model'
  readonly value: RawBuilder<unknown>
}

function column(name: 'provider' | 'model'): Key {
  return { name, value: sql.ref(name) }
}

function bucketOf(dialect: Dialect, bucket: UsageBucket): Key {
  const value =
    bucket === 'day' ? wholePeriods(dialect, 86_400) : sql`${wholePeriods(dialect, 3_600)} % 24`
  return { name: 'bucket', value }
}

/** How many of so many seconds have passed since 1970. */
function wholePeriods(dialect: Dialect, seconds: number): RawBuilder<unknown> {
  return dialect === 'sqlite'
    ? sql`cast(completed_at / ${sql.lit(seconds)} as integer)`
    : sql`cast(floor(completed_at / ${sql.lit(seconds)}) as bigint)`
}

interface SumRow {
  readonly bucket?: number | string
  readonly provider?: string
  readonly model?: string
  readonly executions: number | string
  readonly input_tokens: number | string
  readonly output_tokens: number | string
  readonly cost_usd: number
}

/** All that is asked here stands in the index `executions_usage`, in the order of models. */
async function usageBy(
  tx: Tx,
  window: UsageWindow,
  keys: readonly Key[],
): Promise<readonly UsageRow[]> {
  const parts =
    tx.dialect === 'sqlite'
      ? await partsOf(tx, window, keys)
      : [partOf(keys, { condition: isWithin(window), groups: keys })]
  if (parts.length === 0) return []
  const names = sql.join(keys.map(({ name }) => sql.ref(name)))
  const { rows } = await sql<SumRow>`select ${names}, sum(executions) as executions,
      coalesce(sum(input_tokens), 0) as input_tokens,
      coalesce(sum(output_tokens), 0) as output_tokens, coalesce(sum(cost_usd), 0) as cost_usd
    from (${sql.join(parts, sql` union all `)}) as part
    where executions > 0 group by ${names}`.execute(tx.db)
  return rows.map(toUsageRow)
}

/** So many parts a statement may have without being slow to prepare. */
const mostParts = 200

/**
 * SQLite sorts all in order to group it. Where each model is a part of its own, that are a few numbers
 * at a time instead of names, and a window is found at once in each part.
 */
async function partsOf(
  tx: Tx,
  window: UsageWindow,
  keys: readonly Key[],
): Promise<readonly RawBuilder<unknown>[]> {
  const models = await modelsOf(tx)
  if (models.length <= mostParts) return models.map((one) => partOfModel(keys, window, one))
  return [partOf(keys, { condition: isWithin(window), groups: keys })]
}

/** The names of the model are not grouped by, since they are the same in all of it. */
function partOfModel(
  keys: readonly Key[],
  window: UsageWindow,
  names: ModelName,
): RawBuilder<unknown> {
  const { provider, model } = names
  const own = keys.map((key) => ({
    ...key,
    value: key.name === 'bucket' ? key.value : sql`cast(${names[key.name]} as text)`,
  }))
  return partOf(own, {
    condition: sql`${isWithin(window)} and provider = ${provider} and model = ${model}`,
    groups: keys.filter(({ name }) => name === 'bucket'),
  })
}

function partOf(
  keys: readonly Key[],
  { condition, groups }: { condition: RawBuilder<unknown>; groups: readonly Key[] },
): RawBuilder<unknown> {
  const values = sql.join(keys.map(({ name, value }) => sql`${value} as ${sql.ref(name)}`))
  const grouped = sql.join(groups.map(({ value }) => value))
  return sql`select ${values}, count(*) as executions, sum(input_tokens) as input_tokens,
      sum(output_tokens) as output_tokens, sum(cost_usd) as cost_usd
    from executions where ${condition} ${groups.length === 0 ? sql`` : sql`group by ${grouped}`}`
}

interface ModelName {
  readonly provider: string
  readonly model: string
}

/** Every model that completed anything: each is sought after the one before it. */
async function modelsOf(tx: Tx): Promise<readonly ModelName[]> {
  const { rows } = await sql<ModelName>`with recursive
    providers(provider) as (
      select min(provider) from executions where status = 'completed'
      union all
      select (select min(other.provider) from executions as other
        where other.status = 'completed' and other.provider > providers.provider)
      from providers where provider is not null
    ),
    models(provider, model) as (
      select provider, (select min(other.model) from executions as other
        where other.status = 'completed' and other.provider = providers.provider)
      from providers where provider is not null
      union all
      select provider, (select min(other.model) from executions as other
        where other.status = 'completed' and other.provider = models.provider
          and other.model > models.model)
      from models where model is not null
    )
    select provider, model from models where model is not null`.execute(tx.db)
  return rows
}

function isWithin({ from, to, before }: UsageWindow): RawBuilder<unknown> {
  const conditions = [
    sql`status = 'completed'`,
    ...(from === undefined ? [] : [sql`completed_at >= ${from}`]),
    ...(to === undefined ? [] : [sql`completed_at <= ${to}`]),
    ...(before === undefined ? [] : [sql`completed_at < ${before}`]),
  ]
  return sql.join(conditions, sql` and `)
}

function toUsageRow({ bucket, provider, model, ...sums }: SumRow): UsageRow {
  return {
    ...(bucket !== undefined && { bucket: Number(bucket) }),
    ...(provider !== undefined && { provider }),
    ...(model !== undefined && { model }),
    inputTokens: Number(sums.input_tokens),
    outputTokens: Number(sums.output_tokens),
    executionCount: Number(sums.executions),
    costUsd: sums.cost_usd,
  }
}

function withModel({ provider = '', model = '', ...usage }: UsageRow): ModelUsage {
  return { provider, model, ...usage }
}

function withBucket({ bucket = 0, ...usage }: UsageRow): Usage & { readonly bucket: number } {
  return { bucket, ...usage }
}

interface Ordered {
  readonly bucket: number
  readonly provider?: string
  readonly model?: string
}

function inOrder<T extends Ordered>(rows: readonly T[]): readonly T[] {
  return rows.toSorted(
    (one, other) =>
      one.bucket - other.bucket ||
      compare(one.provider, other.provider) ||
      compare(one.model, other.model),
  )
}

function compare(one = '', other = ''): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
