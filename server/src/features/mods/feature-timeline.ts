import { fieldsOf } from './fields-of.ts'

export interface Feature {
  readonly id: number
  readonly activation: number
}

export interface TimelineEntry {
  readonly position: number
  readonly token: number
  readonly token_str: string
  readonly top_features: Feature[]
}

/** The entries that are whole; of these the features that are. Source: thunder contract §6.6. */
export function readTimeline(value: unknown): TimelineEntry[] {
  return listOf(value).flatMap((entry) => {
    const { position, token, token_str, top_features } = fieldsOf(entry)
    if (!isIndex(position) || !isInteger(token) || typeof token_str !== 'string') return []
    if (!Array.isArray(top_features)) return []
    return [{ position, token, token_str, top_features: listOf(top_features).flatMap(toFeature) }]
  })
}

export interface DescribedFeature extends Feature {
  readonly description: string
}

/** The features that are whole, with what they stand for. Source: thunder contract §6.7. */
export function readDescribed(value: unknown): DescribedFeature[] {
  return listOf(value).flatMap((entry) => {
    const { description } = fieldsOf(entry)
    if (typeof description !== 'string') return []
    return toFeature(entry).map((feature) => ({ ...feature, description }))
  })
}

function toFeature(value: unknown): Feature[] {
  const { id, activation } = fieldsOf(value)
  return isInteger(id) && typeof activation === 'number' ? [{ id, activation }] : []
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

function isIndex(value: unknown): value is number {
  return isInteger(value) && value >= 0
}
