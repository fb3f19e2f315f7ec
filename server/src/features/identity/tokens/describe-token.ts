import { hidesModels } from '../model-grants.ts'
import { heldKeysById } from '../store.ts'
import type { Uses } from '../uses.ts'
import { scopesOfLevel, tokenLevels, toLevel, type TokenLevel } from './token-level.ts'
import { tokenFormat } from './token.ts'

/** What a key may do, in the words of API tokens. */
export interface DescribedToken {
  /** Null for a key that may do less than the least of them. */
  readonly level: TokenLevel | null
  /** The models that it reaches by name; null for all. */
  readonly models: readonly string[] | null
  /** Whether it is not shown that there are others. */
  readonly hidesModels: boolean
}

/** Tells a caller with a key what the key is; undefined for who has none. */
export async function describeToken(
  ctx: Uses<'db' | 'caller'>,
): Promise<DescribedToken | undefined> {
  const { caller } = ctx
  if (caller.kind !== 'apiKey') return undefined
  const [key] = await ctx.db.run(heldKeysById, [caller.keyId])
  const isToken = key?.format === tokenFormat
  return {
    level: levelOf(caller.scopes, isToken ? toLevel(key.roleCap ?? null) : 'admin'),
    models: caller.models ?? null,
    hidesModels: hidesModels(caller),
  }
}

/** The highest level up to one whose powers are all among these. */
function levelOf(scopes: ReadonlySet<string>, highest: TokenLevel): TokenLevel | null {
  const upTo = tokenLevels.slice(0, tokenLevels.indexOf(highest) + 1)
  const within = upTo.filter((level) => scopesOfLevel(level).every((one) => scopes.has(one)))
  return within.at(-1) ?? null
}
