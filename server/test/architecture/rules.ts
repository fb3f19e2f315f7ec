import { posix } from 'node:path'
import { findCycles } from './cycles.ts'
import { placeOf, rankOf, type Place } from './layers.ts'
import { readSourceGraph, type SourceFile } from './source-graph.ts'

export type RuleName =
  | 'arrow'
  | 'contract-alone'
  | 'cycle'
  | 'database-driver'
  | 'feature-door'
  | 'feature-order'
  | 'home'
  | 'module-state'
  | 'name'
  | 'query-builder'
  | 'size'
  | 'surface-database'
  | 'unknown-file'
  | 'vocabulary-only'

/** One breach of the house's architecture. */
export interface Violation {
  readonly rule: RuleName
  readonly file: string
  readonly message: string
}

/** Files with a budget below the general one of 400 lines: the places that rot first. */
const lineBudgets = new Map([
  ['server/src/app/context.ts', 150],
  ['server/src/main.ts', 60],
])
const maxLines = 400

const bannedNames = /^(utils?|helpers?|managers?|common|services?)$/u

/** Checks a tree of files (path → text) against the house rules; gives every breach. */
export function checkArchitecture(files: ReadonlyMap<string, string>): Violation[] {
  const graph = readSourceGraph(files)
  const inside = graph.filter(({ path }) => placeOf(path).layer !== 'outside')
  return [
    ...graph.flatMap(checkSize),
    ...graph.flatMap((file) => checkTargetsExist(file, files)),
    ...inside.flatMap((file) => [
      ...checkHome(file),
      ...checkImports(file),
      ...checkPackages(file),
      ...checkModuleState(file),
    ]),
    ...findCycles(inside).map((cycle) => violation('cycle', cycle[0] ?? '', cycle.join(' → '))),
  ]
}

function violation(rule: RuleName, file: string, message: string): Violation {
  return { rule, file, message }
}

function checkSize({ path, lineCount }: SourceFile): Violation[] {
  const budget = lineBudgets.get(path) ?? maxLines
  if (lineCount <= budget) return []
  return [violation('size', path, `${lineCount} lines, at most ${budget}`)]
}

function referencesOf({ imports, starts }: SourceFile): string[] {
  return [...imports, ...starts]
}

/** A reference that leads nowhere would make the other rules blind to it. */
function checkTargetsExist(file: SourceFile, files: ReadonlyMap<string, string>): Violation[] {
  return referencesOf(file)
    .filter((target) => !files.has(target))
    .map((target) => violation('unknown-file', file.path, `no file ${target}`))
}

function checkHome({ path }: SourceFile): Violation[] {
  const place = placeOf(path)
  const banned = path.split('/').find((part) => bannedNames.test(posix.basename(part, '.ts')))
  const isUnknownFeature = place.layer === 'feature' && rankOf(place.room) < 0
  return [
    ...(place.layer === 'homeless' ? [violation('home', path, 'belongs to no layer')] : []),
    ...(isUnknownFeature ? [violation('home', path, 'its feature has no place in the order')] : []),
    ...(banned === undefined ? [] : [violation('name', path, `"${banned}" names no thing`)]),
  ]
}

function checkModuleState({ path, moduleVariables }: SourceFile): Violation[] {
  return moduleVariables.map((name) =>
    violation('module-state', path, `module-level variable ${name}`),
  )
}

function checkImports(file: SourceFile): Violation[] {
  const from = placeOf(file.path)
  return referencesOf(file).flatMap((target) => {
    const breach = breachOf(from, placeOf(target), { path: file.path, target })
    return breach ? [violation(breach, file.path, `imports ${target}`)] : []
  })
}

const mayImport: Readonly<Record<Place['layer'], ReadonlyArray<Place['layer']>>> = {
  app: ['app', 'surface', 'feature', 'platform', 'contract', 'migrations'],
  surface: ['surface', 'feature', 'platform', 'contract'],
  feature: ['feature', 'platform', 'contract'],
  platform: ['platform'],
  migrations: ['migrations', 'platform'],
  contract: ['contract'],
  web: ['web', 'contract'],
  outside: ['outside'],
  homeless: [],
}

/** The rule that an import breaks, if any. */
function breachOf(
  from: Place,
  to: Place,
  { path, target }: { path: string; target: string },
): RuleName | undefined {
  if (isRouteShape(path, target)) return undefined
  if (!mayImport[from.layer].includes(to.layer)) return 'arrow'
  if (from.layer === 'surface') {
    if (to.layer === 'surface' && to.room !== from.room) return 'arrow'
    if (target.startsWith('server/src/platform/db/')) return 'surface-database'
  }
  if (to.layer === 'feature') {
    const isOwn = from.layer === 'feature' && from.room === to.room
    if (isOwn) return undefined
    if (to.inside !== 'index.ts') return 'feature-door'
    if (from.layer === 'feature' && rankOf(to.room) >= rankOf(from.room)) return 'feature-order'
  }
  if (from.layer === 'feature' && to.layer === 'contract') {
    return to.inside === 'vocabulary.ts' ? undefined : 'vocabulary-only'
  }
  return undefined
}

/**
 * The one exception to "platform imports nothing else of ours": the mount takes any contract route,
 * so it knows the shape that all routes have, and no route.
 */
function isRouteShape(path: string, target: string): boolean {
  return path.startsWith('server/src/platform/http/') && target === 'contract/src/route.ts'
}

function checkPackages({ path, packages }: SourceFile): Violation[] {
  const place = placeOf(path)
  return packages.flatMap((name) => {
    const rule = packageBreach(place, path, name)
    return rule ? [violation(rule, path, `imports ${name}`)] : []
  })
}

function packageBreach(place: Place, path: string, name: string): RuleName | undefined {
  const isDatabase = path.startsWith('server/src/platform/db/')
  const isOf = (packageName: string): boolean =>
    name === packageName || name.startsWith(`${packageName}/`)
  if (place.layer === 'contract') return isOf('zod') ? undefined : 'contract-alone'
  if (isOf('kysely')) {
    return isDatabase || place.layer === 'migrations' || isStore(place)
      ? undefined
      : 'query-builder'
  }
  if (isOf('pg') || isOf('node:sqlite')) {
    return place.layer === 'platform' ? undefined : 'database-driver'
  }
  return undefined
}

/** A room's SQL: `store.ts`, any `…-store.ts`, or a file in a folder `store/`. */
function isStore(place: Place): boolean {
  const mayHaveOne = place.layer === 'feature' || place.layer === 'platform'
  return mayHaveOne && /(^|[/-])store\.ts$|(^|\/)store\//u.test(place.inside)
}
