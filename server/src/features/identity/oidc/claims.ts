import { decodeJwt } from 'jose'
import type { Role } from '@pharos/contract/vocabulary.ts'
import { roles } from '@pharos/contract/vocabulary.ts'
import { isJsonObject, type JsonObject } from '../../../platform/json.ts'

/** What an issuer says of somebody, by where it says it. */
export interface Claims {
  readonly subject: string
  readonly idToken: JsonObject
  /** Empty where the ID token told enough. */
  readonly userInfo: JsonObject
  /** Empty for a token that is not readable. */
  readonly accessToken: JsonObject
}

/** Somebody as an issuer describes them. */
export interface Person {
  readonly issuer: string
  readonly subject: string
  readonly email: string | undefined
  readonly isEmailVerified: boolean
  readonly name: string
  /** What the issuer gives here; undefined for nothing that is known. */
  readonly role: Role | undefined
}

/** Source: bodhi contract §3.8, rulings §2. */
const claimedRoles: Readonly<Record<string, Role>> = {
  resource_user: 'user',
  resource_power_user: 'power_user',
  resource_manager: 'manager',
  resource_admin: 'admin',
}

/**
 * The claims of an access token, which came straight from the issuer and is therefore not checked
 * again; none where it is opaque or speaks of somebody else. Source: bodhi contract §3.7.
 */
export function accessTokenClaims(
  token: string,
  { issuer, subject }: { readonly issuer: string; readonly subject: string },
): JsonObject {
  try {
    const claims = decodeJwt(token)
    return claims.iss === issuer && claims.sub === subject ? claims : {}
  } catch {
    return {}
  }
}

/** Reads who somebody is. The address and whether it is verified come from one place. */
export function personOf(issuer: string, claims: Claims, clientId: string): Person {
  const { subject, idToken, userInfo, accessToken } = claims
  const source = textIn(idToken, 'email') === undefined ? userInfo : idToken
  const email = textIn(source, 'email')
  const named = [idToken, userInfo].flatMap((place) => [
    textIn(place, 'name'),
    textIn(place, 'preferred_username'),
  ])
  const verified = source['email_verified']
  return {
    issuer,
    subject,
    email,
    isEmailVerified: verified === true || verified === 'true',
    name: (named.find((name) => name !== undefined) ?? email?.split('@')[0] ?? subject).slice(
      0,
      100,
    ),
    role: highest([idToken, userInfo, accessToken].flatMap((place) => roleWords(place, clientId))),
  }
}

/** What the words of the issuer come to: the most powerful role that one of them names. */
function highest(words: readonly string[]): Role | undefined {
  const given = new Set(
    words.map((word) => (Object.hasOwn(claimedRoles, word) ? claimedRoles[word] : undefined)),
  )
  return roles.findLast((role) => given.has(role))
}

function roleWords(claims: JsonObject, clientId: string): string[] {
  const access = claims['resource_access']
  const entry =
    isJsonObject(access) && Object.hasOwn(access, clientId) ? access[clientId] : undefined
  const words = isJsonObject(entry) ? entry['roles'] : undefined
  return Array.isArray(words) ? words.filter((word) => typeof word === 'string') : []
}

function textIn(claims: JsonObject, name: string): string | undefined {
  const value = claims[name]
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}
