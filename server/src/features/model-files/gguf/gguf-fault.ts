import { DomainError } from '../../../platform/domain-error.ts'

/** Why a file is no GGUF that can be read. Source: bodhi contract §7.4. */
export type GgufFault =
  | 'invalid_magic'
  | 'malformed_version'
  | 'unsupported_version'
  | 'invalid_value_type'
  | 'invalid_array_value_type'
  | 'invalid_string'
  | 'unexpected_eof'
  | 'type_mismatch'

/** `invalid`, with the contract's code and status in the details. */
export function ggufFault(
  reason: GgufFault,
  message: string,
  facts: Readonly<Record<string, unknown>> = {},
): DomainError {
  const code = `gguf_metadata_error-${reason}`
  return new DomainError('invalid', message, { details: { status: 422, code, reason, ...facts } })
}
