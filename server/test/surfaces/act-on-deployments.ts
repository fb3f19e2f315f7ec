import { localCaller, type Uses } from '../../src/features/identity/index.ts'
import { createPrompt, type PromptPowers } from '../../src/features/prompts/index.ts'
import { isJsonObject, type JsonObject } from '../../src/platform/json.ts'

type Act = (
  route: string,
  ask: { readonly names?: Readonly<Record<string, string>>; readonly body?: unknown },
) => Promise<JsonObject>

/** Plays every route that changes deployments, of prompts and of embeddings. */
export async function actOnDeployments(
  act: Act,
  powers: Uses<'db' | 'clock' | 'ids'> & PromptPowers,
): Promise<void> {
  const prompt = { name: 'deployed', prompt: 'Hi' }
  const { id: promptId } = await createPrompt({ ...powers, caller: localCaller() }, prompt)
  const made = { name: 'shop', promptId, promptVersion: 1, provider: 'ollama', model: 'm' }
  const names = { id: idOf(await act('POST /api/v1/deployments', { body: made })) }
  const changes = { promptVersion: 1, model: 'n' }
  await act('PUT /api/v1/deployments/{id}', { names, body: changes })
  await act('POST /api/v1/deployments/{id}/rollback', { names, body: { revision: 1 } })
  await act('DELETE /api/v1/deployments/{id}', { names })
  await actOnEmbeddings(act)
}

async function actOnEmbeddings(act: Act): Promise<void> {
  const body = { name: 'vectors', model: 'voyage-3.5' }
  const names = { id: idOf(await act('POST /api/v1/deployment-embeddings', { body })) }
  await act('PUT /api/v1/deployment-embeddings/{id}', { names, body: { model: 'voyage-law-2' } })
  await act('DELETE /api/v1/deployment-embeddings/{id}', { names })
}

function idOf({ data }: JsonObject): string {
  return isJsonObject(data) ? String(data['id']) : ''
}
