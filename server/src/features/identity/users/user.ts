import type { Role } from '@pharos/contract/vocabulary.ts'
import type { JsonObject } from '../../../platform/json.ts'

export type UserStatus = 'pending' | 'active' | 'inactive'

/** A person. Times are Unix seconds. */
export interface User {
  readonly id: string
  /** As it was typed; unique whatever its case. */
  readonly email: string
  readonly name: string
  readonly role: Role
  /** `claim` where the issuer of the logins gives the role at each login. */
  readonly roleSource: 'local' | 'claim'
  readonly status: UserStatus
  readonly hasPassword: boolean
  readonly lockedUntil: number | null
  readonly lastLoginAt: number | null
  readonly profile: JsonObject
  readonly createdAt: number
  readonly updatedAt: number
}
