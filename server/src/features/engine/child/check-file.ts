import { open } from 'node:fs/promises'
import { RefusedError } from './refusal.ts'

/** Magic, version and two counts. */
const headerBytes = 24

/** Refuses what is no GGUF file that llama.cpp reads, before anything native sees it. */
export async function checkFile(path: string, name: string): Promise<void> {
  const header = await readHeader(path, name)
  const cannot = `${name} cannot be loaded`
  if (header.toString('latin1', 0, 4) !== 'GGUF') {
    throw malformed('invalid_magic', `${cannot}: it is no GGUF file`)
  }
  if (header.length < headerBytes) {
    throw malformed('unexpected_eof', `${cannot}: the file ends within its header`)
  }
  const version = header.readUInt32LE(4)
  const swapped = header.readUInt32BE(4)
  if (version === 2 || version === 3) return
  if (version === 1) {
    throw malformed('unsupported_version', `${cannot}: GGUF version 1 is no longer read`)
  }
  if (swapped >= 1 && swapped <= 3) {
    throw malformed('unsupported_version', `${cannot}: it is written for big-endian machines`)
  }
  throw malformed('malformed_version', `${cannot}: it says to be GGUF version ${version}`)
}

/** A GGUF file that is not as it must be; `code` without the contract's prefix. */
export function malformed(code: string, message: string): RefusedError {
  return new RefusedError({ status: 422, code: `gguf_metadata_error-${code}`, message })
}

async function readHeader(path: string, name: string): Promise<Buffer> {
  const file = await openFile(path, name)
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(headerBytes), 0, headerBytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

async function openFile(path: string, name: string): ReturnType<typeof open> {
  try {
    return await open(path, 'r')
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (!isGone) throw error
    const message = `The file of ${name} is gone`
    throw new RefusedError({ status: 404, code: 'hub_file_not_found_error', message })
  }
}
