import { Root, type Type } from 'protobufjs/light.js'
import { traceMessages, type Field } from '../../src/features/traces/otlp/messages.ts'

/**
 * An OTLP trace request in protobuf, from the value that its JSON form parses to: encoded by the
 * library's own encoder, which shares with our decoder only the table of fields.
 */
export function encodeOtlp(request: unknown): Uint8Array {
  return requestType.encode(requestType.fromObject(toMessage(request))).finish()
}

/** Made once, since the library writes its encoder when it is first used. */
const requestType = describeRequest()

function describeRequest(): Type {
  const nested = Object.entries(traceMessages).map(([name, fields]) => {
    const described = Object.entries(fields).map(([id, field]) => [
      field.name,
      describe(Number(id), field),
    ])
    // Which value an AnyValue has is told even if that is empty, zero or false.
    const names = Object.values(fields).map((field) => field.name)
    const oneofs = name === 'AnyValue' ? { oneofs: { value: { oneof: names } } } : {}
    return [name, { fields: Object.fromEntries(described), ...oneofs }] as const
  })
  const root = Root.fromJSON({ nested: Object.fromEntries(nested) })
  return root.lookupType('ExportTraceServiceRequest')
}

function describe(id: number, field: Field) {
  if (field.type === 'message') {
    return { id, type: field.message, ...(field.isRepeated ? { rule: 'repeated' } : {}) }
  }
  const type = { id: 'bytes', enum: 'int32' }[field.type as string] ?? field.type
  return { id, type }
}

const idKeys = new Set(['traceId', 'spanId', 'parentSpanId'])

/** The library takes text for integers of 64 bits, but no text for bytes. */
function toMessage(value: unknown): Record<string, unknown> {
  return convert(value, '') as Record<string, unknown>
}

function convert(value: unknown, key: string): unknown {
  if (idKeys.has(key)) return Buffer.from(String(value), 'hex')
  if (key === 'bytesValue') return Buffer.from(String(value), 'base64')
  if (Array.isArray(value)) return value.map((element) => convert(element, ''))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, convert(inner, name)]),
  )
}
