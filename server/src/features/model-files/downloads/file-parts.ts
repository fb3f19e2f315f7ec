import { DomainError } from '../../../platform/domain-error.ts'
import { partPlace } from '../model-parts.ts'

const mostParts = 999

/**
 * The files that make up one model: a first part `…-00001-of-0000N.gguf` stands for all N, any other
 * name for itself. Throws DomainError for a number of parts that no model has.
 */
export function partsOf(filename: string): readonly string[] {
  const place = partPlace(filename)
  if (place?.number !== 1) return [filename]
  const { stem, total } = place
  if (total > mostParts) {
    const details = { code: 'hub_service_error-invalid_filename', filename }
    throw new DomainError('invalid', `No model has ${total} parts`, { details })
  }
  const digits = (number: number): string => String(number).padStart(5, '0')
  return Array.from(
    { length: total },
    (_, index) => `${stem}-${digits(index + 1)}-of-${digits(total)}.gguf`,
  )
}
