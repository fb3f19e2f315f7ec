import { startServer } from './server-child.ts'
import { countStoredSpans } from './stored.ts'

/** The spans that a server finds in a folder after another was killed there. */
export async function restartAndCount(dataDir: string): Promise<number> {
  await using again = await startServer({ dataDir })
  const count = await countStoredSpans({ kind: 'sqlite', dataDir })
  await again.stop()
  return count
}
