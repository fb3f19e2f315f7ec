import { lockBlob, removePartial } from './blob-state.ts'
import { findHubFiles } from './find-hub-file.ts'
import { realPatience } from './patience.ts'
import type { TransferOptions } from './transfer-file.ts'

/**
 * Throws away what earlier attempts left of a file, as far as the hub still tells what it is: the
 * parts are kept under names that only the hub knows. Throws DomainError.
 */
export async function discardPartial(options: Omit<TransferOptions, 'onProgress'>): Promise<void> {
  const { hub, hubDir, wanted, signal, powers } = options
  const patience = powers?.patience ?? realPatience
  for (const file of await findHubFiles(hub, wanted, signal, patience)) {
    using _lock = await lockBlob(hubDir, file, signal)
    await removePartial(hubDir, file)
  }
}
