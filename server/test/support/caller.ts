import type { Scope } from '@pharos/contract/vocabulary.ts'
import { jobCaller, type Caller } from '../../src/features/identity/index.ts'

/** Somebody known who may do these things and no other. */
export function callerWith(...scopes: readonly Scope[]): Caller {
  return jobCaller('test', scopes)
}

/** A key that reaches only what belongs to `ownerKey`. */
export function ownerCaller(ownerKey: string, ...scopes: readonly Scope[]): Caller {
  const keyId = `key of ${ownerKey}`
  return { kind: 'apiKey', keyId, userId: null, subject: ownerKey, scopes: new Set(scopes) }
}
