/** A program: commits one row, then dies by SIGKILL while it holds a transaction with another. */
import { openDatabase, type DatabaseLocation } from '../../src/platform/db/open-database.ts'
import { sampleRow } from './sample-groups.ts'

const [location = '', key = ''] = process.argv.slice(2)
const db = await openDatabase(JSON.parse(location) as DatabaseLocation, {
  logger: { warn: () => undefined, error: () => undefined },
  publish: () => undefined,
  onDeath: () => undefined,
})
await db.write((tx) => tx.insertMany('settings', [sampleRow(`${key}-committed`)]))
await db.write(async (tx) => {
  await tx.insertMany('settings', [sampleRow(`${key}-open`)])
  process.kill(process.pid, 'SIGKILL')
  await new Promise(() => undefined)
})
