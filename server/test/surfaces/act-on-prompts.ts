import { localCaller, type Uses } from '../../src/features/identity/index.ts'
import { createComment } from '../../src/features/prompts/index.ts'
import { isJsonObject, type JsonObject } from '../../src/platform/json.ts'

type Act = (
  route: string,
  ask: { readonly names?: Readonly<Record<string, string>>; readonly body?: unknown },
) => Promise<JsonObject>

/** Plays every route that changes prompts, and the end of a comment. */
export async function actOnPrompts(act: Act, powers: Uses<'db' | 'clock' | 'ids'>): Promise<void> {
  const { data } = await act('POST /api/v1/prompts', { body: { name: 'greet', prompt: 'Hi' } })
  const promptId = isJsonObject(data) ? String(data['id']) : ''
  const names = { id: promptId }
  await act('PUT /api/v1/prompts/{id}', { names, body: { prompt: 'Hello' } })
  const place = { kind: 'generic' } as const
  const said = { text: 'Good', place, promptId, executionId: null }
  const comment = await createComment({ ...powers, caller: localCaller() }, said)
  await act('DELETE /api/v1/comments/{id}', { names: { id: comment.id } })
  await act('DELETE /api/v1/prompts/{id}', { names })
}
