import { open } from 'node:fs/promises'
import { ggufFault } from './gguf-fault.ts'
import { HeaderReader, numberKinds, type NumberKind } from './header-reader.ts'

export type GgufValue =
  | { readonly type: NumberKind; readonly value: number | bigint }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'array' }

/** What a GGUF file says of itself, without its vocabulary and weights. */
export interface GgufHeader {
  readonly values: ReadonlyMap<string, GgufValue>
  /** Counted from the shapes of its tensors; null where they say nonsense. */
  readonly parameterCount: number | null
  /** The text of a token of the vocabulary; null for one that is not there. */
  readonly tokens: { readonly begin: string | null; readonly end: string | null }
}

/** In the order of their numbers in the file. */
const valueTypes = [
  'u8',
  'i8',
  'u16',
  'i16',
  'u32',
  'i32',
  'f32',
  'bool',
  'string',
  'array',
  'u64',
  'i64',
  'f64',
] as const

const longestKey = 65_535
const longestText = 1024 * 1024
const longestToken = 1024
/** Of these the longest; models hold some fifty. */
const mostValues = 2_000
const mostDimensions = 8
const mostTensors = 100_000
const tokensKey = 'tokenizer.ggml.tokens'

/**
 * Reads the beginning of a GGUF file of version 2 or 3, of either byte order. Reading goes in small
 * steps and keeps neither vocabularies nor texts over 1 MiB, so neither a large nor a hostile file
 * holds up the process. Throws DomainError `invalid` as `ggufFault` makes it, and the file system's
 * errors. Source of the rules: bodhi contract §4.10.
 */
export async function readGgufHeader(path: string): Promise<GgufHeader> {
  await using file = await open(path, 'r')
  const { size } = await file.stat()
  const reader = new HeaderReader(file, size)
  await readPreamble(reader)
  const tensorCount = await reader.count('u64')
  const valueCount = await reader.count('u64')
  const { values, tokensAt } = await readValues(reader, valueCount)
  const parameterCount = await countParameters(reader, tensorCount, size)
  const tokenAt = async (key: string): Promise<string | null> =>
    tokensAt === undefined ? null : readToken(reader, tokensAt, values.get(key))
  return {
    values,
    parameterCount,
    tokens: {
      begin: await tokenAt('tokenizer.ggml.bos_token_id'),
      end: await tokenAt('tokenizer.ggml.eos_token_id'),
    },
  }
}

async function readPreamble(reader: HeaderReader): Promise<void> {
  const magic = Buffer.from(await reader.bytes(4)).toString('latin1')
  if (magic !== 'GGUF') throw ggufFault('invalid_magic', 'The file is not a GGUF file')
  const bytes = await reader.bytes(4)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isKnown = (version: number): boolean => version >= 1 && version <= 3
  const isLittle = isKnown(view.getUint32(0, true))
  const version = view.getUint32(0, isLittle)
  if (!isKnown(version)) {
    throw ggufFault('malformed_version', 'The file tells no version of GGUF that there is')
  }
  if (version === 1) throw ggufFault('unsupported_version', 'GGUF of version 1 cannot be read')
  reader.setByteOrder(isLittle ? 'little' : 'big')
}

interface Values {
  readonly values: Map<string, GgufValue>
  readonly tokensAt: TokensAt | undefined
}

/** Where the vocabulary stands. */
interface TokensAt {
  readonly position: number
  readonly count: number
}

async function readValues(reader: HeaderReader, count: number): Promise<Values> {
  const values = new Map<string, GgufValue>()
  let tokensAt: TokensAt | undefined
  for (let left = count; left > 0; left--) {
    const key = await reader.text(longestKey)
    if (key === undefined) throw ggufFault('invalid_string', 'A key is too long')
    const type = await readType(reader, 'invalid_value_type')
    if (type === 'array') {
      const strings = await skipArray(reader)
      if (key === tokensKey) tokensAt = strings
    }
    const value = type === 'array' ? ({ type } as const) : await readScalar(reader, type)
    if (value !== undefined && values.size < mostValues) values.set(key, value)
  }
  return { values, tokensAt }
}

type ValueType = (typeof valueTypes)[number]

async function readType(
  reader: HeaderReader,
  fault: 'invalid_value_type' | 'invalid_array_value_type',
): Promise<ValueType> {
  const number = await reader.count('u32')
  const type = valueTypes[number]
  if (type === undefined)
    throw ggufFault(fault, `No value has the type ${number}`, { type: number })
  return type
}

async function readScalar(
  reader: HeaderReader,
  type: Exclude<ValueType, 'array'>,
): Promise<GgufValue | undefined> {
  if (type === 'bool') return { type, value: (await reader.number('u8')) !== 0 }
  if (type !== 'string') return { type, value: await reader.number(type) }
  const value = await reader.text(longestText)
  return value === undefined ? undefined : { type, value }
}

/** Passes over an array; of texts it gives where they are. */
async function skipArray(reader: HeaderReader): Promise<TokensAt | undefined> {
  const type = await readType(reader, 'invalid_array_value_type')
  const count = await reader.count('u64')
  if (type === 'array') {
    throw ggufFault('invalid_array_value_type', 'An array of arrays cannot be read')
  }
  const { position } = reader
  if (type !== 'string') {
    reader.skip(count * (type === 'bool' ? 1 : numberKinds[type].byteLength))
    return undefined
  }
  await reader.skipTexts(count)
  return { position, count }
}

/** A shape that the file could not hold at one bit for each parameter makes the count worthless. */
async function countParameters(
  reader: HeaderReader,
  tensorCount: number,
  sizeBytes: number,
): Promise<number | null> {
  if (tensorCount > mostTensors) return null
  let total = 0
  for (let left = tensorCount; left > 0; left--) {
    reader.skip(await reader.count('u64'))
    const dimensions = await reader.count('u32')
    if (dimensions > mostDimensions) return null
    let size = 1
    for (let index = 0; index < dimensions; index++) size *= await reader.count('u64')
    // Its type and its place.
    reader.skip(4 + 8)
    total += size
  }
  return total > 0 && total <= sizeBytes * 8 ? total : null
}

async function readToken(
  reader: HeaderReader,
  at: TokensAt,
  id: GgufValue | undefined,
): Promise<string | null> {
  const index = id !== undefined && 'value' in id ? Number(id.value) : -1
  if (!Number.isInteger(index) || index < 0 || index >= at.count) return null
  reader.moveTo(at.position)
  await reader.skipTexts(index)
  return (await reader.text(longestToken)) ?? null
}
