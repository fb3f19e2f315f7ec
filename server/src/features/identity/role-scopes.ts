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

function upTo(role: Role): ReadonlySet<Scope> {
  const below = roles.slice(0, roles.indexOf(role) + 1)
  return new Set(below.flatMap((name) => added[name]))
}

/** Each role's, made once: a session asks at each request. */
const held: Readonly<Record<Role, ReadonlySet<Scope>>> = {
  viewer: upTo('viewer'),
  user: upTo('user'),
  power_user: upTo('power_user'),
  manager: upTo('manager'),
  admin: upTo('admin'),
}

/** All that a role may do, which includes what the roles below it may. */
export function scopesOfRole(role: Role): ReadonlySet<Scope> {
  return held[role]
}
