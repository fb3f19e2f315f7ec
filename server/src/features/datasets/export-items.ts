import { toCsvRow } from '../../platform/csv.ts'
import { allow, type Uses } from '../identity/index.ts'
import { knownGroup } from './change-items.ts'
import type { GivenItem, TestGroup } from './dataset.ts'
import { itemsAfter } from './item-store.ts'
import { contentColumn, escapeCell, escapeLine, markOf, nameColumn } from './own-format.ts'
import type { DataFormat } from './imported-text.ts'

/** A group and its items as a text that is made while it is read. */
export interface ItemExport {
  readonly group: TestGroup
  readonly pieces: AsyncIterable<string>
}

/**
 * The items of a group in the order they came, in a form that `importItems` reads back as it was.
 * Items that come or go meanwhile may be among them or not. Needs `data:read`.
 * @throws DomainError `not-found`.
 */
export async function exportItems(
  ctx: Uses<'db' | 'caller'>,
  groupId: string,
  format: DataFormat,
): Promise<ItemExport> {
  allow(ctx.caller, 'data:read')
  const group = await knownGroup(ctx, groupId)
  return { group, pieces: piecesOf(ctx, groupId, format) }
}

const itemsAtOnce = 200

const writers = { csv: toRow, jsonl: toLine, md: toPart } as const

async function* piecesOf(
  ctx: Uses<'db'>,
  groupId: string,
  format: DataFormat,
): AsyncGenerator<string> {
  if (format === 'csv') yield toCsvRow([nameColumn, contentColumn])
  let after = 0
  for (;;) {
    const page = { after, limit: itemsAtOnce }
    const items = await ctx.db.read((tx) => itemsAfter(tx, groupId, page))
    if (items.length > 0) yield items.map(writers[format]).join('')
    if (items.length < itemsAtOnce) return
    after = items.at(-1)?.seq ?? after
  }
}

function toRow({ name, content }: GivenItem): string {
  return toCsvRow([name === null ? null : escapeCell(name), escapeCell(content)])
}

function toLine({ name, content }: GivenItem): string {
  const line = { ...(name !== null && { [nameColumn]: name }), [contentColumn]: content }
  return `${JSON.stringify(line)}\n`
}

function toPart({ name, content }: GivenItem): string {
  const text = content.split('\n').map(escapeLine).join('\n')
  return `${markOf(name)}\n\n${text}\n\n`
}
