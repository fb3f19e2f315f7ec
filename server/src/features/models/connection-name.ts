const longest = 40

/** A free name for a connection that people call so; `taken` tells which are not. */
export function nameForLabel(label: string, taken: (name: string) => boolean): string {
  const base = slugOf(label)
  if (!taken(base)) return base
  for (let number = 2; ; number += 1) {
    const ending = `-${number}`
    const name = `${base.slice(0, longest - ending.length)}${ending}`
    if (!taken(name)) return name
  }
}

function slugOf(label: string): string {
  const plain = label.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  const words = plain.replace(/[^a-z0-9_]+/gu, '-').slice(0, longest)
  return words.replace(/^-+|-+$/gu, '') || 'remote'
}
