/** Where a file stands in a model of several files. */
export interface PartPlace {
  /** What the names of all parts begin with. */
  readonly stem: string
  /** From 1 on. */
  readonly number: number
  readonly total: number
}

/** Read from a name such as `large-00002-of-00005.gguf`; null for a file that is whole. */
export function partPlace(filename: string): PartPlace | null {
  const match = /^(.+)-(\d{5})-of-(\d{5})\.gguf$/u.exec(filename)
  if (!match) return null
  const place = { stem: match[1] ?? '', number: Number(match[2]), total: Number(match[3]) }
  return place.number >= 1 && place.number <= place.total ? place : null
}

/** What stands for the whole model: of several parts the first, else the file itself. */
export function leadsModel(filename: string): boolean {
  const place = partPlace(filename)
  return place === null || place.number === 1
}

/** Whether two files of one folder are parts of the same model; a file is a part of its own. */
export function areOneModel(first: string, second: string): boolean {
  if (first === second) return true
  const [one, two] = [partPlace(first), partPlace(second)]
  return one !== null && two !== null && one.stem === two.stem && one.total === two.total
}
