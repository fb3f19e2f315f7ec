import { isJsonObject } from '../../platform/json.ts'
import type { LoggedRequest } from './logged-request.ts'

/**
 * What an engine sent and no reply shows, as JSON text, so that nothing of an ingest is lost. The
 * parts of children stand under their positions in the lists that were sent.
 */
export function unshownJson(request: LoggedRequest): string {
  const { temperature, modText, systemPromptTokens, userPromptTokens } = request
  return JSON.stringify({
    ...given({
      temperature,
      mod_text: modText,
      system_prompt_token_ids: systemPromptTokens,
      user_prompt_token_ids: userPromptTokens,
    }),
    events: byPosition(request.events, ({ details, tokensSoFar }) => ({
      details,
      tokens_so_far_len: tokensSoFar,
    })),
    mod_calls: byPosition(request.modCalls, ({ traceback }) => ({
      exception_traceback: traceback,
    })),
    actions: byPosition(request.actions, ({ details, order, fields }) => ({
      details: isJsonObject(details) ? null : details,
      action_order: order === 0 ? null : order,
      ...overruled(fields, details),
    })),
  })
}

/** Figures that the details name as well, and otherwise. */
function overruled(fields: Readonly<Record<string, unknown>>, details: unknown) {
  if (!isJsonObject(details)) return {}
  return Object.fromEntries(Object.entries(fields).filter(([key]) => Object.hasOwn(details, key)))
}

function byPosition<T>(
  items: readonly T[],
  unshownOf: (item: T) => Readonly<Record<string, unknown>>,
): Record<string, object> | undefined {
  const entries = items.flatMap((item, position): [string, object][] => {
    const unshown = given(unshownOf(item))
    return Object.keys(unshown).length === 0 ? [] : [[String(position), unshown]]
  })
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

function given(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== null && value !== undefined),
  )
}
