import type { Access } from '@pharos/contract/route.ts'
import type { Caller } from '../../features/identity/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { shownSecrets } from '../../platform/http/shown-secrets.ts'
import type { RequestFacts } from '../../platform/http/request-facts.ts'
import type { Surface } from '../../platform/http/surface.ts'

type ResolveCaller = Surface<Caller, Access>['resolveCaller']

/** The same callers, refused in Hypersigil's words. Source: hypersigil contract §7.3, §7.6. */
export function inOwnWords(resolveCaller: ResolveCaller): ResolveCaller {
  return async (request, access) => {
    try {
      return await resolveCaller(request, access)
    } catch (error) {
      throw error instanceof DomainError ? toOwnWords(error, request) : error
    }
  }
}

function toOwnWords(error: DomainError, request: RequestFacts): DomainError {
  const message = messageFor(error, request)
  return message === undefined ? error : new DomainError(error.code, message, { cause: error })
}

function messageFor({ code }: DomainError, request: RequestFacts): string | undefined {
  const secrets = new Set(shownSecrets(request))
  const hasKey = typeof request.headers['x-api-key'] === 'string'
  if (code === 'forbidden') {
    return hasKey ? 'API key does not have required scope' : undefined
  }
  if (code !== 'unauthenticated' || secrets.size > 1) return undefined
  if (secrets.size === 0) return 'Missing or invalid authorization header/cookie'
  return hasKey ? 'Invalid API key' : 'Invalid or expired token'
}
