import type { SourceFile } from './source-graph.ts'

/** Import cycles, each as the list of its files, the first one repeated at the end. */
export function findCycles(files: readonly SourceFile[]): string[][] {
  const importsOf = new Map(files.map((file) => [file.path, file.imports]))
  const done = new Set<string>()
  const cycles: string[][] = []
  const follow = (path: string, trail: readonly string[]): void => {
    const seenAt = trail.indexOf(path)
    if (seenAt >= 0) {
      cycles.push([...trail.slice(seenAt), path])
      return
    }
    if (done.has(path)) return
    for (const target of importsOf.get(path) ?? []) follow(target, [...trail, path])
    done.add(path)
  }
  for (const { path } of files) follow(path, [])
  return cycles
}
