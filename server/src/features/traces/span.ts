import type { SpanStatus, SpanType } from '@pharos/contract/vocabulary.ts'
import type { PriceExplanation } from '../pricing/index.ts'
import { lackingIn, ownWords, type MappedAttributes } from './mapped-attributes.ts'
import { toStorableText, toStorableTime } from './storable.ts'
import { needsPrice, readMappedUsage, readUsage, type Usage } from './usage.ts'

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
  /** What another tracer's attributes mean in our words; shown where `attributes` lack it. */
  readonly mapped?: MappedAttributes | undefined
  /** Nanoseconds that an OTLP time has beyond what its double stands for. */
  readonly startNanosRest?: number | null
  readonly endNanosRest?: number | null
  /** How the `llm.cost_usd` among the attributes came about, where we worked it out. */
  readonly price?: PriceExplanation | undefined
}

/** A span ready to be stored: the attributes as JSON text, and the figures read from them. */
export interface NewSpan
  extends Required<Omit<SpanInput, 'attributes' | 'mapped' | 'price'>>, Usage {
  readonly attributesJson: string
  /** Derived attributes that the sent ones lack, as JSON text; null when there are none. */
  readonly mappedJson: string | null
  /** Null for a span that did not come from another tracer. */
  readonly mappingVersion: number | null
  /** A PriceExplanation as JSON text: of the client's cost, or else of the computed one. */
  readonly priceJson: string | null
}

/** A span as it is stored. */
export interface Span extends NewSpan, Settled {
  /** Order of first arrival. */
  readonly seq: number
  readonly annotationsJson: string
  /** Unix seconds of its first arrival. */
  readonly createdAt: number
}

/** What is worked out about a span after it was stored, beside its trace's other spans. */
export interface Settled {
  /** Null when a client gave a cost, or none could be worked out. */
  readonly computedCostUsd: number | null
  /** An attempt at the computed cost is still to be made. */
  readonly isUnpriced: boolean
  /** False for a span whose usage is that of spans below it. */
  readonly countsUsage: boolean
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
  const { attributes, mapped, price, ...rest } = input
  const lacking = mapped && lackingIn(attributes, mapped.attributes)
  return {
    ...rest,
    name: toStorableText(input.name),
    startTime: toStorableTime(input.startTime),
    endTime: input.endTime === null ? null : toStorableTime(input.endTime),
    startNanosRest: input.startNanosRest ?? null,
    endNanosRest: input.endNanosRest ?? null,
    errorMessage: input.errorMessage === null ? null : toStorableText(input.errorMessage),
    sdkLanguage: input.sdkLanguage === null ? null : toStorableText(input.sdkLanguage),
    attributesJson: JSON.stringify(attributes),
    mappedJson: lacking ? JSON.stringify(lacking) : null,
    mappingVersion: mapped?.version ?? null,
    priceJson: price ? JSON.stringify(price) : null,
    ...(mapped && mapped.version !== ownWords
      ? readMappedUsage({ ...lacking, ...attributes })
      : readUsage(attributes)),
  }
}

/** How a span stands before it was looked at beside others. */
export function unsettled(span: NewSpan): Settled {
  return { computedCostUsd: null, isUnpriced: needsPrice(span), countsUsage: true }
}
