import { createHash } from 'node:crypto'

/** Follows a file's bytes from its beginning and tells at the end whether they are the right ones. */
export interface Checksum {
  update(bytes: Uint8Array): void
  /** To be asked once. */
  isRight(): boolean
}

/**
 * The check that an etag stands for: 64 hex digits are the SHA-256 of the content, 40 are the SHA-1
 * by which git names it. With any other etag every content is right.
 */
export function checksumFor(etag: string, sizeBytes: number): Checksum {
  if (/^[\da-f]{64}$/iu.test(etag)) return hashed('sha256', etag, '')
  if (/^[\da-f]{40}$/iu.test(etag)) return hashed('sha1', etag, `blob ${sizeBytes}\0`)
  return { update: () => undefined, isRight: () => true }
}

function hashed(algorithm: 'sha256' | 'sha1', wanted: string, prefix: string): Checksum {
  const hash = createHash(algorithm).update(prefix)
  return {
    update: (bytes) => void hash.update(bytes),
    isRight: () => hash.digest('hex') === wanted.toLowerCase(),
  }
}
