import type { Access } from '@pharos/contract/route.ts'
import { roles, Scope, type Role } from '@pharos/contract/vocabulary.ts'
import type { Outcome } from './access-table.ts'

/** The least role that has each scope, decided by people. Source: rulings §2. */
const leastRole: Readonly<Record<Scope, Role>> = {
  'traces:read': 'viewer',
  'traces:write': 'user',
  'logs:read': 'viewer',
  'logs:write': 'user',
  'completions:run': 'user',
  'models:read': 'viewer',
  'models:manage': 'power_user',
  'prompts:read': 'viewer',
  'prompts:write': 'user',
  'prompts:preview': 'user',
  'data:read': 'viewer',
  'data:write': 'user',
  'executions:read': 'viewer',
  'executions:run': 'user',
  'deployments:manage': 'user',
  'deployments:run': 'user',
  'embeddings:run': 'user',
  'files:read': 'viewer',
  'files:upload': 'user',
  'webhooks:manage': 'admin',
  'jobs:read': 'user',
  'jobs:manage': 'admin',
  'conversations:own': 'user',
  'tokens:own': 'user',
  'users:manage': 'manager',
  'settings:manage': 'admin',
  'keys:manage': 'admin',
  'audit:read': 'admin',
}

/** Where a role of its own is asked for beside the scope. Source: bodhi §1.12, §1.13. */
const leastRoleOfPath: readonly (readonly [RegExp, Role])[] = [
  [/^\w+ \/bodhi\/v1\/tokens\b/, 'power_user'],
  [/^(?:PUT|DELETE) \/bodhi\/v1\/settings\//, 'admin'],
  // Everybody may look at themselves.
  [/^(?:GET|PUT) \/api\/v1\/users\/\{id\}/, 'manager'],
]

/** Where a good login without the power is answered as an unknown one. Source: thunder §1.5. */
const asUnknown = /^\w+ \/auth\//

/** What a person who is logged in may expect of a route. */
export function outcomeForRole(route: string, access: Access, role: Role): Outcome {
  const needed = leastRoleOfPath.find(([path]) => path.test(route))?.[1] ?? leastRoleFor(access)
  if (roles.indexOf(role) >= roles.indexOf(needed)) return 'served'
  return asUnknown.test(route) ? 401 : 403
}

function leastRoleFor(access: Access): Role {
  if (access === 'public' || access === 'session' || access === 'known') return 'viewer'
  if (access === 'ingest') return leastRole['traces:write']
  return leastRole[Scope.parse(access.replace('session:', ''))]
}

/** What somebody without a login may expect of a route that nobody opened to everybody. */
export function outcomeForNobody(access: Access): Outcome {
  return access === 'public' ? 'served' : 401
}
