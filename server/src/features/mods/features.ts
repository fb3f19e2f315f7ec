import { askService, type ServiceQuestion } from './ask-service.ts'
import type { CallWindow } from './call-window.ts'
import {
  readDescribed,
  readTimeline,
  type DescribedFeature,
  type TimelineEntry,
} from './feature-timeline.ts'
import { fieldsOf } from './fields-of.ts'
import { allowWithKey, type Asker, type PlaygroundContext } from './powers.ts'
import { featureServiceOf } from './playground-models.ts'

export interface FeatureExtraction {
  readonly model: string
  readonly tokens: readonly number[]
  readonly topK: number | null
  readonly layer: number | null
  readonly injectionPositions: readonly number[] | null
}

export interface ExtractedFeatures {
  readonly timeline: TimelineEntry[]
  /** As the service gave them; null when it gave none. */
  readonly comparisons: unknown[] | null
}

const timeoutMs = 120_000

/** Asks which features fire at each token. Source: thunder contract §6.6. */
export async function extractFeatures(
  ctx: PlaygroundContext,
  asker: Asker,
  { model, tokens, topK, layer, injectionPositions }: FeatureExtraction,
): Promise<ExtractedFeatures> {
  const userKey = allowWithKey(ctx, asker)
  const baseUrl = featureServiceOf(ctx.playground, model)
  const body = given({ tokens, top_k: topK, layer, injection_positions: injectionPositions })
  const url = `${baseUrl}/extract_features`
  const reply = fieldsOf(await askService(ctx, question(url, body, asker, userKey)))
  const { comparisons } = reply
  return {
    timeline: readTimeline(reply['feature_timeline']),
    comparisons: Array.isArray(comparisons) ? comparisons : null,
  }
}

export interface FeatureQuestion {
  readonly model: string
  /** Passed on untouched. */
  readonly timeline: readonly unknown[]
  readonly injectionPositions: readonly number[] | null
  readonly context: string | null
  readonly layer: number | null
}

export interface FeatureAnalysis {
  readonly analysis: string
  readonly topFeatures: DescribedFeature[]
}

/** Has a timeline explained, so many times a minute a key. Source: thunder contract §6.7. */
export async function analyzeFeatures(
  ctx: PlaygroundContext & { readonly analyses: CallWindow },
  asker: Asker,
  { model, timeline, injectionPositions, context, layer }: FeatureQuestion,
): Promise<FeatureAnalysis> {
  const userKey = allowWithKey(ctx, asker)
  ctx.analyses.admit(userKey)
  const baseUrl = featureServiceOf(ctx.playground, model)
  const body = given({
    feature_timeline: timeline,
    injection_positions: injectionPositions,
    context,
    layer,
  })
  const url = `${baseUrl}/analyze_features`
  const reply = fieldsOf(await askService(ctx, question(url, body, asker, userKey)))
  const { analysis, top_features } = reply
  return {
    analysis: typeof analysis === 'string' ? analysis : 'The service gave no analysis.',
    topFeatures: readDescribed(top_features),
  }
}

function question(url: string, body: unknown, { signal }: Asker, userKey: string): ServiceQuestion {
  const secrets = [userKey]
  return { service: 'feature service', url, body, timeoutMs, signal, secrets, showsReason: true }
}

/** Without the members that were not given. */
function given(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))
}
