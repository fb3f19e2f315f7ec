import { describeSchema, lastSchemaStep } from '../platform/db/describe-schema.ts'
import type { Config } from './config.ts'
import { version } from './version.ts'
import { withStore, type Print } from './with-store.ts'

/** `schema`: the tables and indexes of the database as statements. */
export async function printSchema(config: Config, print: Print): Promise<void> {
  await withStore(config, async ({ db }) => {
    const { step, statements } = await db.read(async (tx) => ({
      step: await lastSchemaStep(tx),
      statements: await describeSchema(tx),
    }))
    print(`-- Schema of Pharos ${version} on ${db.dialect}, after step ${step}\n\n${statements}`)
  })
}
