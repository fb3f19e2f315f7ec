import pg from 'pg'
import { expect, it } from 'vitest'
import { dropPostgres, freshPostgresUrl } from './postgres.ts'

async function question(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

it('gives each caller an empty database of its own with collation C [postgres]', async () => {
  const [one, two] = await Promise.all([freshPostgresUrl(), freshPostgresUrl()])
  await question(one, 'create table only_here (id int)')
  expect(await question(two, `select to_regclass('only_here') as found`)).toEqual([{ found: null }])
  const sql = `select datcollate, datctype, pg_encoding_to_char(encoding) as encoding
    from pg_database where datname = current_database()`
  expect(await question(two, sql)).toEqual([{ datcollate: 'C', datctype: 'C', encoding: 'UTF8' }])
  await Promise.all([dropPostgres(one), dropPostgres(two)])
})

it('drops a database that somebody is still connected to [postgres]', async () => {
  const url = await freshPostgresUrl()
  const client = new pg.Client({ connectionString: url })
  const errors: Error[] = []
  client.on('error', (error) => errors.push(error))
  await client.connect()
  await dropPostgres(url)
  await expect(client.query('select 1')).rejects.toThrow(/./u)
  expect(errors.map((error) => error.message).join()).toContain('terminat')
  await expect(question(url, 'select 1')).rejects.toThrow('does not exist')
})
