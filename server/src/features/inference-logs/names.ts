import { allow, type Uses } from '../identity/index.ts'
import { notesOfLog, saveNotes, touchLog, type LogNotes } from './notes-store.ts'
import { toName, withName, withoutName } from './plan-names.ts'
import { readableLog } from './readable-log.ts'

/** The lists of names that a log has, with what one name is called on the wire. */
const calledOne = { favoritedBy: 'name', tags: 'tag' } as const
type NameList = keyof typeof calledOne

/** Favourites and tags of a log that the caller may read. Throws `not-found`, `forbidden`. */
export async function listNames(ctx: Uses<'db' | 'caller'>, requestId: string): Promise<LogNotes> {
  return ctx.db.read(async (tx) => {
    await readableLog(tx, ctx.caller, requestId)
    return notesOfLog(tx, requestId)
  })
}

/** Adds a name to a list of a log that the caller may read; one that is there stays where it is. */
export async function addName(
  ctx: Uses<'db' | 'caller'>,
  requestId: string,
  list: NameList,
  text: string,
): Promise<readonly string[]> {
  return changeNames(ctx, requestId, list, (names) =>
    withName(names, toName(text, calledOne[list])),
  )
}

/** Takes a name from a list of a log that the caller may read; one that is not there is no fault. */
export async function removeName(
  ctx: Uses<'db' | 'caller'>,
  requestId: string,
  list: NameList,
  text: string,
): Promise<readonly string[]> {
  return changeNames(ctx, requestId, list, (names) =>
    withoutName(names, toName(text, calledOne[list])),
  )
}

async function changeNames(
  ctx: Uses<'db' | 'caller'>,
  requestId: string,
  list: NameList,
  change: (names: readonly string[]) => readonly string[],
): Promise<readonly string[]> {
  allow(ctx.caller, 'logs:write')
  // Refuses a bad name before it looks for the log.
  change([])
  return ctx.db.write(async (tx) => {
    await readableLog(tx, ctx.caller, requestId)
    const notes = await touchLog(tx, requestId)
    const names = change(notes[list])
    await saveNotes(tx, requestId, { ...notes, [list]: names })
    return names
  })
}
