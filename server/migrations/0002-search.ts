import { sql, type Kysely } from 'kysely'
import type { Dialect } from '../src/platform/db/database.ts'

/**
 * Spans whose attributes changed after they may have been indexed for search. A trigger notes
 * them, so that no way of writing a span can forget to; PostgreSQL has no index to keep.
 */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  if (dialect === 'postgres') return
  await sql`create table search_changes (
    id integer primary key autoincrement,
    seq integer not null unique
  )`.execute(db)
  await sql`create trigger span_payloads_changed after update of attributes on span_payloads
    when new.attributes is not old.attributes
    begin
      delete from search_changes where seq = new.seq;
      insert into search_changes (seq) values (new.seq);
    end`.execute(db)
}
