import { startPostgres } from './postgres-server.ts'

// A process that keeps one PostgreSQL server for a test run. It starts the server, sends
// `{ adminUrl }` or `{ error }` to its parent, and stops the server when the parent disconnects, so
// that nothing is left behind however the run ends, SIGKILL included.

const goneParent = new Promise<void>((resolve) => process.once('disconnect', resolve))

try {
  await using server = await startPostgres({ durable: false })
  process.send?.({ adminUrl: server.adminUrl })
  await goneParent
} catch (error) {
  process.send?.({ error: error instanceof Error ? error.message : String(error) })
  process.exitCode = 1
  if (process.connected) process.disconnect()
}
