import type { AnthropicErrorType } from '@pharos/contract/anthropic/errors.ts'

const types: ReadonlyMap<number, AnthropicErrorType> = new Map([
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [408, 'timeout_error'],
  [413, 'request_too_large'],
  [429, 'rate_limit_error'],
  [503, 'overloaded_error'],
  [504, 'timeout_error'],
  [529, 'overloaded_error'],
])

/** The word that goes with a status. Source: Anthropic's API reference, bodhi contract §7.1. */
export function errorTypeOf(status: number): AnthropicErrorType {
  return types.get(status) ?? (status >= 500 ? 'api_error' : 'invalid_request_error')
}
