import { createHash } from 'node:crypto'
import { allow, identityOf, type Caller, type Uses } from '../identity/index.ts'
import type { CallBatch } from './answer.ts'
import type { CompletionPowers } from './powers.ts'
import type { CompletionMode } from './provider.ts'
import { isJsonMap } from './json-values.ts'
import type { JsonMap, JsonValue } from './request.ts'
import { deleteExpired, keepRows, keptValue, type KeptRow } from './response-cache-store.ts'
import type { Wire } from './wire.ts'

/** A complete reply of a model, kept to be given again. */
export interface CachedAnswer {
  /** The connection that answered, and the model as it names it. */
  readonly provider: string
  readonly providerModel: string
  readonly isNative: boolean
  readonly batches: readonly CallBatch[]
}

/** All that a reply depends on beside who asks. */
export interface CacheFacts {
  readonly wire: Wire
  readonly mode: CompletionMode
  readonly alias: string
  /** Unix seconds. */
  readonly aliasSavedAt: number | null
  /**
   * Where the alias leads, and with what: neither a change of it nor one further on is answered from
   * before. In no order, which may be chance.
   */
  readonly places: readonly string[]
  /** With the defaults of the alias in it. */
  readonly body: JsonMap
  /** Those that a provider is sent; case of their names does not count. */
  readonly headers: Readonly<Record<string, string>>
}

type CacheContext = Uses<'db' | 'clock' | 'caller'> & Pick<CompletionPowers, 'log'>

/** Changes with the form of `CachedAnswer`, so that what an older version kept is not found. */
const form = 1

const longestAnswerBytes = 1024 * 1024
const maxCacheBytes = 256 * 1024 * 1024

/** What a row takes beside its value. */
const rowBytes = 300

/**
 * By what a reply is found again: a digest of who asks and of all that was asked. The order of an
 * object's members does not count; anything else does. Never the same for two users.
 */
export function cacheKeyOf(caller: Caller, facts: CacheFacts): string {
  const headers = Object.entries(facts.headers).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  )
  const asked: JsonMap = {
    form,
    caller: [caller.kind, identityOf(caller)],
    wire: facts.wire,
    mode: facts.mode,
    alias: [facts.alias, facts.aliasSavedAt],
    places: facts.places.toSorted(),
    headers: Object.fromEntries(headers),
    body: facts.body,
  }
  return createHash('sha256')
    .update(JSON.stringify(inOrder(asked)))
    .digest('hex')
}

function inOrder(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(inOrder)
  if (!isJsonMap(value)) return value
  const members = Object.entries(value).map(([name, inner]) => [name, inOrder(inner)] as const)
  return Object.fromEntries(members.toSorted(([left], [right]) => (left < right ? -1 : 1)))
}

/** The reply under a key while it holds. A cache that cannot be read is an empty one. */
export async function findCachedAnswer(
  { db, clock, log, caller }: CacheContext,
  key: string,
): Promise<CachedAnswer | undefined> {
  allow(caller, 'completions:run')
  if (!isSomebody(caller)) return undefined
  try {
    const value = await db.run(keptValue, { key, nowSeconds: clock.nowSeconds() })
    return value === undefined ? undefined : fromValue(value)
  } catch (error) {
    log.warn({ err: error }, 'a kept reply could not be read')
    return undefined
  }
}

/**
 * Keeps a complete reply for so many seconds, unless it is too large. The caller has its reply by
 * then, so this never throws: a reply that cannot be kept is asked for again. Past the bound of all
 * replies together the oldest are removed.
 */
export async function keepAnswer(
  ctx: CacheContext,
  key: string,
  answer: CachedAnswer,
  ttlSeconds: number,
): Promise<void> {
  const { db, clock, log, caller } = ctx
  allow(caller, 'completions:run')
  if (!isSomebody(caller)) return
  try {
    const row = rowOf(key, answer, { nowSeconds: clock.nowSeconds(), ttlSeconds })
    if (row.size > longestAnswerBytes) return
    await db.enqueue(keepRows, { row, maxBytes: maxCacheBytes }, row.size + rowBytes)
  } catch (error) {
    log.warn({ err: error }, 'a reply could not be kept')
  }
}

/** Callers who cannot be told from each other have no replies of their own. */
function isSomebody(caller: Caller): boolean {
  return caller.kind !== 'anonymous' && caller.kind !== 'shareLink'
}

interface KeptFor {
  readonly nowSeconds: number
  readonly ttlSeconds: number
}

/** JSON escapes U+0000 and lone surrogates, which no database stores in text. */
function rowOf(key: string, answer: CachedAnswer, { nowSeconds, ttlSeconds }: KeptFor): KeptRow {
  const { provider, providerModel, isNative, batches } = answer
  const kept: CachedAnswer = { provider, providerModel, isNative, batches }
  const value = JSON.stringify(kept)
  const size = Buffer.byteLength(value)
  return { key, keptAt: nowSeconds, expiresAt: nowSeconds + ttlSeconds, size, value }
}

/** The value is what `rowOf` wrote: its form is part of the key. */
function fromValue(value: string): CachedAnswer {
  return JSON.parse(value) as CachedAnswer
}

/** Removes replies whose time is over, a few at a time; gives how many. */
export async function dropExpiredAnswers(
  ctx: Uses<'db' | 'clock' | 'caller'>,
  signal: AbortSignal,
): Promise<number> {
  allow(ctx.caller, 'completions:run')
  let dropped = 0
  while (!signal.aborted) {
    const count = await ctx.db.write((tx) => deleteExpired(tx, ctx.clock.nowSeconds()))
    if (count === 0) break
    dropped += count
  }
  return dropped
}
