import {
  keyScopes,
  type KeyScope,
  type PublicApiKey,
} from '@pharos/contract/hypersigil/api-keys.ts'
import type { Scope } from '@pharos/contract/vocabulary.ts'
import type { ApiKey } from '../../features/identity/index.ts'
import { toTime } from '../../platform/iso-time.ts'

/** Our scope behind each word of a key. Source: rulings §2. */
const scopeOf: Readonly<Record<KeyScope, Scope>> = {
  'executions:run': 'executions:run',
  'executions:read': 'executions:read',
  'prompts:preview': 'prompts:preview',
  'prompts:read': 'prompts:read',
  'files:upload': 'files:upload',
  'deployments:run': 'deployments:run',
  'deployment-embeddings:run': 'embeddings:run',
}

export function fromKeyScopes(words: readonly KeyScope[]): readonly Scope[] {
  return words.map((word) => scopeOf[word])
}

/** Scopes without a word are not shown. */
function toKeyScopes(scopes: readonly Scope[]): KeyScope[] {
  return scopes.flatMap((scope) => keyScopes.find((word) => scopeOf[word] === scope) ?? [])
}

export function toPublicKey(key: ApiKey): PublicApiKey {
  const { lastUsedAt, lastIp = null } = key
  return {
    id: key.id,
    name: key.name,
    key_prefix: key.prefix,
    permissions: { scopes: toKeyScopes(key.scopes) },
    status: key.status === 'active' ? 'active' : 'revoked',
    usage_stats: {
      total_requests: key.requestCount,
      ...(lastUsedAt !== null && { last_used_at: toTime(lastUsedAt) }),
      ...(lastIp !== null && { last_ip: lastIp }),
    },
    created_at: toTime(key.createdAt),
    updated_at: toTime(key.updatedAt),
  }
}
