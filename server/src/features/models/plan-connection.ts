import { DomainError } from '../../platform/domain-error.ts'
import { builtIns, isBuiltIn } from './built-in.ts'
import { usualOf } from './connection-facts.ts'
import { isConnectionKind, type ConnectionKind, type StoredConnection } from './connection.ts'
import { isModelId, mostModels } from './list-dialects.ts'

/** What a client says of a connection; what it leaves out stays as it is. */
export interface ConnectionChanges {
  readonly kind?: string | undefined
  /** Null: the usual one of its kind. */
  readonly baseUrl?: string | null | undefined
  /** Null takes the stored key away; the mask of a key leaves it as it is. */
  readonly apiKey?: string | null | undefined
  readonly isActive?: boolean | undefined
  /** Null: those that the provider lists. */
  readonly models?: readonly string[] | null | undefined
}

export interface ConnectionPlan {
  readonly name: string
  readonly stored: StoredConnection | undefined
  readonly changes: ConnectionChanges
  /** The new key, sealed; null takes it away, undefined leaves it. */
  readonly sealedSecret: string | null | undefined
  readonly guardsBaseUrls: boolean
  readonly createdBy: string | null
  /** Unix seconds. */
  readonly at: number
}

const longestUrl = 2_000
const longestKey = 10_000

/**
 * The row that a connection is to have. Pure.
 * @throws DomainError `invalid`, in words for whoever wrote it.
 */
export function planConnection(plan: ConnectionPlan): StoredConnection {
  const { name, stored, changes, at } = plan
  const kind = kindFor(name, stored, changes.kind)
  const before = stored?.baseUrl ?? null
  const baseUrl = changes.baseUrl === undefined ? before : readBaseUrl(changes.baseUrl)
  const models = changes.models === undefined ? stored?.models : readModels(changes.models)
  if (baseUrl === null && !isBuiltIn(name) && usualOf(kind).baseUrl === null) {
    throw new DomainError('invalid', `A connection of the kind ${kind} needs a base URL`)
  }
  const isNewlyGuarded = baseUrl !== null && plan.guardsBaseUrls
  return {
    name,
    kind,
    baseUrl,
    sealedSecret:
      plan.sealedSecret === undefined ? (stored?.sealedSecret ?? null) : plan.sealedSecret,
    isActive: changes.isActive ?? stored?.isActive ?? true,
    isGuarded: baseUrl === before ? (stored?.isGuarded ?? false) : isNewlyGuarded,
    models: models ?? null,
    createdBy: stored ? stored.createdBy : plan.createdBy,
    createdAt: stored?.createdAt ?? at,
    updatedAt: at,
  }
}

/** Throws `invalid` for what no connection may be called. Source: rulings §4. */
export function checkConnectionName(name: string): void {
  if (!/^[a-z0-9_-]{1,40}$/u.test(name)) {
    const message = 'A connection is named with 1 to 40 of a-z, 0-9, - and _'
    throw new DomainError('invalid', message)
  }
  if (name === 'local') throw new DomainError('invalid', 'The name local stands for this machine')
}

/** Throws `invalid` for what no header can carry. */
export function checkApiKey(apiKey: string): void {
  if (apiKey.length > 0 && apiKey.length <= longestKey && /^[\x20-\x7e]+$/u.test(apiKey)) return
  const message = `A key has 1 to ${longestKey} characters, all of them printable ASCII`
  throw new DomainError('invalid', message)
}

function kindFor(
  name: string,
  stored: StoredConnection | undefined,
  given: string | undefined,
): ConnectionKind {
  const fixed = isBuiltIn(name) ? builtIns[name].kind : stored?.kind
  if (given !== undefined && fixed !== undefined && given !== fixed) {
    throw new DomainError('invalid', `The kind of ${name} is ${fixed} and stays so`)
  }
  const kind = fixed ?? given
  if (kind === undefined) throw new DomainError('invalid', 'A new connection needs its kind')
  if (!isConnectionKind(kind)) throw new DomainError('invalid', `Unknown kind: ${kind}`)
  return kind
}

/** A base URL as calls extend it: web address, no slash at the end. */
function readBaseUrl(text: string | null): string | null {
  if (text === null) return null
  const url = text.length <= longestUrl ? URL.parse(text.trim()) : null
  const isWeb = url !== null && /^https?:$/u.test(url.protocol)
  if (!isWeb || url.username + url.password + url.search + url.hash !== '') {
    const message = 'A base URL is a web address such as https://example.org/v1'
    throw new DomainError('invalid', `${message}, without user, query or fragment`)
  }
  return url.href.replace(/\/+$/u, '')
}

function readModels(models: readonly string[] | null): readonly string[] | null {
  if (models === null) return null
  const unfit = models.find((model) => !isModelId(model))
  if (unfit === undefined && models.length <= mostModels) return [...new Set(models)]
  const message = `Models are at most ${mostModels} names of 1 to 255 characters`
  throw new DomainError('invalid', message)
}
