import {
  createResponse,
  getResponse,
  type ResponseRequest,
} from '@pharos/contract/openai/responses.ts'
import {
  jsonMap,
  keepForLater,
  type AnswerFacts,
  type JsonMap,
} from '../../features/completion/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { askInDialect, type Dialect } from './ask-dialect.ts'
import { serve, type OpenAiPowers } from './door.ts'
import { Fields } from './fields.ts'
import { encodeParts, endEncoding, startEncoding } from './responses-encoding.ts'
import { readInput, type Past } from './responses-input.ts'
import { toSettings, type ResponseFacts } from './responses-object.ts'
import { fromResponseRequest, hasLogprobs, responseFieldOf } from './responses-request.ts'
import { findPast, getStoredResponse } from './responses-stored.ts'
import { responseStream } from './responses-stream.ts'

/** Responses of any model, and those given before. */
export function responsesRoutes(powers: OpenAiPowers) {
  return [
    serve(createResponse, async (call) => {
      const past = await findPast({ db: powers.db, caller: call.caller }, jsonMap(call.body))
      return askInDialect(powers, call, responseDialect(call.body, past, powers))
    }),
    serve(getResponse, async ({ params, query, caller }) => {
      if (query.stream === 'true') throw notAgain()
      const body = await getStoredResponse({ db: powers.db, caller }, params.response_id)
      return { status: 200, body }
    }),
  ]
}

function notAgain(): DomainError {
  const details = { reason: 'unsupported_parameter', param: 'stream' }
  return new DomainError('invalid', 'A response is not streamed a second time', { details })
}

function responseDialect(
  request: ResponseRequest,
  past: Past,
  powers: Pick<OpenAiPowers, 'clock' | 'log'>,
): Dialect {
  const body = new Fields(jsonMap(request))
  const settings = toSettings(request)
  const areChancesAsked = hasLogprobs(body)
  const factsOf = ({ spanId, createdAt }: AnswerFacts): ResponseFacts => {
    return { spanId, createdAt, settings }
  }
  return {
    wire: 'openai-responses',
    read: (map: JsonMap) => fromResponseRequest(map, past),
    fieldOf: responseFieldOf,
    attributes: keepForLater(readInput(body, past).messages, settings.store),
    whole: (answer) => {
      const { encoding } = startEncoding(factsOf(answer), areChancesAsked)
      const said = encodeParts(encoding, answer.parts)
      return JSON.stringify(endEncoding(said.encoding, answer.outcome.endedAt).response)
    },
    stream: (answer) => {
      return responseStream(
        answer,
        { facts: factsOf(answer), hasLogprobs: areChancesAsked },
        powers,
      )
    },
  }
}
