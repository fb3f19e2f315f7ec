/** Nouns that every surface and the core share. Source: `docs/map.md`, rulings on roles and scopes. */
import { z } from 'zod'

export const spanTypes = [
  'llm_call',
  'tool_use',
  'agent_step',
  'browser_action',
  'file_operation',
  'shell_command',
  'chain',
  'custom',
] as const
export const SpanType = z.enum(spanTypes).meta({ id: 'SpanType' })
export type SpanType = z.infer<typeof SpanType>

export const spanStatuses = ['ok', 'error', 'unset'] as const
export const SpanStatus = z.enum(spanStatuses).meta({ id: 'SpanStatus' })
export type SpanStatus = z.infer<typeof SpanStatus>

/** From the least to the most powerful; each role may do all that the ones before it may. */
export const roles = ['viewer', 'user', 'power_user', 'manager', 'admin'] as const
export const Role = z.enum(roles)
export type Role = z.infer<typeof Role>

/** The closed list of powers a caller can hold. A route names the one it needs. */
export const scopes = [
  'traces:read',
  'traces:write',
  'logs:read',
  'logs:write',
  'completions:run',
  'models:read',
  'models:manage',
  'prompts:read',
  'prompts:write',
  'prompts:preview',
  'data:read',
  'data:write',
  'executions:read',
  'executions:run',
  'deployments:manage',
  'deployments:run',
  'embeddings:run',
  'files:read',
  'files:upload',
  'webhooks:manage',
  'jobs:read',
  'jobs:manage',
  'conversations:own',
  'tokens:own',
  'users:manage',
  'settings:manage',
  'keys:manage',
  'audit:read',
] as const
export const Scope = z.enum(scopes)
export type Scope = z.infer<typeof Scope>
