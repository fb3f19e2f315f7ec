import { parseJson } from '../../platform/http/parse-json.ts'
import { isJsonObject, type JsonObject } from '../../platform/json.ts'
import { defineJob } from '../../platform/threads/workroom.ts'
import type { Activation } from './activation-run.ts'
import { countCompletion } from './count-completion.ts'
import {
  activationsIn,
  countFeatures,
  firstActivations,
  listOf,
  strengthsOf,
  strongest,
} from './timeline.ts'

/** What a generation came to; only the timeline is large, and it stays text. */
export interface ReadRun {
  readonly outputText: string
  readonly outputTokenIds: readonly number[]
  readonly outputTokens: number
  readonly hfModelId: string | null
  /** JSON in UTF-8. */
  readonly timeline: Uint8Array
  readonly previewRows: readonly Activation[]
  readonly rowsCount: number
  readonly featuresCount: number
  readonly topFeatures: readonly number[] | null
}

const previewLimit = 500
const previewFeatures = 20

/** Reads what the service generated, off the main thread. Undefined when it is no JSON object. */
export const readRun = defineJob<Uint8Array, ReadRun | undefined>({
  module: import.meta.url,
  name: 'readRun',
  async run(bytes) {
    const answer = objectIn(bytes)
    if (answer === undefined) return undefined
    const timeline = timelineOf(answer)
    const outputText = textOr(answer['output_text'], '')
    const outputTokenIds = integersOf(answer['output_token_ids'])
    const strengths = strengthsOf(activationsIn(timeline))
    const best = strongest(strengths, previewFeatures).map(({ featureId }) => featureId)
    return {
      outputText,
      outputTokenIds,
      outputTokens: countCompletion({ outputText, tokenIds: outputTokenIds, timeline }),
      hfModelId: textOr(answer['model_id'], '') || null,
      timeline: encode(timeline),
      previewRows: firstActivations(timeline, {}, previewLimit),
      rowsCount: strengths.values().reduce((sum, { hits }) => sum + hits, 0),
      featuresCount: countFeatures(timeline),
      topFeatures: best.length === 0 ? null : best,
    }
  },
})

/** Reads what the service extracted: the timeline as JSON in UTF-8. */
export const readExtraction = defineJob<Uint8Array, Uint8Array | undefined>({
  module: import.meta.url,
  name: 'readExtraction',
  async run(bytes) {
    const answer = objectIn(bytes)
    return answer && encode(timelineOf(answer))
  },
})

function objectIn(bytes: Uint8Array): JsonObject | undefined {
  try {
    const value = parseJson(bytes)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function timelineOf(answer: JsonObject): unknown {
  return answer['feature_timeline'] === undefined ? [] : answer['feature_timeline']
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise
}

function integersOf(value: unknown): number[] {
  return listOf(value).filter((id): id is number => Number.isSafeInteger(id))
}

/** NOTE: overflowing numbers become null here, as in every JSON that we write. */
function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}
