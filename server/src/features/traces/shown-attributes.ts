import { parseObject, type JsonObject } from '../../platform/json.ts'
import type { SpanRecord } from './span.ts'

type Shown = Pick<SpanRecord, 'attributesJson' | 'mappedJson' | 'costUsd' | 'computedCostUsd'>

const costKey = 'llm.cost_usd'

/**
 * The attributes of a span as JSON text: those that were sent, character by character, then the
 * derived ones that they lack, then the computed cost where no usable one was sent.
 */
export function shownAttributes(span: Shown): string {
  const { attributesJson, mappedJson, costUsd, computedCostUsd } = span
  const given = joinObjects(attributesJson, mappedJson)
  if (costUsd !== null || computedCostUsd === null) return given
  if (given.includes(`"${costKey}"`)) return withCost(given, computedCostUsd)
  return joinObjects(given, `{"${costKey}":${computedCostUsd}}`)
}

/** The attributes of a span as its readers see them. */
export function attributesOf(span: Shown): JsonObject {
  return parseObject(shownAttributes(span))
}

/** The texts of two objects that have no name in common as one; null is none. */
export function joinObjects(first: string, second: string | null): string {
  if (second === null || second === '{}') return first
  return first === '{}' ? second : `${first.slice(0, -1)},${second.slice(1)}`
}

/** Something that is no number may stand under the name, and each name must occur once. */
function withCost(json: string, costUsd: number): string {
  return JSON.stringify({ ...parseObject(json), [costKey]: costUsd })
}
