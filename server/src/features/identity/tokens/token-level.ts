import { roles, type Role, type Scope } from '@pharos/contract/vocabulary.ts'

/** How much a token may do; each level may do all that the ones before it may. */
export const tokenLevels = ['user', 'power_user', 'manager', 'admin'] as const
export type TokenLevel = (typeof tokenLevels)[number]

const use: readonly Scope[] = [
  'models:read',
  'completions:run',
  'embeddings:run',
  'conversations:own',
]
const manage: readonly Scope[] = [...use, 'models:manage']
const see: readonly Scope[] = [
  ...manage,
  'traces:read',
  'traces:write',
  'logs:read',
  'logs:write',
  'prompts:read',
  'prompts:write',
  'prompts:preview',
  'executions:read',
  'executions:run',
]

/** Source: rulings, roles and scopes. */
const scopesOf: Readonly<Record<TokenLevel, readonly Scope[]>> = {
  user: use,
  power_user: manage,
  manager: see,
  admin: see,
}

export function scopesOfLevel(level: TokenLevel): readonly Scope[] {
  return scopesOf[level]
}

/** Whether somebody of this role may hand out a token of this level. */
export function mayGive(role: Role, level: TokenLevel): boolean {
  return roles.indexOf(role) >= roles.indexOf(level)
}

/** Only a known word is a level: anything else can do the least. */
export function toLevel(word: string | null): TokenLevel {
  return tokenLevels.find((level) => level === word) ?? 'user'
}
