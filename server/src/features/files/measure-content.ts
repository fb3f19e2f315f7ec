import { createHash } from 'node:crypto'
import { defineJob, type Workroom } from '../../platform/threads/workroom.ts'

/** What base64 text holds. */
export interface Measured {
  readonly sizeBytes: number
  /** Of the bytes, in hex. */
  readonly sha256: string
}

/** Null for what is not base64 with its padding and nothing else, as RFC 4648 §4 has it. */
export function measureContent(data: string): Measured | null {
  const bytes = Buffer.from(data, 'base64')
  if (bytes.toString('base64') !== data) return null
  return { sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

export const measureJob = defineJob<string, Measured | null>({
  module: import.meta.url,
  name: 'measureJob',
  run: async (data) => measureContent(data),
})

const smallLength = 256 * 1024

/** The same, off the main thread where it would hold that up. */
export async function measureAnywhere(
  { workroom }: { readonly workroom: Workroom },
  data: string,
): Promise<Measured | null> {
  return data.length <= smallLength ? measureContent(data) : workroom.run(measureJob, data)
}
