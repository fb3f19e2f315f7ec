import { isJsonObject, type JsonObject } from '../../../platform/json.ts'
import { unknownUsage, type TokenUsage } from '../../pricing/index.ts'
import { countOf } from '../adapters/usage.ts'
import type { Vector } from './vector.ts'

/** What a provider answered, with the vectors beside it. */
export interface EmbeddingReply {
  /** Its own words; where they hold `[n]` belongs `lists[n]`. */
  readonly told: JsonObject
  readonly lists: readonly Vector[]
  /** Which of the lists are the vectors asked for, in the order of the inputs. */
  readonly embeddings: readonly number[]
  readonly usage: TokenUsage
  /** As the provider names it; null where it does not. */
  readonly model: string | null
}

/** A reply taken apart, and parsed. */
export interface TakenApart {
  readonly value: JsonObject
  readonly lists: readonly Vector[]
}

export type ReadEmbeddingReply = (taken: TakenApart) => EmbeddingReply | { readonly fault: string }

/** Which list stands here; undefined for what is none. */
export function listAt(value: unknown): number | undefined {
  if (!isList(value) || value.length !== 1) return undefined
  const [place] = value
  return typeof place === 'number' ? place : undefined
}

/** Vectors read by the places where a dialect has them; the first vector must be there. */
export function readLists(
  { value, lists }: TakenApart,
  { name, of }: { readonly name: string; readonly of: (element: unknown) => unknown },
): number[] | { readonly fault: string } {
  const elements = value[name]
  if (!isList(elements)) return { fault: `no ${name}` }
  const places = elements.map((element) => listAt(of(element)))
  const missing = places.findIndex((place) => place === undefined || lists[place] === undefined)
  if (missing >= 0) return { fault: `something unexpected at ${name}.${missing}` }
  return places.filter((place) => place !== undefined)
}

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

export function memberOf(value: unknown, name: string): unknown {
  return isJsonObject(value) ? value[name] : undefined
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** Vectors are read from and nothing is written. */
export function usageOf(inputTokens: unknown): TokenUsage {
  const count = countOf(inputTokens)
  return count === null ? unknownUsage : { ...unknownUsage, inputTokens: count, outputTokens: 0 }
}
