import type { SpanStatus, SpanType } from '@pharos/contract/vocabulary.ts'
import { readUsage, type Usage } from './usage.ts'

/** What a client says of a span. Times are Unix seconds. */
export interface SpanInput {
  readonly spanId: string
  readonly traceId: string
  readonly parentSpanId: string | null
  readonly spanType: SpanType
  readonly name: string
  readonly status: SpanStatus
  readonly errorMessage: string | null
  readonly startTime: number
  readonly endTime: number | null
  readonly sdkLanguage: string | null
  readonly attributes: Readonly<Record<string, unknown>>
}

/** A span ready to be stored: the attributes as JSON text, and the figures read from them. */
export interface NewSpan extends Omit<SpanInput, 'attributes'>, Usage {
  readonly attributesJson: string
}

/** A span as it is stored. */
export interface Span extends NewSpan {
  /** Order of first arrival. */
  readonly seq: number
  readonly annotationsJson: string
  /** Unix seconds of its first arrival. */
  readonly createdAt: number
}

/** A span as it may be told without asking where it is stored. */
export type SpanRecord = Omit<Span, 'seq'>

export interface Annotation {
  readonly id: string
  readonly text: string
  readonly createdAt: number
}

export interface PromptVersion {
  readonly versionId: string
  readonly spanId: string
  readonly promptText: string
  readonly label: string | null
  readonly createdAt: number
}

/** A trace's summary; it always equals what its spans say, but for name and times of an import. */
export interface Trace {
  readonly seq: number
  readonly traceId: string
  readonly name: string
  readonly startTime: number
  readonly endTime: number | null
  readonly spanCount: number
  readonly status: SpanStatus
  readonly totalCostUsd: number
  readonly totalTokens: number
  readonly tags: Readonly<Record<string, string>>
  readonly sdkLanguage: string | null
  readonly ownerKey: string | null
  readonly createdAt: number
}

/**
 * Makes a span storable. Scalar text loses U+0000 and lone surrogates to U+FFFD, since no
 * database keeps them; inside the attributes both survive, escaped. Infinite numbers there
 * become null. Times are kept where the difference of any two is a number.
 */
export function newSpan(input: SpanInput): NewSpan {
  const { attributes, ...rest } = input
  return {
    ...rest,
    name: toStorableText(input.name),
    startTime: toStorableTime(input.startTime),
    endTime: input.endTime === null ? null : toStorableTime(input.endTime),
    errorMessage: input.errorMessage === null ? null : toStorableText(input.errorMessage),
    sdkLanguage: input.sdkLanguage === null ? null : toStorableText(input.sdkLanguage),
    attributesJson: JSON.stringify(attributes),
    ...readUsage(attributes),
  }
}

/** Replaces what no database stores in text: U+0000 and lone surrogates. */
export function toStorableText(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed()
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\ufffd') : wellFormed
}

export function toStorableTags(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags).map(([key, value]) => [toStorableText(key), toStorableText(value)]),
  )
}

/** PostgreSQL refuses to subtract two times whose difference overflows. */
const maxTime = 1e300

export function toStorableTime(seconds: number): number {
  return Math.max(-maxTime, Math.min(maxTime, seconds))
}
