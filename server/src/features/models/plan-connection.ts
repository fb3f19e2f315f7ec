import { DomainError } from '../../platform/domain-error.ts'
import { isPrintable } from '../../platform/is-printable.ts'
import { builtIns, isBuiltIn } from './built-in.ts'
import { usualOf } from './connection-facts.ts'
import { isProviderKind, type ConnectionKind, type StoredConnection } from './connection.ts'
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
  /** Null: the usual one. */
  readonly label?: string | null | undefined
  /** Null: its models are asked for by the connection's name. */
  readonly prefix?: string | null | undefined
  readonly apiFormat?: string | null | undefined
}

export interface ConnectionPlan {
  /** For one that is not stored yet. */
  readonly newId: string
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
const longestLabel = 255
const longestPrefix = 100

/**
 * The row that a connection is to have. Pure.
 * @throws DomainError `invalid`, in words for whoever wrote it.
 */
export function planConnection(plan: ConnectionPlan): StoredConnection {
  const { name, stored, at } = plan
  const kind = kindFor(name, stored, plan.changes.kind)
  const changes = kind === 'local' ? onlySwitch(plan.changes) : plan.changes
  const before = stored?.baseUrl ?? null
  const baseUrl = changes.baseUrl === undefined ? before : readBaseUrl(changes.baseUrl)
  if (baseUrl === null && !isBuiltIn(name) && usualOf(kind).baseUrl === null) {
    throw new DomainError('invalid', `A connection of the kind ${kind} needs a base URL`)
  }
  const isNewlyGuarded = baseUrl !== null && plan.guardsBaseUrls
  return {
    id: stored?.id ?? plan.newId,
    name,
    kind,
    baseUrl,
    sealedSecret: said(plan.sealedSecret, stored?.sealedSecret),
    isActive: changes.isActive ?? stored?.isActive ?? true,
    isGuarded: baseUrl === before ? (stored?.isGuarded ?? false) : isNewlyGuarded,
    models: said(read(changes.models, readModels), stored?.models),
    label: said(read(changes.label, readLabel), stored?.label),
    prefix: said(read(changes.prefix, readPrefix), stored?.prefix),
    apiFormat: said(changes.apiFormat, stored?.apiFormat),
    createdBy: stored ? stored.createdBy : plan.createdBy,
    createdAt: stored?.createdAt ?? at,
    updatedAt: at,
  }
}

/** What is said counts, null too; what is not said stays. */
function said<T>(given: T | null | undefined, before: T | null | undefined): T | null {
  return (given === undefined ? before : given) ?? null
}

function read<T, R>(given: T | null | undefined, reader: (value: T) => R): R | null | undefined {
  if (given === undefined) return undefined
  return given === null ? null : reader(given)
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
  const builtIn = isBuiltIn(name) ? builtIns[name].kind : undefined
  const fixed = builtIn ?? stored?.kind
  if (given !== undefined && fixed !== undefined && given !== fixed) {
    throw new DomainError('invalid', `The kind of ${name} is ${fixed} and stays so`)
  }
  if (builtIn !== undefined) return builtIn
  const kind = fixed ?? given
  if (kind === undefined) throw new DomainError('invalid', 'A new connection needs its kind')
  if (!isProviderKind(kind)) throw new DomainError('invalid', `Unknown kind: ${kind}`)
  return kind
}

/** What is shown of it may be written back; anything else of it cannot be changed. */
function onlySwitch({ isActive, ...changes }: ConnectionChanges): ConnectionChanges {
  const { baseUrl, apiKey, models, label, prefix, apiFormat } = changes
  const { baseUrl: ownUrl, label: ownLabel } = builtIns.local
  const unfit =
    (baseUrl ?? ownUrl) !== ownUrl ||
    (label ?? ownLabel) !== ownLabel ||
    [apiKey, models, prefix, apiFormat].some((value) => (value ?? null) !== null)
  if (!unfit) return { isActive }
  throw new DomainError('invalid', 'The local engine can be switched on and off, nothing else')
}

/** A base URL as calls extend it: web address, no slash at the end. */
export function readBaseUrl(text: string | null): string | null {
  if (text === null) return null
  const url = text.length <= longestUrl ? URL.parse(text.trim()) : null
  const isWeb = url !== null && /^https?:$/u.test(url.protocol)
  if (!isWeb || url.username + url.password + url.search + url.hash !== '') {
    const message = 'A base URL is a web address such as https://example.org/v1'
    const fault = url && !isWeb ? 'disallowed_scheme' : 'invalid_url'
    throw new DomainError('invalid', `${message}, without user, query or fragment`, {
      details: { param: 'base_url', code: `url_validation_error-${fault}` },
    })
  }
  return url.href.replace(/\/+$/u, '')
}

function readModels(models: readonly string[]): readonly string[] {
  const unfit = models.find((model) => !isModelId(model))
  if (unfit === undefined && models.length <= mostModels) return [...new Set(models)]
  const message = `Models are at most ${mostModels} names of 1 to 255 characters`
  throw new DomainError('invalid', message)
}

function readLabel(text: string): string {
  const label = text.trim()
  const isFitting = label.length > 0 && label.length <= longestLabel
  if (isFitting && isPrintable(label)) return label
  const message = `A connection is called by 1 to ${longestLabel} characters, none of them control`
  throw new DomainError('invalid', message, { details: { param: 'name' } })
}

function readPrefix(text: string): string | null {
  if (text === '') return null
  if (isModelId(text) && text.length <= longestPrefix && text.trim() === text) return text
  const message = `A prefix has 1 to ${longestPrefix} characters, none of them blank or control`
  throw new DomainError('invalid', message, { details: { param: 'prefix' } })
}
