import type { UserInfo } from '@pharos/contract/bodhi/ground.ts'
import type {
  ApiToken,
  NewApiToken,
  OlderScope,
  TokenGrants,
  TokenScope,
} from '@pharos/contract/bodhi/tokens.ts'
import type { DescribedToken, NewToken, Token, TokenLevel } from '../../features/identity/index.ts'
import { toTime, toTimeOrNull } from '../../platform/iso-time.ts'

const levelOf: Readonly<Record<TokenScope | OlderScope, TokenLevel>> = {
  scope_token_user: 'user',
  scope_token_power_user: 'power_user',
  scope_token_manager: 'manager',
  scope_token_admin: 'admin',
  read: 'user',
  write: 'power_user',
  admin: 'admin',
}

export function toTokenScope(level: TokenLevel): TokenScope {
  return `scope_token_${level}`
}

/** Source: bodhi contract §1.12. What grants leave out is not granted. */
export function fromNewToken({ name, scope, grants, expires_at }: NewApiToken): NewToken {
  return {
    name: name ?? '',
    level: levelOf[scope ?? 'scope_token_user'],
    models: grants ? namesIn(grants.models) : null,
    hidesModels: grants ? grants.models_list !== true : false,
    expiresAt: expires_at ? Date.parse(expires_at) / 1000 : null,
  }
}

function namesIn(reach: TokenGrants['models'] | undefined): readonly string[] | null {
  if (reach === undefined) return []
  return reach.type === 'all' ? null : reach.ids
}

/** Its hash is as good as a secret for whoever may guess. */
const mask = '*'.repeat(12)

export function toApiToken(token: Token): ApiToken {
  const { models, hidesModels = false } = token
  return {
    id: token.id,
    user_id: token.userId,
    name: token.name,
    token_prefix: token.prefix,
    token_id: token.prefix,
    token_hash: mask,
    scopes: toTokenScope(token.level),
    status: token.status === 'active' ? 'active' : 'inactive',
    grants: {
      version: '1',
      models_list: !hidesModels,
      models: models === null ? { type: 'all' } : { type: 'specific', ids: [...models] },
      // There are no MCP servers.
      mcps_list: false,
      mcps: { type: 'specific', ids: [] },
    },
    last_used_at: toTimeOrNull(token.lastUsedAt),
    expires_at: toTimeOrNull(token.expiresAt),
    created_at: toTime(token.createdAt),
    updated_at: toTime(token.updatedAt),
  }
}

/** Source: bodhi contract §1.5, the members of newer clients. */
export function toAccess({ models, hidesModels }: DescribedToken): UserInfo['access'] {
  const list = !hidesModels
  return {
    models: models === null ? { type: 'all', list } : { type: 'specific', list, ids: [...models] },
    mcps: { type: 'specific', list: false, ids: [] },
  }
}
