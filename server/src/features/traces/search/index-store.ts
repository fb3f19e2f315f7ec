import { sql } from 'kysely'
import { anyOf } from '../../../platform/db/any-of.ts'
import { defineTask, type Tx } from '../../../platform/db/database.ts'
import { joinObjects } from '../shown-attributes.ts'
import type { Landmark, NewSegment, Progress } from './index-file.ts'
import { segmentBytes, signSegment, type SignedText } from './signature.ts'

const rowsAtATime = 512
const maxRowsPerSegment = 16_384

interface Sized {
  readonly seq: number
  readonly sizeBytes: number
}

/**
 * The next segment behind `progress`, or undefined while there is not enough text to fill one:
 * that little is scanned. A changed span that the index has not reached is left to its turn.
 */
export const nextSegment = defineTask<Progress, NewSegment | undefined>({
  module: import.meta.url,
  name: 'nextSegment',
  async run(tx, progress) {
    const changed = await changedSpans(tx, progress)
    const again = takeUpTo(changed, segmentBytes)
    const isAllOfThem = again.length === changed.length && changed.length < maxRowsPerSegment
    const lastChange = isAllOfThem ? await lastChangeOf(tx) : again.at(-1)?.id
    const fresh = await newSpans(tx, progress.lastSeq, segmentBytes - sizeOf(again))
    const chosen = [...again, ...fresh]
    if (sizeOf(chosen) < segmentBytes && chosen.length < maxRowsPerSegment) return undefined
    const texts = await textsOf(
      tx,
      chosen.map(({ seq }) => seq),
    )
    return {
      ...signSegment(texts),
      lastSeq: fresh.at(-1)?.seq ?? progress.lastSeq,
      lastChange: lastChange ?? progress.lastChange,
      landmark: landmarkOf(texts),
      firstSeq: await firstSpanSeq(tx, 'asc'),
      newestSeq: await firstSpanSeq(tx, 'desc'),
    }
  },
})

/** NOTE: two members and no more, for they pass the main thread, and a text may have 40 MB. */
function landmarkOf(texts: readonly Landmark[]): Landmark {
  const { seq, spanId } = texts.at(-1) ?? { seq: 0, spanId: '' }
  return { seq, spanId }
}

/** Forgets the changes that the index has taken in. */
export async function forgetChanges(tx: Tx, lastChange: number): Promise<void> {
  await tx.db.deleteFrom('search_changes').where('id', '<=', lastChange).execute()
}

/** Spans that a search must scan: those behind the index, and those changed since. */
export async function countUnindexed(tx: Tx, { lastSeq, lastChange }: Progress): Promise<number> {
  const count = async (table: 'spans' | 'search_changes', column: string, after: number) => {
    const { rows } = await sql<{ count: number }>`select count(*) as count
      from ${sql.table(table)} where ${sql.ref(column)} > ${after}`.execute(tx.db)
    return rows[0]?.count ?? 0
  }
  return (await count('spans', 'seq', lastSeq)) + (await count('search_changes', 'id', lastChange))
}

/**
 * Whether the index was made from this very database: it is not ahead of it, and the spans that
 * both know by number have the same ids. False after a backup was put back, for example.
 */
export async function isIndexOf(
  tx: Tx,
  { lastSeq, lastChange }: Progress,
  landmarks: readonly Landmark[],
): Promise<boolean> {
  const { rows: counters } = await sql<{ seq: number | null; change: number | null }>`select
    (select value from counters where name = 'spans') as seq,
    (select seq from sqlite_sequence where name = 'search_changes') as change`.execute(tx.db)
  const { seq, change } = counters[0] ?? { seq: null, change: null }
  if (lastSeq > (seq ?? 0) || lastChange > (change ?? 0)) return false
  const known = new Map(landmarks.map((landmark) => [landmark.seq, landmark.spanId]))
  const rows = await tx.db
    .selectFrom('spans')
    .select(['seq', 'span_id'])
    .where(anyOf(tx.dialect, 'seq', [...known.keys()]))
    .execute()
  return rows.every((row) => known.get(row.seq) === row.span_id)
}

async function changedSpans(
  tx: Tx,
  { lastSeq, lastChange }: Progress,
): Promise<(Sized & { readonly id: number })[]> {
  return tx.db
    .selectFrom('search_changes')
    .innerJoin('span_payloads', 'span_payloads.seq', 'search_changes.seq')
    .select(['search_changes.id', 'search_changes.seq', sizeBytes()])
    .where('search_changes.id', '>', lastChange)
    .where('search_changes.seq', '<=', lastSeq)
    .orderBy('search_changes.id')
    .limit(maxRowsPerSegment)
    .execute()
}

async function newSpans(tx: Tx, after: number, room: number): Promise<Sized[]> {
  const chosen: Sized[] = []
  while (sizeOf(chosen) < room && chosen.length < maxRowsPerSegment) {
    const rows = await tx.db
      .selectFrom('span_payloads')
      .select(['seq', sizeBytes()])
      .where('seq', '>', chosen.at(-1)?.seq ?? after)
      .orderBy('seq')
      .limit(rowsAtATime)
      .execute()
    chosen.push(...takeUpTo(rows, room - sizeOf(chosen)))
    if (rows.length < rowsAtATime) break
  }
  return chosen
}

/** NOTE: of a column alone, `octet_length` is told by the row's head; its text is not read. */
function sizeBytes() {
  return sql<number>`octet_length(span_payloads.attributes)
    + coalesce(octet_length(span_payloads.mapped), 0)`.as('sizeBytes')
}

async function textsOf(
  tx: Tx,
  seqs: readonly number[],
): Promise<(SignedText & { readonly spanId: string })[]> {
  const rows = await tx.db
    .selectFrom('spans')
    .innerJoin('span_payloads', 'span_payloads.seq', 'spans.seq')
    .select(['spans.seq', 'span_id as spanId', 'name', 'attributes', 'mapped'])
    .where(anyOf(tx.dialect, 'spans.seq', seqs))
    .execute()
  const texts = rows.map(({ attributes, mapped, ...row }) => ({
    ...row,
    attributesJson: joinObjects(attributes, mapped),
  }))
  const bySeq = new Map(texts.map((text) => [text.seq, text]))
  return seqs.flatMap((seq) => bySeq.get(seq) ?? [])
}

async function firstSpanSeq(tx: Tx, order: 'asc' | 'desc'): Promise<number> {
  const rows = tx.db.selectFrom('spans').select('seq').orderBy('seq', order).limit(1)
  return (await rows.executeTakeFirst())?.seq ?? 0
}

async function lastChangeOf(tx: Tx): Promise<number | undefined> {
  const rows = tx.db.selectFrom('search_changes').select('id').orderBy('id', 'desc').limit(1)
  return (await rows.executeTakeFirst())?.id
}

/** The first rows, up to and with the one that reaches the size. */
function takeUpTo<R extends Sized>(rows: readonly R[], size: number): R[] {
  let room = size
  const end = rows.findIndex((row) => {
    room -= row.sizeBytes
    return room <= 0
  })
  return end < 0 ? [...rows] : rows.slice(0, end + 1)
}

function sizeOf(rows: readonly Sized[]): number {
  return rows.reduce((sum, row) => sum + row.sizeBytes, 0)
}
