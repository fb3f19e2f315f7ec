import type { AnswerFacts, JsonMap } from '../../features/completion/index.ts'
import { Fields } from './fields.ts'
import { isLegacy } from './read-tools.ts'

/** What a request asks of the form of its reply. */
export interface ReplyForm {
  /** A stream ends with a chunk that tells the usage. */
  readonly hasUsage: boolean
  readonly hasLogprobs: boolean
  /** Calls are told by their older name. */
  readonly isLegacy: boolean
}

/** @throws DomainError `invalid` for options of streams that are no object. */
export function replyFormOf(map: JsonMap): ReplyForm {
  const body = new Fields(map)
  return {
    hasUsage: body.fields('stream_options')?.boolean('include_usage') === true,
    hasLogprobs: body.given('logprobs') === true,
    isLegacy: isLegacy(body),
  }
}

/** What every chunk of a reply, and a whole one, begins with. */
export interface ReplyHead {
  readonly id: string
  readonly created: number
  readonly model: string
}

export function headOf({ spanId, createdAt, model }: AnswerFacts, prefix: string): ReplyHead {
  return { id: `${prefix}-${spanId}`, created: Math.trunc(createdAt), model }
}
