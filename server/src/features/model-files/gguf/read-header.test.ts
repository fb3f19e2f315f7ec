import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  encodeGguf,
  type GgufContent,
  type GgufValue,
} from '../../../../test/support/gguf/encode-gguf.ts'
import { encodeTinyModel } from '../../../../test/support/gguf/tiny-model.ts'
import { readGgufHeader } from './read-header.ts'

const empty: GgufContent = { metadata: {}, tensors: [] }

/** A header with one value, whose bytes are spelled out from its type on. */
function withValue(...bytes: readonly number[]): Buffer {
  const whole = encodeGguf({ ...empty, metadata: { key: { type: 'uint8', value: 7 } } })
  const end = whole.indexOf('key') + 3
  return Buffer.concat([whole.subarray(0, end), Buffer.from(bytes)])
}

const u32 = (value: number): readonly number[] => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return [...bytes]
}
const u64 = (value: bigint): readonly number[] => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return [...bytes]
}
const huge = 0xffff_ffff_ffff_ffffn

describe('A GGUF header', () => {
  let dir = ''
  let path = ''

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'pharos-gguf-'))
    path = join(dir, 'model.gguf')
  })
  afterAll(() => rm(dir, { recursive: true, force: true }))

  const read = async (bytes: Uint8Array) => {
    await writeFile(path, bytes)
    return readGgufHeader(path)
  }
  const faultOf = async (bytes: Uint8Array) => {
    const error: unknown = await read(bytes).catch((fault: unknown) => fault)
    expect(error).toMatchObject({ name: 'DomainError', code: 'invalid' })
    return error
  }
  const expectFault = async (bytes: Uint8Array, reason: string) => {
    const details = { status: 422, code: `gguf_metadata_error-${reason}`, reason }
    expect(await faultOf(bytes)).toMatchObject({ details })
  }

  const everyType: Record<string, GgufValue> = {
    u8: { type: 'uint8', value: 255 },
    i8: { type: 'int8', value: -128 },
    u16: { type: 'uint16', value: 65_535 },
    i16: { type: 'int16', value: -2 },
    u32: 4_294_967_295,
    i32: { type: 'int32', value: -3 },
    f32: { type: 'float32', value: 0.5 },
    yes: true,
    no: false,
    text: 'Grüße 🌊',
    nothing: '',
    words: ['a', '', 'ccc'],
    numbers: Int32Array.of(1, 2, 3),
    flags: { arrayOf: 'bool', values: [true, false] },
    doubles: { arrayOf: 'float64', values: [1, 2] },
    u64: { type: 'uint64', value: 2n ** 60n },
    i64: { type: 'int64', value: -(2n ** 60n) },
    f64: { type: 'float64', value: 0.1 },
  }

  it.each([
    ['little', 2],
    ['little', 3],
    ['big', 2],
    ['big', 3],
  ] as const)('is read in %s-endian order, version %i', async (byteOrder, version) => {
    const { values } = await read(
      encodeGguf({ metadata: everyType, tensors: [], byteOrder, version }),
    )
    expect(Object.fromEntries(values)).toEqual({
      u8: { type: 'u8', value: 255 },
      i8: { type: 'i8', value: -128 },
      u16: { type: 'u16', value: 65_535 },
      i16: { type: 'i16', value: -2 },
      u32: { type: 'u32', value: 4_294_967_295 },
      i32: { type: 'i32', value: -3 },
      f32: { type: 'f32', value: 0.5 },
      yes: { type: 'bool', value: true },
      no: { type: 'bool', value: false },
      text: { type: 'string', value: 'Grüße 🌊' },
      nothing: { type: 'string', value: '' },
      words: { type: 'array' },
      numbers: { type: 'array' },
      flags: { type: 'array' },
      doubles: { type: 'array' },
      u64: { type: 'u64', value: 2n ** 60n },
      i64: { type: 'i64', value: -(2n ** 60n) },
      f64: { type: 'f64', value: 0.1 },
    })
  })

  it('tells the tokens around a text, and how many parameters its tensors hold', async () => {
    const header = await read(
      encodeTinyModel({ vocabSize: 512, embeddingLength: 64, blockCount: 2 }),
    )
    expect(header.tokens).toEqual({ begin: '<s>', end: '</s>' })
    const perBlock = 4 * 64 * 64 + 3 * 64 * 128 + 2 * 64
    expect(header.parameterCount).toBe(2 * 512 * 64 + 64 + 2 * perBlock)
  })

  it('is read whole when it is far longer than one read', async () => {
    const words = Array.from({ length: 120_000 }, (_, index) => `token ${index}`)
    const { values, tokens } = await read(
      encodeGguf({
        metadata: {
          'tokenizer.ggml.bos_token_id': 119_999,
          'tokenizer.ggml.eos_token_id': { type: 'int32', value: -1 },
          'tokenizer.ggml.tokens': words,
          template: 'x'.repeat(1024 * 1024),
          'general.name': 'last',
        },
        tensors: [],
      }),
    )
    expect(tokens).toEqual({ begin: 'token 119999', end: null })
    expect(values.get('general.name')).toEqual({ type: 'string', value: 'last' })
    const template = values.get('template')
    expect(template?.type === 'string' && template.value.length).toBe(1024 * 1024)
  })

  it('passes over text that nobody can want', async () => {
    const { values } = await read(
      encodeGguf({ metadata: { long: 'x'.repeat(1024 * 1024 + 1), after: 1 }, tensors: [] }),
    )
    expect([...values.keys()]).toEqual(['after'])
  })

  it.each([
    ['invalid_magic', Buffer.from('GGML0000000000000000')],
    ['malformed_version', encodeGguf({ ...empty, version: 4 })],
    ['malformed_version', encodeGguf({ ...empty, version: 0 })],
    ['unsupported_version', encodeGguf({ ...empty, version: 1 })],
    ['unsupported_version', encodeGguf({ ...empty, version: 1, byteOrder: 'big' })],
    ['unexpected_eof', Buffer.alloc(0)],
    ['unexpected_eof', Buffer.from('GG')],
    ['unexpected_eof', Buffer.from('GGUF')],
    ['invalid_value_type', withValue(...u32(13), 0)],
    ['invalid_array_value_type', withValue(...u32(9), ...u32(13), ...u64(0n))],
    ['invalid_array_value_type', withValue(...u32(9), ...u32(9), ...u64(0n))],
    ['invalid_string', withValue(...u32(8), ...u64(2n), 0xc3, 0x28)],
    ['unexpected_eof', withValue(...u32(8), ...u64(huge))],
    ['unexpected_eof', withValue(...u32(9), ...u32(8), ...u64(huge))],
    ['unexpected_eof', withValue(...u32(9), ...u32(8), ...u64(1n), ...u64(huge))],
    ['unexpected_eof', withValue(...u32(9), ...u32(12), ...u64(huge))],
    ['unexpected_eof', Buffer.from([...Buffer.from('GGUF'), ...u32(3), ...u64(0n), ...u64(huge)])],
  ])('has no meaning: %s %#', async (reason, bytes) => {
    await expectFault(bytes, reason)
  })

  it('takes nothing on trust when a tensor lies about its shape', async () => {
    const tensors = [
      { name: 'lie', shape: [32], type: 'f32' as const, values: new Float32Array(32) },
    ]
    const bytes = encodeGguf({ metadata: {}, tensors })
    bytes.writeBigUInt64LE(2n ** 40n, bytes.indexOf('lie') + 3 + 4)
    expect(await read(bytes)).toMatchObject({ parameterCount: null })
    bytes.writeUInt32LE(4_000_000_000, bytes.indexOf('lie') + 3)
    expect(await read(bytes)).toMatchObject({ parameterCount: null })
  })

  it('is bounded by the file, however much of it is a hole', async () => {
    await writeFile(path, withValue(...u32(9), ...u32(8), ...u64(100_000_000_000n)))
    await truncate(path, 2 ** 40)
    await expect(readGgufHeader(path)).rejects.toMatchObject({
      details: { reason: 'unexpected_eof' },
    })
  })

  it('cut off anywhere is refused in words, never read as zeros', async () => {
    const metadata = { ...everyType, 'tokenizer.ggml.tokens': ['a', 'b'] }
    const tensors = [{ name: 'a', shape: [32], type: 'f32' as const, values: new Float32Array(32) }]
    const whole = encodeGguf({ metadata, tensors })
    const headerEnd = whole.length - 32 * 4 - 31
    const lengths = fc.integer({ min: 0, max: headerEnd - 32 })
    await fc.assert(
      fc.asyncProperty(lengths, async (length) => {
        expect(await faultOf(whole.subarray(0, length))).toMatchObject({
          details: { reason: 'unexpected_eof' },
        })
      }),
      { numRuns: 60 },
    )
  })

  it('with any byte changed is read or refused, and nothing else', async () => {
    const whole = encodeGguf({ metadata: everyType, tensors: [] })
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255))
    await fc.assert(
      fc.asyncProperty(change, async ([at, byte]) => {
        const changed = Buffer.from(whole)
        changed[at] = byte
        const outcome: unknown = await read(changed).catch((error: unknown) => error)
        const isRead = typeof outcome === 'object' && outcome !== null && 'values' in outcome
        if (!isRead) expect(outcome).toMatchObject({ name: 'DomainError', code: 'invalid' })
      }),
      { numRuns: 100 },
    )
  })
})
