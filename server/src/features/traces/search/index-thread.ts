/** Entry of the thread that alone opens the search index. */
import { workerData } from 'node:worker_threads'
import { serveCalls } from '../../../platform/threads/serve-calls.ts'
import { IndexFile, type NewSegment, type Progress } from './index-file.ts'

/** What the thread is asked for; it answers with what the method of that name gives. */
export type IndexCall =
  | { readonly kind: 'progress' }
  | { readonly kind: 'landmarks' }
  | { readonly kind: 'add'; readonly segment: NewSegment; readonly behind: Progress }
  | { readonly kind: 'find'; readonly forms: readonly string[] }
  | { readonly kind: 'reset' }

// The path is what this process's own `SearchIndex` passed to the thread.
const { path } = workerData as { readonly path: string }

// A file that cannot be opened is the reply to every call.
const opening = IndexFile.open(path)
opening.catch(() => undefined)

serveCalls(async (message) => {
  const file = await opening
  try {
    return await carryOut(file, message as IndexCall)
  } catch (error) {
    if (isDamage(error)) await file.reset()
    throw error
  }
})

async function carryOut(file: IndexFile, call: IndexCall): Promise<unknown> {
  switch (call.kind) {
    case 'progress':
      return file.progress()
    case 'landmarks':
      return file.landmarks()
    case 'add':
      return file.add(call.segment, call.behind)
    case 'find':
      return file.find(call.forms)
    case 'reset':
      return file.reset()
  }
}

/** SQLite's result codes for a damaged file and for a file that is no database. */
function isDamage(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  if (!(cause instanceof Error) || !('errcode' in cause)) return false
  return [11, 26].includes(Number(cause.errcode) & 0xff)
}
