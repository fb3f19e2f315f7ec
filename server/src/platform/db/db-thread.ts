/** Entry of a database thread: statements, tasks and groups, one at a time on SQLite. */
import { workerData } from 'node:worker_threads'
import { loadExport } from '../threads/load-export.ts'
import { serveCalls } from '../threads/serve-calls.ts'
import type {
  DbThreadEngine,
  DbThreadMessage,
  DbThreadSettings,
  GroupReplies,
  SlowQueryNotice,
} from './thread-messages.ts'

// The settings are what this process's own `openDatabase` passed to the thread.
const settings = workerData as DbThreadSettings

const onSlowQuery = (sql: string, elapsedMs: number): void => {
  const notice: SlowQueryNotice = { kind: 'slow-query', sql, elapsedMs }
  server.notify(notice)
}

// A database that cannot be opened is the reply to every call, so that its owner learns why.
const opening = openEngine()
opening.catch(() => undefined)

const server = serveCalls((message) => carryOut(message as DbThreadMessage))

/** Each engine is loaded only where it is used: a thread pays for what it loads. */
async function openEngine(): Promise<DbThreadEngine> {
  if (settings.engine === 'sqlite') {
    const { openSqliteThread } = await import('./sqlite-thread.ts')
    return openSqliteThread(settings, onSlowQuery)
  }
  const { openPostgresThread } = await import('./postgres-thread.ts')
  return openPostgresThread(settings, onSlowQuery)
}

async function carryOut(message: DbThreadMessage): Promise<unknown> {
  const engine = await opening
  switch (message.kind) {
    case 'query':
      return engine.query(message.sql, message.parameters)
    case 'each':
      return engine.each(message.sql, message.rows)
    case 'task':
      return engine.task(() => loadExport(message), message.input)
    case 'group': {
      const done = await engine.group(() => loadExport(message), message.inputs)
      return message.isHeard ? done : withoutRows(done)
    }
  }
}

/** Rows that nobody is there to hear of are not copied between threads. */
function withoutRows({ replies, events }: GroupReplies): GroupReplies {
  return { replies, events: events.map(({ topic, body }) => ({ topic, body })) }
}
