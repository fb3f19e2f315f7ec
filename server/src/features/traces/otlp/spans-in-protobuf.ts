import { Reader } from 'protobufjs/minimal.js'
import { DomainError } from '../../../platform/domain-error.ts'
import type { JsonObject } from '../../../platform/json.ts'
import type { FoundSpan } from './found-span.ts'
import { traceMessages, type Field, type MessageField, type MessageType } from './messages.ts'
import { originOf } from './origin.ts'
import { readScalar, type ProtobufSource } from './read-scalar.ts'

/** Attributes of the greatest depth that is stored need three messages for each level. */
const maxMessageDepth = 640

/**
 * A body of the allowed size can hold thirty million empty messages, more than memory has room
 * for; a body of real spans has a million.
 */
const maxMessages = 4_000_000

const wireTypes = {
  bool: 0,
  int64: 0,
  uint32: 0,
  enum: 0,
  fixed64: 1,
  double: 1,
  string: 2,
  bytes: 2,
  id: 2,
  message: 2,
} as const satisfies Record<Field['type'], number>

/**
 * The spans of an `ExportTraceServiceRequest` in protobuf, each decoded when it is asked for, to the
 * value that its JSON form would parse to: ids in hexadecimal, integers of 64 bits as numbers
 * where a double holds them and else as digits. Unknown fields are passed over. A message nested
 * deeper than any attribute may be is left empty, so that its span is refused and no other.
 * Throws DomainError `invalid` at the first bytes that cannot be decoded.
 */
export function* spansInProtobuf(bytes: Uint8Array): Generator<FoundSpan> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const decoding: Decoding = { reader: Reader.create(buffer), buffer, messagesLeft: maxMessages }
  const request = decode(decoding, 'ExportTraceServiceRequest', {
    start: 0,
    end: bytes.byteLength,
  })
  for (const inRequest of extentsIn(request, 'resourceSpans')) {
    const resourceSpans = decode(decoding, 'ResourceSpans', inRequest)
    for (const inResource of extentsIn(resourceSpans, 'scopeSpans')) {
      const scopeSpans = decode(decoding, 'ScopeSpans', inResource)
      const origin = originOf(resourceSpans['resource'], scopeSpans['scope'])
      for (const inScope of extentsIn(scopeSpans, 'spans')) {
        yield { span: decode(decoding, 'Span', inScope), origin }
      }
    }
  }
}

interface Decoding extends ProtobufSource {
  messagesLeft: number
}

/** Where a message stands. */
interface Extent {
  readonly start: number
  readonly end: number
}

/** Messages of these types are only found at first, and decoded by themselves later. */
const later: ReadonlySet<MessageType> = new Set(['ResourceSpans', 'ScopeSpans', 'Span'])

/** What `readPart` noted of the messages that are decoded later. */
function extentsIn(message: JsonObject, name: string): readonly Extent[] {
  return (message[name] ?? []) as readonly Extent[]
}

function decode(decoding: Decoding, type: MessageType, { start, end }: Extent): JsonObject {
  const { reader } = decoding
  try {
    reader.pos = start
    return readMessage(decoding, type, { end, depth: 0 }, {})
  } catch (error) {
    // The reader tells of bad bytes by plain errors; nothing else here can fail.
    const reason = error instanceof Error ? error.message : 'it is malformed'
    const message = `The body is not an ExportTraceServiceRequest in protobuf: ${reason}`
    throw new DomainError('invalid', message, { cause: error })
  }
}

interface Place {
  readonly end: number
  readonly depth: number
}

type Message = Record<string, unknown>

/** Reads into `message`, since a message may come in several pieces. */
function readMessage(
  decoding: Decoding,
  type: MessageType,
  { end, depth }: Place,
  message: Message,
): Message {
  const { reader } = decoding
  const fields = traceMessages[type]
  const outerEnd = reader.len
  if (end > outerEnd) throw new Error('a message is longer than what holds it')
  // No read goes past this until the message is over.
  reader.len = end
  while (reader.pos < end) {
    const tag = reader.tag()
    const field = fields[tag >>> 3]
    if (field === undefined || (tag & 7) !== wireTypes[field.type]) {
      reader.skipType(tag & 7, 0, tag >>> 3)
    } else if (field.type === 'message') {
      readPart(decoding, field, depth + 1, message)
    } else {
      message[field.name] = readScalar(decoding, field.type)
    }
  }
  if (reader.pos !== end) throw new Error('a value is longer than what holds it')
  reader.len = outerEnd
  return message
}

function readPart(
  decoding: Decoding,
  { name, message: type, isRepeated }: MessageField,
  depth: number,
  holder: Message,
): void {
  const { reader } = decoding
  decoding.messagesLeft -= 1
  if (decoding.messagesLeft < 0) throw new Error(`it has more than ${maxMessages} parts`)
  const size = reader.size()
  const start = reader.pos
  const end = start + size
  const known = holder[name]
  let part: unknown
  if (later.has(type)) {
    reader.skip(size)
    part = { start, end } satisfies Extent
  } else {
    const into = isRepeated || !isMessage(known) ? newMessage(type) : known
    if (depth > maxMessageDepth) reader.skip(size)
    else readMessage(decoding, type, { end, depth }, into)
    part = into
  }
  if (!isRepeated) holder[name] = part
  else if (Array.isArray(known)) known.push(part)
  else holder[name] = [part]
}

/** A key that is not there is the empty one; JSON always tells it. */
function newMessage(type: MessageType): Message {
  return type === 'KeyValue' ? { key: '' } : {}
}

/** What this file itself put in the place of a singular message. */
function isMessage(value: unknown): value is Message {
  return value !== undefined
}
