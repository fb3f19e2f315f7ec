/** Writes GGUF, the file format of llama.cpp's models, so that tests need no downloaded model. */

export type GgufScalarType =
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'uint32'
  | 'int32'
  | 'float32'
  | 'bool'
  | 'string'
  | 'uint64'
  | 'int64'
  | 'float64'

export type GgufScalar = string | number | bigint | boolean

/** Plain strings, booleans, whole numbers (uint32) and others (float32) need no type beside them. */
export type GgufValue =
  | string
  | boolean
  | number
  | readonly string[]
  | Int32Array
  | Float32Array
  | { readonly type: GgufScalarType; readonly value: GgufScalar }
  | { readonly arrayOf: GgufScalarType; readonly values: readonly GgufScalar[] }

export type TensorType = 'f32' | 'f16' | 'q8_0'

export interface GgufTensor {
  readonly name: string
  /** The innermost first, as ggml counts. */
  readonly shape: readonly number[]
  readonly type: TensorType
  readonly values: Float32Array
}

export interface GgufContent {
  readonly metadata: Readonly<Record<string, GgufValue>>
  readonly tensors: readonly GgufTensor[]
  /** Default 3. */
  readonly version?: number
  /** Default little. Big-endian files hold no tensors here. */
  readonly byteOrder?: 'little' | 'big'
}

const typeNumbers: Readonly<Record<GgufScalarType | 'array', number>> = {
  uint8: 0,
  int8: 1,
  uint16: 2,
  int16: 3,
  uint32: 4,
  int32: 5,
  float32: 6,
  bool: 7,
  string: 8,
  array: 9,
  uint64: 10,
  int64: 11,
  float64: 12,
}

const tensorNumbers: Readonly<Record<TensorType, number>> = { f32: 0, f16: 1, q8_0: 8 }
const alignment = 32

/** The bytes of a whole file. */
export function encodeGguf(content: GgufContent): Buffer {
  const sink = new ByteSink(content.byteOrder !== 'big')
  const entries = Object.entries(content.metadata)
  // The magic is the same four letters in either byte order.
  sink.bytes(Buffer.from('GGUF'))
  sink.scalar('uint32', content.version ?? 3)
  sink.scalar('uint64', content.tensors.length)
  sink.scalar('uint64', entries.length)
  for (const [key, value] of entries) {
    sink.scalar('string', key)
    writeValue(sink, value)
  }
  const data = content.tensors.map((tensor) => tensorBytes(tensor))
  let offset = 0
  for (const [index, tensor] of content.tensors.entries()) {
    sink.scalar('string', tensor.name)
    sink.scalar('uint32', tensor.shape.length)
    for (const length of tensor.shape) sink.scalar('uint64', length)
    sink.scalar('uint32', tensorNumbers[tensor.type])
    sink.scalar('uint64', offset)
    offset += aligned(data[index]?.byteLength ?? 0)
  }
  sink.pad()
  for (const bytes of data) {
    sink.bytes(bytes)
    sink.pad()
  }
  return sink.take()
}

function writeValue(sink: ByteSink, value: GgufValue): void {
  const { type, values, isArray } = typed(value)
  if (!isArray) {
    sink.scalar('uint32', typeNumbers[type])
    for (const scalar of values) sink.scalar(type, scalar)
    return
  }
  sink.scalar('uint32', typeNumbers.array)
  sink.scalar('uint32', typeNumbers[type])
  sink.scalar('uint64', values.length)
  for (const scalar of values) sink.scalar(type, scalar)
}

interface TypedValue {
  readonly type: GgufScalarType
  readonly values: ArrayLike<GgufScalar> & Iterable<GgufScalar>
  readonly isArray: boolean
}

function typed(value: GgufValue): TypedValue {
  if (typeof value === 'string') return { type: 'string', values: [value], isArray: false }
  if (typeof value === 'boolean') return { type: 'bool', values: [value], isArray: false }
  if (typeof value === 'number') {
    const type = Number.isInteger(value) && value >= 0 ? 'uint32' : 'float32'
    return { type, values: [value], isArray: false }
  }
  if (value instanceof Int32Array) return { type: 'int32', values: value, isArray: true }
  if (value instanceof Float32Array) return { type: 'float32', values: value, isArray: true }
  if ('arrayOf' in value) return { type: value.arrayOf, values: value.values, isArray: true }
  if ('type' in value) return { type: value.type, values: [value.value], isArray: false }
  return { type: 'string', values: value, isArray: true }
}

function tensorBytes({ name, shape, type, values }: GgufTensor): Uint8Array {
  const count = shape.reduce((product, length) => product * length, 1)
  if (count !== values.length) throw new Error(`${name}: ${values.length} values for ${count}`)
  if (type === 'f32') return viewOf(values)
  if (type === 'f16') return viewOf(new Float16Array(values))
  return quantized(values)
}

function viewOf(values: Float32Array | Float16Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

/** Q8_0: blocks of 32 values, each block a scale in 16 bits and 32 signed bytes. */
function quantized(values: Float32Array): Uint8Array {
  const blocks = values.length / 32
  if (!Number.isInteger(blocks)) throw new Error('Q8_0 needs rows of a multiple of 32 values')
  const bytes = new Uint8Array(blocks * 34)
  const view = new DataView(bytes.buffer)
  for (let block = 0; block < blocks; block++) {
    const part = values.subarray(block * 32, block * 32 + 32)
    const scale = part.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) / 127
    view.setFloat16(block * 34, scale, true)
    for (const [index, value] of part.entries()) {
      view.setInt8(block * 34 + 2 + index, scale === 0 ? 0 : Math.round(value / scale))
    }
  }
  return bytes
}

function aligned(length: number): number {
  return Math.ceil(length / alignment) * alignment
}

/** Bytes that grow. */
class ByteSink {
  readonly #isLittle: boolean
  #buffer = Buffer.alloc(1 << 16)
  #length = 0

  constructor(isLittle: boolean) {
    this.#isLittle = isLittle
  }

  scalar(type: GgufScalarType, value: GgufScalar): void {
    if (type === 'string') {
      const text = Buffer.from(String(value))
      this.scalar('uint64', text.byteLength)
      this.bytes(text)
      return
    }
    const view = this.#room(8)
    this.#length += this.#write(view, type, value)
  }

  bytes(bytes: Uint8Array): void {
    this.#room(bytes.byteLength)
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.byteLength
  }

  pad(): void {
    const missing = aligned(this.#length) - this.#length
    this.#room(missing)
    this.#length += missing
  }

  take(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  /** A view at the end that so many bytes may be written to; fresh bytes are zero. */
  #room(byteLength: number): DataView {
    const needed = this.#length + byteLength
    if (needed > this.#buffer.byteLength) {
      const grown = Buffer.alloc(Math.max(needed, this.#buffer.byteLength * 2))
      grown.set(this.#buffer.subarray(0, this.#length))
      this.#buffer = grown
    }
    return new DataView(this.#buffer.buffer, this.#buffer.byteOffset + this.#length)
  }

  #write(view: DataView, type: Exclude<GgufScalarType, 'string'>, value: GgufScalar): number {
    const isLittle = this.#isLittle
    switch (type) {
      case 'uint8':
        view.setUint8(0, Number(value))
        return 1
      case 'int8':
        view.setInt8(0, Number(value))
        return 1
      case 'bool':
        view.setUint8(0, value ? 1 : 0)
        return 1
      case 'uint16':
        view.setUint16(0, Number(value), isLittle)
        return 2
      case 'int16':
        view.setInt16(0, Number(value), isLittle)
        return 2
      case 'uint32':
        view.setUint32(0, Number(value), isLittle)
        return 4
      case 'int32':
        view.setInt32(0, Number(value), isLittle)
        return 4
      case 'float32':
        view.setFloat32(0, Number(value), isLittle)
        return 4
      case 'uint64':
        view.setBigUint64(0, BigInt(value), isLittle)
        return 8
      case 'int64':
        view.setBigInt64(0, BigInt(value), isLittle)
        return 8
      case 'float64':
        view.setFloat64(0, Number(value), isLittle)
        return 8
    }
  }
}
