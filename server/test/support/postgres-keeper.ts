import { startPostgres } from './postgres-server.ts'

// A process that keeps one PostgreSQL server for a test run, or with `--durable`, which syncs to disk,
// for a benchmark. It starts the server, sends
// `{ adminUrl }` or `{ error }` to its parent, and stops the server when the parent disconnects, so
// that nothing is left behind however the run ends, SIGKILL included.

const gone = new Promise<void>((resolve) => {
  for (const event of ['disconnect', 'SIGINT', 'SIGTERM', 'SIGHUP'])
    process.once(event, () => resolve())
})

// NOTE: without the callback a message to a parent that has just gone ends this process at once,
// and the server lives on.
function tell(message: { adminUrl: string } | { error: string }): void {
  if (process.connected) process.send?.(message, () => undefined)
}

try {
  await using server = await startPostgres({ durable: process.argv.includes('--durable') })
  tell({ adminUrl: server.adminUrl })
  await gone
} catch (error) {
  tell({ error: error instanceof Error ? error.message : String(error) })
  process.exitCode = 1
} finally {
  if (process.connected) process.disconnect()
}
