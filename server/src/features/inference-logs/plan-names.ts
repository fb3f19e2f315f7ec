import { toStorableText } from '../../platform/db/storable-text.ts'
import { DomainError } from '../../platform/domain-error.ts'

/** Lists of logs carry these names, so a log cannot have any amount of them. */
const maxListCharacters = 65_536

/** A name as it is kept. Throws `invalid` for a blank one. */
export function toName(text: string, called: string): string {
  const name = toStorableText(text).trim()
  if (name === '') throw new DomainError('invalid', `${called} must not be blank`)
  return name
}

/** The list with the name at its end, unless it is in it. Throws `invalid` when it grows too long. */
export function withName(names: readonly string[], name: string): readonly string[] {
  if (names.includes(name)) return names
  const all = [...names, name]
  if (JSON.stringify(all).length <= maxListCharacters) return all
  throw new DomainError('invalid', `All names together exceed ${maxListCharacters} characters`)
}

export function withoutName(names: readonly string[], name: string): readonly string[] {
  return names.filter((one) => one !== name)
}
