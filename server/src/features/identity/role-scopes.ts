import { roles, scopes, type Role, type Scope } from '@pharos/contract/vocabulary.ts'

/** What each role adds to the ones below it (rulings, roles and scopes). */
const added: Readonly<Record<Role, readonly Scope[]>> = {
  viewer: [
    'traces:read',
    'logs:read',
    'models:read',
    'prompts:read',
    'data:read',
    'executions:read',
    'files:read',
  ],
  user: [
    'traces:write',
    'logs:write',
    'completions:run',
    'embeddings:run',
    'prompts:write',
    'prompts:preview',
    'data:write',
    'executions:run',
    'deployments:manage',
    'deployments:run',
    'files:upload',
    'jobs:read',
    'conversations:own',
    'tokens:own',
  ],
  power_user: ['models:manage'],
  manager: ['users:manage'],
  admin: scopes,
}

/** All that a role may do, which includes what the roles below it may. */
export function scopesOfRole(role: Role): ReadonlySet<Scope> {
  const upTo = roles.slice(0, roles.indexOf(role) + 1)
  return new Set(upTo.flatMap((name) => added[name]))
}
