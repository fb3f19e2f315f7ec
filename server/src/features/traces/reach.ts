import { ownerKeyOf, type Caller } from '../identity/index.ts'

/** Which traces a caller may see: all of the team's, or those of one owner. */
export type Reach = 'all' | { readonly ownerKey: string }

export function reachOf(caller: Caller): Reach {
  const ownerKey = ownerKeyOf(caller)
  return ownerKey === undefined ? 'all' : { ownerKey }
}
