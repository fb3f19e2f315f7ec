/**
 * The messages that an OTLP trace request is made of: field numbers and types.
 *
 * Notice: these are interface facts of the OpenTelemetry protocol (opentelemetry-proto 1.x, packages
 * `opentelemetry.proto.collector.trace.v1`, `.trace.v1`, `.resource.v1` and `.common.v1`), written
 * down from its specification; no file of it is contained here. A test holds them against the bytes
 * of the stock exporters. Fields that are not read are left out, as a reader may.
 */

/** How a value stands on the wire; `id` are bytes that OTLP's JSON form writes in hexadecimal. */
export type ScalarType =
  | 'string'
  | 'bytes'
  | 'id'
  | 'bool'
  | 'int64'
  | 'fixed64'
  | 'double'
  | 'uint32'
  | 'enum'

export type MessageType =
  | 'ExportTraceServiceRequest'
  | 'ResourceSpans'
  | 'Resource'
  | 'ScopeSpans'
  | 'InstrumentationScope'
  | 'Span'
  | 'Event'
  | 'Link'
  | 'Status'
  | 'KeyValue'
  | 'AnyValue'
  | 'ArrayValue'
  | 'KeyValueList'

interface Named {
  /** As in OTLP's JSON form. */
  readonly name: string
}

export interface ScalarField extends Named {
  readonly type: ScalarType
}

export interface MessageField extends Named {
  readonly type: 'message'
  readonly message: MessageType
  readonly isRepeated: boolean
}

export type Field = ScalarField | MessageField

/** The fields of a message by their numbers. */
export type Fields = Readonly<Record<number, Field>>

export const traceMessages: Readonly<Record<MessageType, Fields>> = {
  ExportTraceServiceRequest: { 1: parts('resourceSpans', 'ResourceSpans') },
  ResourceSpans: { 1: part('resource', 'Resource'), 2: parts('scopeSpans', 'ScopeSpans') },
  Resource: { 1: parts('attributes', 'KeyValue') },
  ScopeSpans: { 1: part('scope', 'InstrumentationScope'), 2: parts('spans', 'Span') },
  InstrumentationScope: {
    1: scalar('name', 'string'),
    2: scalar('version', 'string'),
    3: parts('attributes', 'KeyValue'),
  },
  Span: {
    1: scalar('traceId', 'id'),
    2: scalar('spanId', 'id'),
    3: scalar('traceState', 'string'),
    4: scalar('parentSpanId', 'id'),
    5: scalar('name', 'string'),
    6: scalar('kind', 'enum'),
    7: scalar('startTimeUnixNano', 'fixed64'),
    8: scalar('endTimeUnixNano', 'fixed64'),
    9: parts('attributes', 'KeyValue'),
    10: scalar('droppedAttributesCount', 'uint32'),
    11: parts('events', 'Event'),
    12: scalar('droppedEventsCount', 'uint32'),
    13: parts('links', 'Link'),
    14: scalar('droppedLinksCount', 'uint32'),
    15: part('status', 'Status'),
  },
  Event: {
    1: scalar('timeUnixNano', 'fixed64'),
    2: scalar('name', 'string'),
    3: parts('attributes', 'KeyValue'),
  },
  Link: {
    1: scalar('traceId', 'id'),
    2: scalar('spanId', 'id'),
    3: scalar('traceState', 'string'),
    4: parts('attributes', 'KeyValue'),
  },
  Status: { 2: scalar('message', 'string'), 3: scalar('code', 'enum') },
  KeyValue: { 1: scalar('key', 'string'), 2: part('value', 'AnyValue') },
  AnyValue: {
    1: scalar('stringValue', 'string'),
    2: scalar('boolValue', 'bool'),
    3: scalar('intValue', 'int64'),
    4: scalar('doubleValue', 'double'),
    5: part('arrayValue', 'ArrayValue'),
    6: part('kvlistValue', 'KeyValueList'),
    7: scalar('bytesValue', 'bytes'),
  },
  ArrayValue: { 1: parts('values', 'AnyValue') },
  KeyValueList: { 1: parts('values', 'KeyValue') },
}

function scalar(name: string, type: ScalarType): ScalarField {
  return { name, type }
}

function part(name: string, message: MessageType): MessageField {
  return { name, type: 'message', message, isRepeated: false }
}

function parts(name: string, message: MessageType): MessageField {
  return { name, type: 'message', message, isRepeated: true }
}
