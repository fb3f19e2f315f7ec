import { createCipheriv, createHash } from 'node:crypto'

/** An answer without what was asked for. */
export interface HubFault {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
}

/** What goes wrong with one content. */
export type BodyFault =
  | ({ readonly type: 'status' } & HubFault)
  /** The connection is lost after so many bytes. */
  | { readonly type: 'cut'; readonly afterBytes: number }
  /** Waits after so many bytes until it is released. */
  | { readonly type: 'hold'; readonly afterBytes: number }
  /** Ends well, but too early. */
  | { readonly type: 'end-early'; readonly afterBytes: number }
  /** Sends everything whatever part was asked for. */
  | { readonly type: 'ignore-range' }
  /** Sends something else. */
  | { readonly type: 'content'; readonly content: Buffer }

/** Bytes that begin as a GGUF file does, the same for the same seed. */
export function ggufLikeBytes(size: number, seed: string): Buffer {
  const key = createHash('sha256').update(seed).digest().subarray(0, 16)
  const noise = createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size))
  noise.write('GGUF', 'latin1')
  return noise
}

/** How a hub names the content of a large file. */
export function contentEtag(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

/** How git names a content. */
export function gitEtag(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
}
