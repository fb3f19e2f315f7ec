import { toStorableText } from '../../../platform/db/storable-text.ts'
import { DomainError } from '../../../platform/domain-error.ts'
import { isPrintable } from '../../../platform/is-printable.ts'
import type { JsonObject } from '../../../platform/json.ts'

const longestEmail = 320
const longestName = 200
const shortestPassword = 8
const longestPassword = 1024
const longestProfile = 16_384

/** By which an e-mail is found, whatever its case. */
export function emailKeyOf(email: string): string {
  return toStorableText(email.trim().normalize('NFC').toLowerCase())
}

/** The e-mail as it is kept. Its exact form is its surface's; here it only must be one word. */
export function checkEmail(email: string): string {
  const trimmed = email.trim().normalize('NFC')
  const isOneWord = /^[^\s@]+@[^\s@]+$/u.test(trimmed) && isPrintable(trimmed)
  if (isOneWord && trimmed.length <= longestEmail) return trimmed
  throw new DomainError('invalid', 'The e-mail address is not valid')
}

export function checkName(name: string): string {
  const trimmed = name.trim()
  if (trimmed !== '' && trimmed.length <= longestName && isPrintable(trimmed)) return trimmed
  throw new DomainError('invalid', `A name has 1 to ${longestName} printable characters`)
}

export function checkNewPassword(password: string): string {
  const { length } = password
  if (length >= shortestPassword && length <= longestPassword && password.isWellFormed()) {
    return password
  }
  throw new DomainError(
    'invalid',
    `A password has ${shortestPassword} to ${longestPassword} characters`,
  )
}

/** What is too long to be anybody's password, and so need not be hashed. */
export function isPossiblePassword(password: string): boolean {
  return password.length <= longestPassword
}

export function checkProfile(profile: JsonObject): JsonObject {
  if (JSON.stringify(profile).length <= longestProfile) return profile
  throw new DomainError('invalid', `A profile has at most ${longestProfile} characters of JSON`)
}
