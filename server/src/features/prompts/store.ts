import type { Insertable, Selectable } from 'kysely'
import { anyOf } from '../../platform/db/any-of.ts'
import { defineGroup, defineTask, type Tx } from '../../platform/db/database.ts'
import { oneHas } from '../../platform/db/one-has.ts'
import type { PromptRevisionsTable, PromptsTable } from '../../platform/db/prompt-tables.ts'
import { isJsonObject, parseObject } from '../../platform/json.ts'
import { loadExport } from '../../platform/threads/load-export.ts'
import {
  toWritten,
  type WriterReference,
  type WrittenText,
} from '../../platform/threads/written-text.ts'
import { insertAudit, type auditEntry } from '../identity/index.ts'
import {
  promptRoles,
  type FoundVersion,
  type Prompt,
  type PromptContent,
  type PromptMessage,
  type PromptOptions,
  type PromptVersion,
} from './prompt.ts'

interface NewPrompt {
  readonly prompt: Prompt
  readonly createdBy: string
  readonly audit: ReturnType<typeof auditEntry>
}

/** Inserts prompts with their versions; false for one whose name is taken. */
export const insertPrompts = defineGroup<NewPrompt, boolean>({
  module: import.meta.url,
  name: 'insertPrompts',
  async run(tx, inputs) {
    const names = inputs.map((input) => nameOf(input))
    const taken = new Set(await takenNames(tx, names))
    const replies = names.map((name) => {
      const isFree = !taken.has(name)
      taken.add(name)
      return isFree
    })
    const added = inputs.filter((_, index) => replies[index])
    await tx.insertMany('prompts', added.map(toPromptRow))
    await tx.insertMany('prompt_revisions', added.flatMap(toRevisionRows))
    await insertAudit(
      tx,
      added.map(({ audit }) => audit),
    )
    return { replies, events: [] }
  },
})

async function takenNames(tx: Tx, names: readonly string[]): Promise<readonly string[]> {
  const query = tx.db
    .selectFrom('prompts')
    .select('name')
    .where(anyOf(tx.dialect, 'name', names))
  return (await query.execute()).map(({ name }) => name)
}

export async function isNameOfAnother(tx: Tx, id: string, name: string): Promise<boolean> {
  const row = await tx.db
    .selectFrom('prompts')
    .select('id')
    .where('name', '=', name)
    .where('id', '!=', id)
    .executeTakeFirst()
  return row !== undefined
}

/** Nobody else changes it before the transaction ends. */
export async function lockPrompt(tx: Tx, id: string): Promise<void> {
  if (tx.dialect === 'sqlite') return
  await tx.db.selectFrom('prompts').select('id').where('id', '=', id).forUpdate().execute()
}

export async function findPrompt(tx: Tx, id: string): Promise<Prompt | undefined> {
  const rows = await tx.db
    .selectFrom('prompts')
    .select(['id', 'created_at', 'updated_at'])
    .where('id', '=', id)
    .execute()
  return (await withVersions(tx, rows))[0]
}

/** One version; the newest if none is named. */
export async function findVersion(
  tx: Tx,
  promptId: string,
  version?: number,
): Promise<FoundVersion | undefined> {
  const row = await tx.db
    .selectFrom('prompt_revisions')
    .selectAll()
    .where('prompt_id', '=', promptId)
    .$if(version !== undefined, (query) => query.where('version', '=', version ?? 0))
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && { promptId, ...toVersion(row) }
}

export async function touchPrompt(tx: Tx, id: string, at: number): Promise<void> {
  await tx.db.updateTable('prompts').set({ updated_at: at }).where('id', '=', id).execute()
}

interface AddedVersion {
  readonly promptId: string
  readonly version: PromptVersion
  readonly createdBy: string
}

/** The prompt says what its newest version says. */
export async function addVersion(tx: Tx, added: AddedVersion): Promise<void> {
  const { promptId, version, createdBy } = added
  const content = toContentColumns(version)
  await tx.insertMany('prompt_revisions', [
    {
      prompt_id: promptId,
      version: version.version,
      ...content,
      created_by: createdBy,
      created_at: version.createdAt,
    },
  ])
  await tx.db
    .updateTable('prompts')
    .set({ ...content, current_version: version.version, updated_at: version.createdAt })
    .where('id', '=', promptId)
    .execute()
}

/** With its versions; false if there is none. */
export async function removePrompt(tx: Tx, id: string): Promise<boolean> {
  await tx.db.deleteFrom('prompt_revisions').where('prompt_id', '=', id).execute()
  const { numDeletedRows } = await tx.db
    .deleteFrom('prompts')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows) > 0
}

export interface PromptQuery {
  /** Part of a name or a text, in any case; `%` and `_` stand for other characters. */
  readonly search?: string
  readonly orderBy: 'name' | 'created_at' | 'updated_at'
  readonly order: 'asc' | 'desc'
  readonly limit: number
  readonly offset: number
}

/** How a surface writes a page as text. */
export type PromptPageWriter = (
  page: { readonly prompts: readonly Prompt[]; readonly total: number },
  asked: Pick<PromptQuery, 'limit' | 'offset'>,
) => string

export const pageOfPrompts = defineTask<
  PromptQuery & { readonly writer: WriterReference },
  WrittenText
>({
  module: import.meta.url,
  name: 'pageOfPrompts',
  async run(tx, { writer: reference, ...query }) {
    const write = await loadExport<PromptPageWriter>(reference)
    const total = await countPrompts(tx, query.search)
    const rows = await matching(tx, query.search)
      .select(['id', 'created_at', 'updated_at'])
      .orderBy(query.orderBy, query.order)
      .orderBy('id', query.order)
      .limit(query.limit)
      .offset(query.offset)
      .execute()
    const page = { prompts: await withVersions(tx, rows), total }
    return toWritten(write(page, query))
  },
})

async function countPrompts(tx: Tx, search: string | undefined): Promise<number> {
  const { count } = await matching(tx, search)
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

function matching(tx: Tx, search: string | undefined) {
  return tx.db
    .selectFrom('prompts')
    .$if(search !== undefined && search !== '', (query) =>
      query.where(oneHas(tx.dialect, ['name', 'prompt'], search ?? '')),
    )
}

/** The newest first; all that match if there is no limit. */
export async function newestPrompts(
  tx: Tx,
  { nameHas, limit }: { readonly nameHas?: string; readonly limit?: number },
): Promise<readonly Prompt[]> {
  const rows = await tx.db
    .selectFrom('prompts')
    .select(['id', 'created_at', 'updated_at'])
    .$if(nameHas !== undefined, (query) => query.where(oneHas(tx.dialect, ['name'], nameHas ?? '')))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .$if(limit !== undefined, (query) => query.limit(limit ?? 0))
    .execute()
  return withVersions(tx, rows)
}

export interface PromptChoice {
  readonly id: string
  readonly name: string
  /** The newest first. */
  readonly versions: readonly {
    readonly version: number
    readonly name: string
    readonly createdAt: number
  }[]
}

/** Every prompt by name and versions alone, the newest first. */
export async function promptChoices(tx: Tx): Promise<readonly PromptChoice[]> {
  const prompts = await tx.db
    .selectFrom('prompts')
    .select(['id', 'name'])
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
  const revisions = await tx.db
    .selectFrom('prompt_revisions')
    .select(['prompt_id', 'version', 'name', 'created_at'])
    .orderBy('prompt_id')
    .orderBy('version', 'desc')
    .execute()
  const ofPrompt = Map.groupBy(revisions, ({ prompt_id }) => prompt_id)
  return prompts.map(({ id, name }) => {
    const versions = (ofPrompt.get(id) ?? []).map((row) => ({
      version: row.version,
      name: row.name,
      createdAt: row.created_at,
    }))
    return { id, name, versions }
  })
}

type PromptHead = Pick<Selectable<PromptsTable>, 'id' | 'created_at' | 'updated_at'>

/** All histories are read at once. */
async function withVersions(tx: Tx, heads: readonly PromptHead[]): Promise<readonly Prompt[]> {
  if (heads.length === 0) return []
  const ids = heads.map(({ id }) => id)
  const rows = await tx.db
    .selectFrom('prompt_revisions')
    .selectAll()
    .where(anyOf(tx.dialect, 'prompt_id', ids))
    .orderBy('prompt_id')
    .orderBy('version')
    .execute()
  const ofPrompt = Map.groupBy(rows, ({ prompt_id }) => prompt_id)
  return heads.map(({ id, created_at, updated_at }) => {
    const versions = (ofPrompt.get(id) ?? []).map(toVersion)
    return { id, versions, createdAt: created_at, updatedAt: updated_at }
  })
}

function nameOf({ prompt }: NewPrompt): string {
  return prompt.versions[0]?.name ?? ''
}

function toPromptRow({ prompt, createdBy }: NewPrompt): Insertable<PromptsTable> {
  const [first] = prompt.versions
  if (first === undefined) throw new Error('A new prompt has a version')
  return {
    id: prompt.id,
    ...toContentColumns(first),
    current_version: first.version,
    created_by: createdBy,
    created_at: prompt.createdAt,
    updated_at: prompt.updatedAt,
  }
}

function toRevisionRows({ prompt, createdBy }: NewPrompt): Insertable<PromptRevisionsTable>[] {
  return prompt.versions.map((version) => ({
    prompt_id: prompt.id,
    version: version.version,
    ...toContentColumns(version),
    created_by: createdBy,
    created_at: version.createdAt,
  }))
}

function toContentColumns(content: PromptContent) {
  const { name, prompt, messages, schemaInput, schemaResponse, options } = content
  return {
    name,
    prompt,
    messages: messages && JSON.stringify(messages),
    schema_input: schemaInput,
    schema_response: schemaResponse,
    options: options && JSON.stringify(options),
  }
}

function toVersion(row: Selectable<PromptRevisionsTable>): PromptVersion {
  return {
    version: row.version,
    name: row.name,
    prompt: row.prompt,
    messages: row.messages === null ? null : toMessages(row.messages),
    schemaInput: row.schema_input,
    schemaResponse: row.schema_response,
    options: row.options === null ? null : toOptions(row.options),
    createdAt: row.created_at,
  }
}

function toMessages(json: string): readonly PromptMessage[] {
  const list: unknown = JSON.parse(json)
  if (!Array.isArray(list)) return []
  return list.filter(isJsonObject).map(({ role, content }) => ({
    role: promptRoles.find((known) => known === role) ?? 'user',
    content: typeof content === 'string' ? content : '',
  }))
}

function toOptions(json: string): PromptOptions {
  const { acceptFileUpload, webSearch, escape } = parseObject(json)
  return {
    ...(typeof acceptFileUpload === 'boolean' && { acceptFileUpload }),
    ...(typeof webSearch === 'boolean' && { webSearch }),
    ...((escape === 'html' || escape === 'none') && { escape }),
  }
}
