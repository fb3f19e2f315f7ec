import {
  ResponseRequest,
  type OutputItem,
  type Response,
} from '@pharos/contract/openai/responses.ts'
import {
  findStoredResponse,
  type CompletionPart,
  type ContentPart,
  type JsonMap,
  type StoredResponse,
} from '../../features/completion/index.ts'
import type { Caller, Uses } from '../../features/identity/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { growOutput } from './responses-growth.ts'
import { referencesIn, type Past } from './responses-input.ts'
import { placeOfItem } from './responses-items.ts'
import {
  spanOfResponse,
  toEndedResponse,
  toEnding,
  toFailure,
  toSettings,
  type ResponseEnding,
} from './responses-object.ts'
import { endOutput, itemsOf, startOutput } from './responses-output.ts'

type Reading = Uses<'db'> & { readonly caller: Caller }

/**
 * What a request goes on from: the conversation of its `previous_response_id`, and the items that
 * its input only names.
 * @throws DomainError `invalid` for a response that cannot be gone on from.
 */
export async function findPast(ctx: Reading, body: JsonMap): Promise<Past> {
  const id = body['previous_response_id']
  const previous = typeof id === 'string' && id !== '' ? await findPrevious(ctx, id) : null
  const spans = referencesIn(body).map((reference) => placeOfItem(reference.id)?.spanId)
  const items = new Map<string, JsonMap>()
  for (const spanId of new Set(spans)) {
    const stored = spanId === undefined ? undefined : await findStoredResponse(ctx, spanId)
    for (const item of stored ? itemsOfStored(stored) : []) items.set(item.id, asJson(item))
  }
  if (previous === null) return { conversation: [], items }
  const reply = { role: 'assistant', content: previous.reply } as const
  const said = previous.reply.length === 0 ? [] : [reply]
  return { conversation: [...previous.conversation, ...said], items }
}

async function findPrevious(ctx: Reading, id: string): Promise<StoredResponse> {
  const spanId = spanOfResponse(id)
  const stored = spanId === null ? undefined : await findStoredResponse(ctx, spanId)
  if (stored !== undefined && stored.errorMessage === null) return stored
  throw new DomainError('invalid', `Previous response with id '${id}' not found.`, {
    details: { reason: 'previous_response_not_found', param: 'previous_response_id' },
  })
}

/**
 * A response as it was given, but for the chances of its tokens.
 * @throws DomainError `not-found` for one that is not there or somebody else's.
 */
export async function getStoredResponse(ctx: Reading, id: string): Promise<Response> {
  const spanId = spanOfResponse(id)
  const stored = spanId === null ? undefined : await findStoredResponse(ctx, spanId)
  const request = ResponseRequest.safeParse(stored?.body)
  if (stored === undefined || !request.success) {
    throw new DomainError('not-found', `Response with id '${id}' not found.`)
  }
  const { startedAt: createdAt, endedAt, usage } = stored
  return toEndedResponse(
    { spanId: stored.spanId, createdAt, settings: toSettings(request.data) },
    { ...endingOf(stored), output: itemsOfStored(stored), usage, endedAt },
  )
}

function endingOf({ errorMessage, finishReason }: StoredResponse): ResponseEnding {
  return errorMessage === null ? toEnding(finishReason) : toFailure('server_error', errorMessage)
}

/** The same items as were given then, since the same parts make them. */
export function itemsOfStored(stored: StoredResponse): readonly OutputItem[] {
  let output = startOutput(stored.spanId)
  for (const part of toParts(stored.reply)) output = growOutput(output, part, []).output
  return itemsOf(endOutput(output, endingOf(stored).status !== 'completed').output)
}

function toParts(content: readonly ContentPart[]): readonly CompletionPart[] {
  const calls = content.filter(({ type }) => type === 'tool-call')
  return content.flatMap((part) => toPart(part, calls.indexOf(part)))
}

function toPart(part: ContentPart, callIndex: number): readonly CompletionPart[] {
  switch (part.type) {
    case 'text':
      return [{ ...part, type: 'text-delta' }]
    case 'reasoning':
      return [{ ...part, type: 'reasoning-delta' }]
    case 'tool-call': {
      const { argumentsText: argumentsDelta, ...call } = part
      return [{ ...call, type: 'tool-delta', index: callIndex, argumentsDelta }]
    }
    case 'image':
    case 'document':
    case 'tool-result':
      return []
  }
}

/** An item holds nothing that JSON does not; its type is not closed enough for the compiler. */
function asJson(item: OutputItem): JsonMap {
  return item as JsonMap
}
