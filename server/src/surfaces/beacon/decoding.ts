import { InputError } from '../../platform/http/input-error.ts'
import type { ErrorReply } from '../../platform/http/surface.ts'
import { inlineBodyBytes, type Job, type Workroom } from '../../platform/threads/workroom.ts'
import { RefusedBody, toErrorReply } from './errors.ts'

/** What a body turned out to be: something to store, or the reply that refuses it. */
export type Decoded<T> = { readonly value: T } | { readonly refusal: ErrorReply }

/** How a body is decoded: at once, or by a job that may give it in another form. */
export interface Decoder<T, J> {
  readonly inline: (body: Uint8Array) => Decoded<T>
  readonly job: Job<Uint8Array, Decoded<J>>
}

/** Decodes a body where its size does not hold up others. Throws `RefusedBody`. */
export async function decodeBody<T, J>(
  workroom: Workroom,
  body: Uint8Array<ArrayBuffer>,
  { inline, job }: Decoder<T, J>,
): Promise<T | J> {
  const decoded =
    body.byteLength <= inlineBodyBytes ? inline(body) : await workroom.run(job, body, [body.buffer])
  if ('refusal' in decoded) throw new RefusedBody(decoded.refusal)
  return decoded.value
}

/** Refusals cross threads as the reply they become, since errors lose what they know on the way. */
export function decoding<T>(decode: () => T): Decoded<T> {
  try {
    return { value: decode() }
  } catch (error) {
    if (error instanceof InputError) return { refusal: toErrorReply(error) }
    throw error
  }
}
