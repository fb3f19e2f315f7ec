import { sql, type Kysely } from 'kysely'
import type { Dialect } from '../src/platform/db/database.ts'
import { columnTypes } from './column-types.ts'

/** What a model call cost where nobody said so, and attributes derived from other tracers' own. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  await addColumns(db, dialect)
  await replaceIndexes(db)
  if (dialect === 'sqlite') await noteDerivedChanges(db)
  await unsettleOldTraces(db)
  await readProviders(db, dialect)
}

async function addColumns(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { text, real, integer } = columnTypes(dialect)
  const columns = [
    { table: 'spans', name: 'provider', type: text },
    { table: 'spans', name: 'cache_read_tokens', type: integer },
    { table: 'spans', name: 'cache_write_tokens', type: integer },
    { table: 'spans', name: 'reasoning_tokens', type: integer },
    { table: 'spans', name: 'computed_cost_usd', type: real },
    { table: 'spans', name: 'price', type: text },
    { table: 'spans', name: 'is_unpriced', type: sql`${integer} not null default 0` },
    { table: 'spans', name: 'mapping_version', type: integer },
    { table: 'spans', name: 'counts_usage', type: sql`${integer} not null default 1` },
    { table: 'spans', name: 'start_nanos_rest', type: integer },
    { table: 'spans', name: 'end_nanos_rest', type: integer },
    { table: 'span_payloads', name: 'mapped', type: text },
    { table: 'traces', name: 'may_repeat_usage', type: sql`${integer} not null default 0` },
    { table: 'traces', name: 'is_unsettled', type: sql`${integer} not null default 0` },
  ]
  for (const { table, name, type } of columns) {
    await sql`alter table ${sql.table(table)} add column ${sql.ref(name)} ${type}`.execute(db)
  }
}

async function replaceIndexes(db: Kysely<unknown>): Promise<void> {
  await sql`drop index spans_by_cost`.execute(db)
  await sql`create index spans_by_cost on spans ((coalesce(cost_usd, computed_cost_usd)))
    where span_type = 'llm_call' and counts_usage = 1
      and coalesce(cost_usd, computed_cost_usd) > 0`.execute(db)
  await sql`create index spans_unpriced on spans (trace_id) where is_unpriced = 1`.execute(db)
  await sql`create index traces_unsettled on traces (seq) where is_unsettled = 1`.execute(db)
}

/** The search index reads derived attributes too, so their changes are noted like the others'. */
async function noteDerivedChanges(db: Kysely<unknown>): Promise<void> {
  await sql`drop trigger span_payloads_changed`.execute(db)
  await sql`create trigger span_payloads_changed after update of attributes, mapped on span_payloads
    when new.attributes is not old.attributes or new.mapped is not old.mapped
    begin
      delete from search_changes where seq = new.seq;
      insert into search_changes (seq) values (new.seq);
    end`.execute(db)
}

/** Spans that have figures but no cost are priced by the worker that prices new ones. */
async function unsettleOldTraces(db: Kysely<unknown>): Promise<void> {
  await sql`update spans set is_unpriced = 1 where span_type = 'llm_call' and cost_usd is null
    and model is not null and input_tokens is not null and output_tokens is not null`.execute(db)
  await sql`update traces set is_unsettled = 1
    where trace_id in (select trace_id from spans where is_unpriced = 1)`.execute(db)
}

/**
 * Whose prices hold depends on the provider, which so far stood in the attributes alone.
 * NOTE: PostgreSQL cannot look into JSON that has U+0000 or a lone surrogate anywhere. In text
 * inside a JSON string each quote is escaped, so the pattern only finds a member.
 */
async function readProviders(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const path = '$."llm.provider"'
  const provider =
    dialect === 'sqlite'
      ? sql`case json_type(attributes, ${path}) when 'text' then json_extract(attributes, ${path}) end`
      : sql`substring(attributes from ${'"llm\\.provider":"([^"\\\\]*)"'})`
  await sql`update spans set provider = (
    select ${provider} from span_payloads where span_payloads.seq = spans.seq
  ) where is_unpriced = 1`.execute(db)
}
