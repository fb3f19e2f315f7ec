import type { Tx } from '../../platform/db/database.ts'

export async function isThereAPrompt(tx: Tx): Promise<boolean> {
  const row = await tx.db.selectFrom('prompts').select('id').limit(1).executeTakeFirst()
  return row !== undefined
}
