import { defineGroup, type Tx } from '../../../platform/db/database.ts'
import { allow, type Uses } from '../../identity/index.ts'
import { lockTraces } from '../ingest-store.ts'
import { lackingIn } from '../mapped-attributes.ts'
import { mappingVersion, mapSpan } from '../otlp/semantics/index.ts'
import { reinterpret } from '../resend.ts'
import type { Span } from '../span.ts'
import { exchange, type TraceHead } from '../trace-head.ts'
import { readMappedUsage } from '../usage.ts'
import { findMapped, mappedSpans, saveMeanings, saveTotals } from './revise-store.ts'
import {
  reviseStored,
  type ReviseInput,
  type ReviseTally,
  type ReviseWork,
} from './revise-stored.ts'
import { settleWaiting } from './settle-all.ts'

/**
 * Derives anew, by the rules of this version, what the attributes of stored spans from other
 * tracers mean: of those that other rules derived, or of all. What was sent stays as it is; types,
 * figures and totals follow, and what they cost is worked out at the end. `changed` counts the
 * spans that mean something else than before.
 */
export async function remapSpans(
  ctx: Uses<'db' | 'caller'>,
  { all }: { readonly all: boolean },
  work: ReviseWork = {},
): Promise<ReviseTally> {
  allow(ctx.caller, 'settings:manage')
  const exceptVersion = all ? undefined : mappingVersion
  const done = await reviseStored(
    ctx,
    (tx, range) => findMapped(tx, exceptVersion, range),
    remapGroup,
    work,
  )
  await settleWaiting(ctx, work.signal)
  return done
}

/** Found by name in the thread that writes. */
export const remapGroup = defineGroup<ReviseInput, ReviseTally>({
  module: import.meta.url,
  name: 'remapGroup',
  async run(tx, inputs) {
    const replies: ReviseTally[] = []
    for (const input of inputs) replies.push(await remapSome(tx, input))
    return { replies, events: [] }
  },
})

async function remapSome(tx: Tx, { seqs, traceIds }: ReviseInput): Promise<ReviseTally> {
  const heads = new Map(
    (await lockTraces(tx, traceIds)).map((head): [string, TraceHead] => [head.traceId, head]),
  )
  const spans = await mappedSpans(tx, seqs)
  const remapped = spans.map((before) => ({ before, after: remap(before) }))
  for (const { before, after } of remapped) {
    const head = heads.get(before.traceId)
    if (head) heads.set(before.traceId, exchange(head, before, after))
  }
  await saveMeanings(
    tx,
    remapped.map(({ after }) => after),
  )
  await saveTotals(tx, [...heads.values()])
  const changed = remapped.filter(
    ({ before, after }) =>
      before.mappedJson !== after.mappedJson || before.spanType !== after.spanType,
  )
  return { examined: spans.length, changed: changed.length }
}

function remap(before: Span): Span {
  const sent = attributesOf(before)
  const { spanType, attributes: derived } = mapSpan(before.name, sent)
  const lacking = lackingIn(sent, derived)
  const mappedJson = lacking ? JSON.stringify(lacking) : null
  const usage = readMappedUsage({ ...lacking, ...sent })
  return {
    ...reinterpret(before, { ...usage, spanType, mappedJson, mappingVersion }),
    seq: before.seq,
  }
}

/** Our own column: only `newSpan` writes it, from an object. */
function attributesOf({ attributesJson }: Span): Record<string, unknown> {
  const attributes: unknown = JSON.parse(attributesJson)
  return attributes as Record<string, unknown>
}
