import { DomainError, type ErrorCode } from '../../../platform/domain-error.ts'

/** What cannot be had from a hub, with the contract's code. Source: bodhi contract §4.9, §7.4. */
interface HubErrorInput {
  readonly kind: ErrorCode
  readonly code: string
  readonly message: string
  readonly repo?: string
  readonly retryable?: boolean
  readonly facts?: Readonly<Record<string, unknown>>
}

export function hubError({ kind, code, message, repo, retryable, facts }: HubErrorInput) {
  const details = { code, ...(repo !== undefined && { repo }), error: message, ...facts }
  return new DomainError(kind, message, { details, retryable: retryable ?? false })
}

/** The contract's code of an error, where it has one. */
export function codeOf(error: unknown): string | null {
  if (!(error instanceof DomainError)) return null
  const { details } = error
  if (typeof details !== 'object' || details === null || !('code' in details)) return error.code
  return typeof details.code === 'string' ? details.code : error.code
}

export function cancelled(message = 'The download was cancelled'): DomainError {
  return hubError({ kind: 'cancelled', code: 'cancelled', message, retryable: true })
}

/** The hub cannot be reached, or breaks off again and again. */
export function hubUnreachable(repo: string, reason: string): DomainError {
  return hubError({
    kind: 'unavailable',
    code: 'hub_api_error-transport',
    message: `The hub could not be reached for ${repo}: ${reason}`,
    repo,
    retryable: true,
  })
}

/** The hub answers in a way that nothing can be made of. */
export function hubNonsense(repo: string, what: string): DomainError {
  const message = `The hub's answer for ${repo} cannot be used: ${what}`
  return hubError({ kind: 'upstream', code: 'hub_api_error-unknown', message, repo })
}

/** The request cannot be made at all. */
export function hubUnaskable(what: string): DomainError {
  return hubError({ kind: 'precondition', code: 'hub_api_error-request', message: what })
}

export interface Refusal {
  readonly repo: string
  readonly status: number
  /** Whether the hub was told who asks. */
  readonly hasToken: boolean
  /** The hub's own word for it, if any: `GatedRepo`, `EntryNotFound`, … */
  readonly word: string | undefined
  readonly filename?: string
}

/** The hub says no. */
export function hubRefusal({ repo, status, hasToken, word, filename }: Refusal): DomainError {
  const subject = filename === undefined ? repo : `${filename} of ${repo}`
  if (status === 403 || (word === 'GatedRepo' && hasToken)) {
    const code = 'hub_api_error-gated_access'
    const message = `The hub gives ${subject} only to those whom its owners have let in`
    return hubError({ kind: 'forbidden', code, message, repo })
  }
  if (status === 401) {
    const code = 'hub_api_error-may_be_not_exists'
    const lack = hasToken ? 'the token was refused' : 'no token is set (HF_TOKEN)'
    const message = `${repo} is missing, private or gated, and ${lack}`
    return hubError({ kind: 'not-found', code, message, repo })
  }
  if (status === 404 || status === 410) {
    const code = 'hub_api_error-not_exists'
    return hubError({ kind: 'not-found', code, message: `The hub has no ${subject}`, repo })
  }
  return hubNonsense(repo, `status ${status}`)
}
