import { defineTask, type Tx } from '../../platform/db/database.ts'
import type { ModelFile } from './model-file.ts'
import type { ModelMetadata } from './model-metadata.ts'

type Key = Pick<ModelFile, 'repo' | 'filename' | 'snapshot'>

interface Wanted extends Key {
  readonly sizeBytes: number | null
}

/** What is known of a file of this size. */
export const storedMetadata = defineTask<Wanted, ModelMetadata | undefined>({
  module: import.meta.url,
  name: 'storedMetadata',
  run: async (tx, { repo, filename, snapshot, sizeBytes }) => {
    const row = await tx.db
      .selectFrom('model_metadata')
      .select(['size_bytes', 'value'])
      .where('repo', '=', repo)
      .where('filename', '=', filename)
      .where('snapshot', '=', snapshot)
      .executeTakeFirst()
    return row?.size_bytes === sizeBytes ? readValue(row.value) : undefined
  },
})

/** The cast holds because only `saveMetadata` writes this column, from this very type. */
function readValue(text: string): ModelMetadata {
  return JSON.parse(text) as ModelMetadata
}

export async function saveMetadata(
  tx: Tx,
  { repo, filename, snapshot, sizeBytes }: Wanted,
  metadata: ModelMetadata,
  at: number,
): Promise<void> {
  const changeable = { size_bytes: sizeBytes, value: JSON.stringify(metadata), created_at: at }
  await tx.db
    .insertInto('model_metadata')
    .values({ repo, filename, snapshot, ...changeable })
    .onConflict((clash) => clash.columns(['repo', 'filename', 'snapshot']).doUpdateSet(changeable))
    .execute()
}

export async function removeMetadata(tx: Tx, { repo, filename, snapshot }: Key): Promise<void> {
  await tx.db
    .deleteFrom('model_metadata')
    .where('repo', '=', repo)
    .where('filename', '=', filename)
    .where('snapshot', '=', snapshot)
    .execute()
}

/** Whether a download of one of these files waits or runs. */
export async function isDownloading(
  tx: Tx,
  repo: string,
  filenames: readonly string[],
): Promise<boolean> {
  const row = await tx.db
    .selectFrom('downloads')
    .select('id')
    .where('repo', '=', repo)
    .where('filename', 'in', filenames)
    .where('status', '=', 'pending')
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
