/**
 * Replies in either encoding. Pure. The field numbers are interface facts of OTLP
 * (`ExportTraceServiceResponse`) and of `google.rpc.Status`.
 */
import {
  protobufMedia,
  type ExportTraceReply,
  type RpcStatus,
} from '@pharos/contract/otlp/routes.ts'
import { Writer } from 'protobufjs/minimal.js'
import type { OtlpEncoding } from './encoding.ts'

/** What became of a request's spans. */
export interface Delivery {
  readonly rejected: number
  /** Why, in words for the exporter's log. */
  readonly reasons: readonly string[]
}

const maxReasons = 10

/** Success says nothing more; rejected spans are told, and must not be sent again. */
export function toExportReply(encoding: OtlpEncoding, delivery: Delivery) {
  const reply = exportReplyOf(delivery)
  return encoding === 'json'
    ? { status: 200 as const, body: reply }
    : { status: 200 as const, text: encodeExportReply(reply), contentType: protobufMedia }
}

function exportReplyOf({ rejected, reasons }: Delivery): ExportTraceReply {
  if (rejected === 0) return {}
  const errorMessage = reasons.slice(0, maxReasons).join('; ')
  return { partialSuccess: { rejectedSpans: String(rejected), errorMessage } }
}

function encodeExportReply({ partialSuccess }: ExportTraceReply): Uint8Array {
  const writer = Writer.create()
  if (!partialSuccess) return writer.finish()
  const { rejectedSpans, errorMessage } = partialSuccess
  writer.uint32(lengthDelimited(1)).fork()
  writer.uint32(varint(1)).int64(Number(rejectedSpans))
  writer.uint32(lengthDelimited(2)).string(errorMessage)
  return writer.ldelim().finish()
}

export function encodeStatus({ code, message }: RpcStatus): Uint8Array {
  const writer = Writer.create()
  writer.uint32(varint(1)).int32(code)
  return writer.uint32(lengthDelimited(2)).string(message).finish()
}

function varint(field: number): number {
  return field << 3
}

function lengthDelimited(field: number): number {
  return (field << 3) | 2
}
