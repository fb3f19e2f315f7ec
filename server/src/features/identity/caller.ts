import { scopes, type Role, type Scope } from '@pharos/contract/vocabulary.ts'
import { versionOf, type ApiKey } from './api-key.ts'
import type { KeyLimits } from './key-limits.ts'
import { scopesOfRole } from './role-scopes.ts'
import type { LiveSession } from './sessions/session.ts'

/** The request that a caller came with, for the audit. */
export interface CallerFrom {
  readonly ip: string | null
  readonly requestId: string | null
}

interface Powered {
  readonly scopes: ReadonlySet<Scope>
  /** Not given for what starts by itself. */
  readonly from?: CallerFrom
}

/**
 * Who asks. Made only where a request enters (`surfaces/<name>/caller.ts`) or work starts by
 * itself (`app/workers.ts`); the core never sees a header.
 */
export type Caller =
  | (Powered & { readonly kind: 'local' })
  | (Powered & {
      readonly kind: 'apiKey'
      readonly keyId: string
      readonly userId: string | null
      /** Owner label that narrows what the key reaches; null reaches all of the team's. */
      readonly subject: string | null
      /** What the key is called. */
      readonly name?: string
      /** Which state of the key gave these powers, for what outlives the request. */
      readonly keyVersion?: string
      /** What it may use, if that is limited. */
      readonly limits?: KeyLimits
      /** The models it reaches; all if not given. */
      readonly models?: readonly string[]
      /** Whether it is not shown that there are others. */
      readonly hidesModels?: boolean
    })
  | (Powered & {
      readonly kind: 'session'
      readonly sessionId: string
      readonly userId: string
      readonly role: Role
      /** What the person is called. */
      readonly name?: string
    })
  | (Powered & { readonly kind: 'oauthToken'; readonly userId: string; readonly role: Role })
  | (Powered & {
      readonly kind: 'shareLink'
      readonly targetKind: string
      readonly targetId: string
    })
  | (Powered & { readonly kind: 'job'; readonly jobType: string })
  | (Powered & { readonly kind: 'anonymous' })

/** The person at this machine, who may do everything. */
export function localCaller(): Caller {
  return { kind: 'local', scopes: new Set(scopes) }
}

/** Nobody in particular, with the powers that a route gives to everybody. */
export function anonymousCaller(granted: readonly Scope[] = []): Caller {
  return { kind: 'anonymous', scopes: new Set(granted) }
}

/** Work that starts by itself, with the powers it needs. */
export function jobCaller(jobType: string, granted: readonly Scope[]): Caller {
  return { kind: 'job', jobType, scopes: new Set(granted) }
}

/** The same caller with one more power, for what the house itself does on its behalf. */
export function lendScope(caller: Caller, scope: Scope): Caller {
  return { ...caller, scopes: new Set([...caller.scopes, scope]) }
}

/** Whoever holds the key. */
export function apiKeyCaller(key: ApiKey): Caller {
  const { id, userId, subject, name, limits, models, hidesModels, scopes: granted } = key
  const given = {
    keyId: id,
    userId,
    subject,
    name,
    keyVersion: versionOf(key),
    ...(limits !== null && { limits }),
    ...(models !== null && { models }),
    ...(hidesModels === true && { hidesModels }),
  }
  return { kind: 'apiKey', ...given, scopes: new Set(granted) }
}

/** A person who is logged in, with the powers that the role gives now. */
export function sessionCaller({ id, userId, role, name }: LiveSession): Caller {
  return { kind: 'session', sessionId: id, userId, role, name, scopes: scopesOfRole(role) }
}

const ownerIdPrefix = 'owner:'

/** Whoever knows the key of an engine that logged: its rows are theirs, and nothing else is. */
export function ownerKeyCaller(ownerKey: string, name: string): Caller {
  const keyId = ownerKeyId(ownerKey)
  const scopesOfOwner = new Set<Scope>(['logs:read', 'logs:write'])
  return { kind: 'apiKey', keyId, userId: null, subject: ownerKey, name, scopes: scopesOfOwner }
}

export function ownerKeyId(ownerKey: string): string {
  return `${ownerIdPrefix}${ownerKey}`
}

/** The owner keys behind the ids of such callers; ids of stored keys are left out. */
export function ownerKeysOfIds(keyIds: readonly string[]): string[] {
  const ids = keyIds.filter((id) => id.startsWith(ownerIdPrefix))
  return ids.map((id) => id.slice(ownerIdPrefix.length))
}

/** The owner key whose rows the caller is limited to; undefined when it reaches all. */
export function ownerKeyOf(caller: Caller): string | undefined {
  return caller.kind === 'apiKey' ? (caller.subject ?? undefined) : undefined
}

/** What a caller is called where its work is shown to others; never a secret. */
export function nameOf(caller: Caller): string {
  switch (caller.kind) {
    case 'apiKey':
      return caller.name ?? 'key'
    case 'session':
      return caller.name ?? caller.userId
    case 'oauthToken':
      return caller.userId
    case 'job':
      return caller.jobType
    case 'local':
    case 'shareLink':
    case 'anonymous':
      return caller.kind
  }
}

/** The user behind a caller, where there is one. */
export function userIdOf(caller: Caller): string | null {
  switch (caller.kind) {
    case 'session':
    case 'oauthToken':
    case 'apiKey':
      return caller.userId
    case 'local':
    case 'shareLink':
    case 'job':
    case 'anonymous':
      return null
  }
}

/** What identifies a caller among those of its kind, for the audit. */
export function actorIdOf(caller: Caller): string | null {
  switch (caller.kind) {
    case 'session':
    case 'oauthToken':
      return caller.userId
    case 'apiKey':
      return caller.keyId
    case 'shareLink':
      return caller.targetId
    case 'job':
      return caller.jobType
    case 'local':
    case 'anonymous':
      return null
  }
}
