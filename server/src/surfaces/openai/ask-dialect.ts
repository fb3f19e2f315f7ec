import {
  askModel,
  jsonMap,
  type Ask,
  type StreamedAnswer,
  type WholeAnswer,
} from '../../features/completion/index.ts'
import type { Caller } from '../../features/identity/index.ts'
import { askFacts } from '../../platform/http/ask-facts.ts'
import type { RequestFacts } from '../../platform/http/request-facts.ts'
import type { OpenAiPowers } from './door.ts'
import { streamType } from './event-stream.ts'
import { toRefusal } from './refusal.ts'

/** One way of asking a model: how a body is read, and how an answer is written. */
export interface Dialect extends Pick<Ask, 'wire' | 'read' | 'fieldOf' | 'attributes'> {
  /** A whole reply as JSON text. */
  whole(answer: WholeAnswer): string
  stream(answer: StreamedAnswer): AsyncIterable<string>
}

/** A checked request, as the mount gives it. */
export interface Question {
  readonly body: AskedBody
  readonly caller: Caller
  readonly request: RequestFacts
  readonly signal: AbortSignal
}

interface AskedBody {
  readonly model: string
  readonly stream?: boolean | null | undefined
  readonly [name: string]: unknown
}

/**
 * Asks the model that a body names and answers in the body's dialect.
 * @throws DomainError what `askModel` throws, and the refusal of a call that failed.
 */
export async function askInDialect(
  powers: OpenAiPowers,
  { body, caller, request, signal }: Question,
  dialect: Dialect,
) {
  const { wire, read, fieldOf, attributes = {} } = dialect
  const mode = body.stream === true ? 'stream' : 'whole'
  const asked = { wire, model: body.model, body: jsonMap(body), mode, read, fieldOf } as const
  const ask: Ask = { ...asked, ...askFacts(request), attributes }
  const answer = await askModel({ ...powers, caller }, ask, signal)
  const { headers } = answer
  switch (answer.status) {
    case 'failed':
      throw toRefusal(answer)
    case 'whole':
      return { status: 200, headers, json: dialect.whole(answer) } as const
    case 'stream': {
      const stream = dialect.stream(answer)
      return { status: 200, headers, contentType: streamType, stream } as const
    }
  }
}
