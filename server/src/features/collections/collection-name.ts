import { toStorableText } from '../../platform/db/storable-text.ts'
import { DomainError } from '../../platform/domain-error.ts'

const maxNameBytes = 255

/** A name as it is kept. Throws `invalid` for a blank or an overlong one. */
export function toCollectionName(text: string): string {
  const name = toStorableText(text).trim()
  if (name === '') throw new DomainError('invalid', 'name must not be blank')
  if (Buffer.byteLength(name) <= maxNameBytes) return name
  throw new DomainError('invalid', `name must not be longer than ${maxNameBytes} bytes`)
}
