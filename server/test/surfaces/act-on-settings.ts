import { isJsonObject, type JsonObject } from '../../src/platform/json.ts'

type Act = (
  route: string,
  ask: { readonly names?: Readonly<Record<string, string>>; readonly body?: unknown },
) => Promise<JsonObject>

/** Plays every route that changes keys of providers. */
export async function actOnSettings(act: Act, apiKey: string): Promise<void> {
  const type = 'service-api-key'
  const given = { type, data: { provider: 'voyageai', api_key: apiKey } }
  const { data } = await act('POST /api/v1/settings', { body: given })
  const names = { id: isJsonObject(data) ? String(data['id']) : '' }
  const other = { type, data: { api_key: `${apiKey}-2`, active: false } }
  await act('PUT /api/v1/settings/{id}', { names, body: other })
  await act('DELETE /api/v1/settings/{id}', { names })
}
