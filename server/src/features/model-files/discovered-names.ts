import type { ModelFile } from './model-file.ts'
import { partPlace } from './model-parts.ts'

/**
 * The part of a discovered name that tells files of a repository apart, mostly the quantization:
 * before `.gguf`, after the last `.` and the last `-`; where that leaves nothing, the file's name.
 * Source: bodhi contract §4.2. The number of a part is no part of the name.
 */
export function qualifierOf(filename: string): string {
  const place = partPlace(filename)
  const pieces = (place ? `${place.stem}.gguf` : filename).split('.')
  return pieces.at(-2)?.split('-').at(-1) || filename
}

/**
 * Files by the name under which they can be used without an alias, `user/repo:qualifier`, in the
 * order of the names. Of several with one name the current one counts, else the newest. A projector
 * is no model of its own and has none, and so has a file that cannot be read.
 */
export function discoveredNames(files: readonly ModelFile[]): ReadonlyMap<string, ModelFile> {
  const chosen = new Map<string, ModelFile>()
  for (const file of files) {
    if (file.sizeBytes === null || isProjector(file.filename)) continue
    const name = `${file.repo}:${qualifierOf(file.filename)}`
    const rival = chosen.get(name)
    if (!rival || isBefore(file, rival)) chosen.set(name, file)
  }
  return new Map([...chosen].toSorted(([one], [two]) => (one < two ? -1 : 1)))
}

/** The part of a model that turns images or sound into what the model understands. */
function isProjector(filename: string): boolean {
  return /(?:^|[-_.])mmproj[-_.]/iu.test(filename)
}

function isBefore(file: ModelFile, rival: ModelFile): boolean {
  if (file.isCurrent !== rival.isCurrent) return file.isCurrent
  if (file.modifiedAt !== rival.modifiedAt) return file.modifiedAt > rival.modifiedAt
  return false
}
