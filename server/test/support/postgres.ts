import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import pg from 'pg'
import { inject } from 'vitest'
import { z } from 'zod'

const Answer = z.union([z.object({ adminUrl: z.string() }), z.object({ error: z.string() })])

/**
 * Makes a new empty database (UTF8, collation C) on the run's PostgreSQL server and gives its URL.
 * The first call of a run starts the server. Throws when there is none: such a test fails, never skips.
 */
export async function freshPostgresUrl(): Promise<string> {
  const adminUrl = await askForAdminUrl()
  const name = `pharos_${randomUUID().replaceAll('-', '')}`
  await execute(
    adminUrl,
    `create database ${name} template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'`,
  )
  const url = new URL(adminUrl)
  url.pathname = name
  return url.href
}

/** Removes a database that `freshPostgresUrl` made, ending connections that are still open. */
export async function dropPostgres(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1)
  await execute(
    await askForAdminUrl(),
    `drop database if exists ${pg.escapeIdentifier(name)} with (force)`,
  )
}

async function askForAdminUrl(): Promise<string> {
  const answer = Answer.parse(JSON.parse(await text(connect(inject('postgresPort'), '127.0.0.1'))))
  if ('error' in answer) throw new Error(`PostgreSQL did not start: ${answer.error}`)
  return answer.adminUrl
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
