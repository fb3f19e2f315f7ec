/** How an item is called by what it holds. Source: hypersigil contract §1.9. */

const naming = ['name', 'title', 'id', 'identifier', 'key', 'label']
const longestName = 255
const fewLetters = 50

/** By the first member that names things, whatever its case; null if none does. */
export function nameByMember(members: readonly (readonly [string, unknown])[]): string | null {
  for (const word of naming) {
    const found = members.find(([key]) => key.trim().toLowerCase() === word)
    const value = Number.isFinite(found?.[1]) ? String(found?.[1]) : found?.[1]
    if (typeof value === 'string' && value.trim() !== '') return shortened(value, longestName)
  }
  return null
}

/** Else by the first cell that is not empty, else by the number of the row. */
export function nameOfCells(cells: readonly (readonly [string, string])[], row: number): string {
  const first = cells.map(([, value]) => value).find((value) => value.trim() !== '')
  return nameByMember(cells) ?? (first === undefined ? `${row}` : shortened(first, fewLetters))
}

/** Whole characters, on one line. */
function shortened(text: string, most: number): string {
  return Array.from(text.trim().replaceAll(/\s+/gu, ' ')).slice(0, most).join('')
}
