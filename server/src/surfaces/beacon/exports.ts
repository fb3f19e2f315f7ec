import type { Uses } from '../../features/identity/index.ts'
import {
  findTraceDocument,
  getTraceDocument,
  otlpWriterReference,
} from '../../features/traces/index.ts'
import type { HeaderMap } from '../../platform/http/cors.ts'
import { csvWriterReference, downloadName } from './csv.ts'
import { exportWriterReference } from './trace-writers.ts'

type ExportPowers = Uses<'db' | 'caller'>

/** One trace as a file that can be imported again, in pieces. */
export async function exportAsJson(
  ctx: ExportPowers,
  traceId: string,
  exportedAt: number,
): Promise<Uint8Array[]> {
  const document = await getTraceDocument(ctx, traceId, exportWriterReference)
  return [bytes(opening(exportedAt)), ...document]
}

/** Several traces in one file, in the order asked for; those that are not there are left out. */
export async function exportMany(
  ctx: ExportPowers,
  traceIds: readonly string[],
  exportedAt: number,
): Promise<Uint8Array[]> {
  const head = bytes(opening(exportedAt))
  const pieces = [bytes(`${opening(exportedAt)}"traces":[`)]
  for (const traceId of traceIds) {
    const document = await findTraceDocument(ctx, traceId, exportWriterReference)
    if (!document) continue
    if (pieces.length > 1) pieces.push(bytes(','))
    pieces.push(head, ...document)
  }
  return [...pieces, bytes(']}')]
}

/** One trace as an attachment in a foreign form. */
export async function exportAsText(
  ctx: ExportPowers,
  traceId: string,
  format: 'otel' | 'csv',
): Promise<{ chunks: Uint8Array[]; headers: HeaderMap }> {
  const isOtel = format === 'otel'
  const writer = isOtel ? otlpWriterReference : csvWriterReference
  const chunks = await getTraceDocument(ctx, traceId, writer)
  const name = `trace-${downloadName(traceId)}${isOtel ? '-otel.json' : '.csv'}`
  return { chunks, headers: { 'content-disposition': `attachment; filename="${name}"` } }
}

/** Ids separated by commas; blanks around them and empty ones are dropped. */
export function traceIdsOf(list: string | undefined): string[] {
  return (list ?? '')
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '')
}

function opening(exportedAt: number): string {
  return `{"version":"1","format":"beacon","exported_at":${exportedAt},`
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
