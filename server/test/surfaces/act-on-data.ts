import type { Database } from '../../src/platform/db/database.ts'
import { isJsonObject, type JsonObject } from '../../src/platform/json.ts'

type Act = (
  route: string,
  ask: { readonly names?: Readonly<Record<string, string>>; readonly body?: unknown },
) => Promise<JsonObject>

/** Plays the routes on test data and files that leave a line. */
export async function actOnData(act: Act, db: Database): Promise<void> {
  const groups = '/api/v1/test-data/groups'
  const names = await idOf(act(`POST ${groups}`, { body: { name: 'Cities', mode: 'raw' } }))
  await act(`PUT ${groups}/{id}`, { names, body: { name: 'Towns', mode: 'raw' } })
  await act(`POST ${groups}/{id}/import`, { names, body: { format: 'md', content: 'Rome' } })
  const item = await db.read((tx) =>
    tx.db
      .selectFrom('test_items')
      .select('id')
      .where('group_id', '=', names.id)
      .executeTakeFirstOrThrow(),
  )
  await act('DELETE /api/v1/test-data/items/{id}', { names: item })
  await act(`DELETE ${groups}/{id}`, { names })
  const body = { name: 'a', originalName: 'a.txt', mimeType: 'text/plain', size: 1, data: 'YQ==' }
  const file = await idOf(act('POST /api/v1/files', { body }))
  await act('DELETE /api/v1/files/{id}', { names: file })
}

async function idOf(reply: Promise<JsonObject>): Promise<{ readonly id: string }> {
  const { data } = await reply
  return { id: isJsonObject(data) ? String(data['id']) : '' }
}
