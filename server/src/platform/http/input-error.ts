import type { z } from 'zod'

/**
 * Everything that can be wrong with a request before a verb sees it. The mount throws it, each
 * surface translates it into its own status and body with an exhaustive switch over `kind`.
 *
 * `offset` counts UTF-16 units of the body's text (bytes where the text is not UTF-8); `input`
 * is the value that failed, before parsing.
 */
export type InputProblem =
  | { readonly kind: 'unknown-path' }
  | { readonly kind: 'method-not-allowed'; readonly allow: readonly string[] }
  | { readonly kind: 'missing-body' }
  | { readonly kind: 'content-type'; readonly contentType: string | undefined }
  | { readonly kind: 'content-encoding'; readonly encoding: string; readonly message: string }
  | {
      readonly kind: 'not-json'
      readonly offset: number
      readonly message: string
      /** What stands there is `NaN` or an infinity, which other parsers let pass. */
      readonly isNotFinite?: true
    }
  | { readonly kind: 'too-deep'; readonly limit: number }
  | { readonly kind: 'too-large'; readonly limitBytes: number }
  | { readonly kind: 'busy'; readonly retryAfterSeconds: number }
  | {
      readonly kind: 'schema'
      readonly part: InputPart
      readonly issues: readonly z.core.$ZodIssue[]
      readonly input: unknown
    }

export type InputPart = 'params' | 'query' | 'body'

/** A request that no verb was called for, and why. */
export class InputError extends Error {
  readonly problem: InputProblem

  constructor(problem: InputProblem) {
    super(`bad request: ${problem.kind}`)
    this.name = 'InputError'
    this.problem = problem
  }
}

/** The client left, or stopped sending, before its request was whole: there is nobody to answer. */
export class ClientGone extends Error {
  constructor(cause?: unknown) {
    super('the client went away', { cause })
    this.name = 'ClientGone'
  }
}
