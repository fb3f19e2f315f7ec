import { setImmediate as otherTurn } from 'node:timers/promises'

/** How a vector stands in JSON: a list of numbers, or little-endian floats of 32 bits in base64. */
export type VectorForm = 'float' | 'base64'

/** A vector in the bytes in which it came, brackets or quotes included. */
export interface Vector {
  readonly form: VectorForm
  readonly bytes: readonly Uint8Array[]
  readonly dimensions: number
}

/** What is converted in one turn of the event loop: some milliseconds' work. */
const turnBytes = 128 * 1024

/** The same vectors, all in one form. Between some of them others have their turn. */
export async function toForm(
  vectors: readonly Vector[],
  form: VectorForm,
): Promise<readonly Vector[]> {
  const converted: Vector[] = []
  let leftBytes = turnBytes
  for (const vector of vectors) {
    if (leftBytes <= 0) {
      await otherTurn()
      leftBytes = turnBytes
    }
    converted.push(inForm(vector, form))
    if (vector.form !== form) leftBytes -= sizeOf(vector)
  }
  return converted
}

/** One vector in another form. Numbers that need more than 32 bits are rounded to them. */
export function inForm(vector: Vector, form: VectorForm): Vector {
  if (vector.form === form) return vector
  return form === 'base64' ? toBase64(vector) : toFloats(vector)
}

/** The vector of a text in base64. */
export function fromBase64(text: string): Vector {
  return base64Vector([Buffer.from(JSON.stringify(text))])
}

/** The vector of a JSON string, quotes included, whose text is base64. */
export function base64Vector(bytes: readonly Uint8Array[]): Vector {
  const characters = sizeOf({ bytes }) - 2
  // Four characters hold three bytes; what pads the last ones is less than a number.
  return { form: 'base64', bytes, dimensions: Math.floor((characters * 3) / 4 / floatBytes) }
}

const floatBytes = 4

function toBase64(vector: Vector): Vector {
  const numbers = numbersOf(parse(vector))
  const bytes = Buffer.allocUnsafe(numbers.length * floatBytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (const [at, number] of numbers.entries()) view.setFloat32(at * floatBytes, number, true)
  return base64Vector([Buffer.from(`"${bytes.toString('base64')}"`)])
}

function toFloats(vector: Vector): Vector {
  const text = parse(vector)
  const bytes = Buffer.from(typeof text === 'string' ? text : '', 'base64')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const dimensions = Math.floor(bytes.byteLength / floatBytes)
  const numbers = Array.from({ length: dimensions }, (_, at) =>
    view.getFloat32(at * floatBytes, true),
  )
  return { form: 'float', bytes: [Buffer.from(JSON.stringify(numbers))], dimensions }
}

function parse({ bytes }: Vector): unknown {
  const [first] = bytes
  const whole = bytes.length === 1 && first ? first : Buffer.concat(bytes)
  const { buffer, byteOffset, byteLength } = whole
  return JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString('latin1'))
}

/** What was scanned as a list of numbers is one; the compiler cannot know. */
function numbersOf(list: unknown): readonly number[] {
  return list as readonly number[]
}

function sizeOf({ bytes }: Pick<Vector, 'bytes'>): number {
  return bytes.reduce((sum, { byteLength }) => sum + byteLength, 0)
}
