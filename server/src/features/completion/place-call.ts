import { identityOf, ownerKeyOf, type Uses } from '../identity/index.ts'
import { findTraces } from '../traces/index.ts'
import type { Ask } from './ask.ts'
import type { SpanPlace } from './call-span.ts'
import { newRecordId } from './span-record.ts'
import { readTraceParent, type TraceParent } from './trace-parent.ts'

/** What a client's request tells of itself, whatever it asks for. */
export interface PlacedAsk extends Pick<Ask, 'model' | 'traceparent' | 'requestId' | 'attributes'> {
  readonly wire: string
}

/** Where the span of a client's call stands: in the trace that it names, else in one of its own. */
export async function placeCall(
  ctx: Uses<'db' | 'ids' | 'clock' | 'caller'>,
  operation: 'chat' | 'embeddings',
  { ask, alias }: { readonly ask: PlacedAsk; readonly alias: string | null },
): Promise<SpanPlace> {
  const parent = await parentOf(ctx, readTraceParent(ask.traceparent))
  return {
    spanId: newRecordId(ctx.ids),
    traceId: parent?.traceId ?? newRecordId(ctx.ids),
    parentSpanId: parent?.parentSpanId ?? null,
    name: `${operation} ${ask.model}`,
    startTime: ctx.clock.nowSeconds(),
    attributes: {
      'gateway.wire': ask.wire,
      'gateway.model': ask.model,
      'gateway.caller': identityOf(ctx.caller),
      'gateway.request_id': ask.requestId,
      ...(alias === null ? {} : { 'gateway.alias': alias }),
      ...ask.attributes,
    },
  }
}

/** A caller limited to an owner's traces cannot add to others'; its call then has its own trace. */
async function parentOf(
  { db, caller }: Uses<'db' | 'caller'>,
  parent: TraceParent | null,
): Promise<TraceParent | null> {
  const owner = ownerKeyOf(caller)
  if (parent === null || owner === undefined) return parent
  const [trace] = await db.read((tx) => findTraces(tx, [parent.traceId], 'all'))
  return trace === undefined || trace.ownerKey === owner ? parent : null
}
