import type { Access } from '@pharos/contract/route.ts'
import type { Caller } from '../../features/identity/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { conditional, tagged, tagHeaders } from '../../platform/http/conditional.ts'
import type { RequestFacts } from '../../platform/http/request-facts.ts'
import { serving, type AnyReply, type ReadyText, type Serve } from '../../platform/http/surface.ts'
import type { WrittenText } from '../../platform/threads/written-text.ts'

const plain = serving<Caller, Access>()

/** Joins a route to its handler; what a GET gives is tagged, so that it need not be sent twice. */
export const serve: Serve<Caller, Access> = (route, handle, options) => {
  const served = plain(route, handle, options)
  return { ...served, handle: async (call) => withTag(call.request, await served.handle(call)) }
}

/** A reader who says `no-cache` gets it whole. Source: hypersigil contract §0.1. */
function withTag(request: RequestFacts, reply: AnyReply): AnyReply {
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (!isRead || reply.status !== 200) return reply
  if ('json' in reply) return withOwnTag(request, reply)
  if (!('body' in reply) || reply.headers?.['cache-control'] !== undefined) return reply
  const { headers: given, body } = reply
  const { headers: own, ...known } = conditional(request, body)
  const headers = { ...own, ...given }
  if (known.status === 304)
    return wantsWhole(request) ? { ...reply, headers } : { ...known, headers }
  return { ...known, headers }
}

/** Text that was ready, with the tag that whoever wrote it gave it. */
function withOwnTag(
  request: RequestFacts,
  reply: AnyReply & { readonly json: ReadyText },
): AnyReply {
  const [, version] = /^W\/"(.*)"$/u.exec(reply.headers?.['etag'] ?? '') ?? []
  if (version === undefined || wantsWhole(request)) return reply
  const { status, ...rest } = tagged(request, { version, json: reply.json })
  return status === 304
    ? { status, text: '', contentType: 'text/plain', headers: rest.headers }
    : reply
}

function wantsWhole({ headers }: RequestFacts): boolean {
  return /(?:^|,)\s*no-cache\s*(?:,|$)/u.test(headers['cache-control'] ?? '')
}

/** Status 200 with a text that was written where its rows were read. */
export function written({ text, version }: WrittenText) {
  return { status: 200, json: text, headers: tagHeaders(version) } as const
}

/** What is refused here as 400, since the route does not declare 409. */
export async function conflictIsInvalid<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'conflict') throw error
    throw new DomainError('invalid', error.message, { details: error.details, cause: error })
  }
}
