import { describe, expect, it } from 'vitest'
import { featureOrder } from './architecture/layers.ts'
import { readTree } from './architecture/read-tree.ts'
import { checkArchitecture, type RuleName } from './architecture/rules.ts'

describe('the tree', () => {
  const tree = readTree()

  it('keeps every rule of the house', () => {
    expect(
      checkArchitecture(tree).map(({ rule, file, message }) => `${rule}: ${file}: ${message}`),
    ).toEqual([])
  })

  it('was really read', () => {
    const layers = [
      'contract/src/',
      'server/src/app/',
      'server/src/platform/',
      'server/src/features/',
      'server/src/surfaces/',
    ]
    for (const layer of layers) {
      const files = [...tree.keys()].filter((path) => path.startsWith(layer))
      expect(files.length, layer).toBeGreaterThan(5)
    }
    expect(tree.size).toBeGreaterThan(150)
  })
})

/** A small tree that keeps every rule; each case below plants one bad file in it. */
const sound: Record<string, string> = {
  'contract/src/route.ts': `import { z } from 'zod'\nexport const route = z`,
  'contract/src/vocabulary.ts': `export const roles = ['viewer']`,
  'contract/src/beacon/routes.ts': `export { route } from '../route.ts'`,
  'server/migrations/0001-first.ts': `import { sql } from 'kysely'\nexport const up = sql`,
  'server/src/platform/clock.ts': `export type Clock = () => number`,
  'server/src/platform/db/database.ts': `import { DatabaseSync } from 'node:sqlite'\nimport 'kysely'\nexport const open = DatabaseSync`,
  'server/src/platform/http/mount.ts': `import type { route } from '@pharos/contract/route.ts'\nexport type R = typeof route`,
  'server/src/features/identity/index.ts': `export { allow } from './allow.ts'`,
  'server/src/features/identity/allow.ts': `import { roles } from '@pharos/contract/vocabulary.ts'\nexport const allow = roles`,
  'server/src/features/analysis/index.ts': `export const judge = 1`,
  'server/src/features/traces/index.ts': `export { list } from './trace-store.ts'`,
  'server/src/features/traces/trace-store.ts': `import { sql } from 'kysely'\nimport { allow } from '../identity/index.ts'\nexport const list = [sql, allow]`,
  'server/src/surfaces/beacon/routes.ts': `import '@pharos/contract/beacon/routes.ts'\nimport '../../features/traces/index.ts'\nexport const door = 1`,
  'server/src/app/app.ts': `import { door } from '../surfaces/beacon/routes.ts'\nimport '../../migrations/0001-first.ts'\nexport const app = door`,
  'server/src/main.ts': `import { app } from './app/app.ts'\nconsole.log(app)`,
  'server/test/support/sample.ts': `export const sample = 1`,
}

interface Case {
  readonly breach: string
  readonly rule: RuleName
  readonly path: string
  readonly text: string
}

const features = 'server/src/features'
const beacon = 'server/src/surfaces/beacon'
const cases: Case[] = [
  {
    breach: 'the platform imports a feature',
    rule: 'arrow',
    path: 'server/src/platform/peek.ts',
    text: `import '../features/traces/index.ts'`,
  },
  {
    breach: 'the platform imports a route of a contract',
    rule: 'arrow',
    path: 'server/src/platform/http/peek.ts',
    text: `import '@pharos/contract/beacon/routes.ts'`,
  },
  {
    breach: 'the platform outside http imports the shape of a route',
    rule: 'arrow',
    path: 'server/src/platform/peek.ts',
    text: `import '@pharos/contract/route.ts'`,
  },
  {
    breach: 'a feature imports a surface',
    rule: 'arrow',
    path: `${features}/traces/peek.ts`,
    text: `import '../../surfaces/beacon/routes.ts'`,
  },
  {
    breach: 'a surface imports another surface',
    rule: 'arrow',
    path: 'server/src/surfaces/thunder/routes.ts',
    text: `import '../beacon/routes.ts'`,
  },
  {
    breach: 'a surface imports the app',
    rule: 'arrow',
    path: `${beacon}/peek.ts`,
    text: `import '../../app/app.ts'`,
  },
  {
    breach: 'a feature imports the app, as a type',
    rule: 'arrow',
    path: `${features}/traces/peek.ts`,
    text: `import type { app } from '../../app/app.ts'\nexport type A = typeof app`,
  },
  {
    breach: 'a feature imports the app, as an inline type',
    rule: 'arrow',
    path: `${features}/traces/peek.ts`,
    text: `export type A = typeof import('../../app/app.ts')`,
  },
  {
    breach: 'a feature imports a surface, when it runs',
    rule: 'arrow',
    path: `${features}/traces/peek.ts`,
    text: `export const load = () => import('../../surfaces/beacon/routes.ts')`,
  },
  {
    breach: 'a feature starts a worker of the app',
    rule: 'arrow',
    path: `${features}/traces/peek.ts`,
    text: `export const entry = new URL('../../app/app.ts', import.meta.url)`,
  },
  {
    breach: 'a feature re-exports a surface',
    rule: 'arrow',
    path: `${features}/traces/peek.ts`,
    text: `export * from '../../surfaces/beacon/routes.ts'`,
  },
  {
    breach: 'a migration imports a feature',
    rule: 'arrow',
    path: 'server/migrations/0002-bad.ts',
    text: `import '../src/features/traces/index.ts'`,
  },
  {
    breach: 'the contract imports the server',
    rule: 'arrow',
    path: 'contract/src/peek.ts',
    text: `import '../../server/src/platform/clock.ts'`,
  },
  {
    breach: 'production imports what belongs to tests',
    rule: 'arrow',
    path: 'server/src/app/peek.ts',
    text: `import '../../test/support/sample.ts'`,
  },
  {
    breach: 'the contract imports a built-in',
    rule: 'contract-alone',
    path: 'contract/src/peek.ts',
    text: `import 'node:fs'`,
  },
  {
    breach: 'the contract imports react',
    rule: 'contract-alone',
    path: 'contract/src/peek.ts',
    text: `import 'react'`,
  },
  {
    breach: 'two files import each other',
    rule: 'cycle',
    path: `${features}/traces/trace-store.ts`,
    text: `import './index.ts'\nexport const list = 1`,
  },
  {
    breach: 'a feature imports a database driver',
    rule: 'database-driver',
    path: `${features}/traces/peek-store.ts`,
    text: `import 'pg'`,
  },
  {
    breach: 'the app imports SQLite',
    rule: 'database-driver',
    path: 'server/src/app/peek.ts',
    text: `import 'node:sqlite'`,
  },
  {
    breach: "a feature goes round another one's door",
    rule: 'feature-door',
    path: `${features}/traces/peek.ts`,
    text: `import '../identity/allow.ts'`,
  },
  {
    breach: "a surface goes round a feature's door",
    rule: 'feature-door',
    path: `${beacon}/peek.ts`,
    text: `import '../../features/traces/trace-store.ts'`,
  },
  {
    breach: 'a feature imports a later one',
    rule: 'feature-order',
    path: `${features}/identity/peek.ts`,
    text: `import '../traces/index.ts'`,
  },
  {
    breach: 'a feature imports its equal',
    rule: 'feature-order',
    path: `${features}/replay/index.ts`,
    text: `import '../analysis/index.ts'`,
  },
  {
    breach: 'a feature has no place in the order',
    rule: 'home',
    path: `${features}/billing/index.ts`,
    text: `export const bill = 1`,
  },
  {
    breach: 'a file stands in no layer',
    rule: 'home',
    path: 'server/src/stray.ts',
    text: `export const stray = 1`,
  },
  {
    breach: 'a module keeps a variable',
    rule: 'module-state',
    path: 'server/src/platform/peek.ts',
    text: `export let count = 0`,
  },
  {
    breach: 'a file is called after nothing',
    rule: 'name',
    path: 'server/src/platform/utils.ts',
    text: `export const x = 1`,
  },
  {
    breach: 'a folder is called after nothing',
    rule: 'name',
    path: 'server/src/platform/helpers/x.ts',
    text: `export const x = 1`,
  },
  {
    breach: 'a verb imports the query builder',
    rule: 'query-builder',
    path: `${features}/traces/list-traces.ts`,
    text: `import { sql } from 'kysely'\nexport const q = sql`,
  },
  {
    breach: 'a surface imports the query builder',
    rule: 'query-builder',
    path: `${beacon}/store.ts`,
    text: `import 'kysely/helpers/sqlite'`,
  },
  {
    breach: 'a file has more than 400 lines',
    rule: 'size',
    path: 'server/src/platform/long.ts',
    text: '\n'.repeat(401),
  },
  {
    breach: 'the context has more than 150 lines',
    rule: 'size',
    path: 'server/src/app/context.ts',
    text: '\n'.repeat(151),
  },
  {
    breach: 'a test has more than 400 lines',
    rule: 'size',
    path: `${features}/traces/long.test.ts`,
    text: '\n'.repeat(401),
  },
  {
    breach: 'a surface imports the database',
    rule: 'surface-database',
    path: `${beacon}/peek.ts`,
    text: `import '../../platform/db/database.ts'`,
  },
  {
    breach: 'an import leads nowhere',
    rule: 'unknown-file',
    path: `${beacon}/peek.ts`,
    text: `import './gone.ts'`,
  },
  {
    breach: 'a feature imports a wire schema',
    rule: 'vocabulary-only',
    path: `${features}/traces/peek.ts`,
    text: `import '@pharos/contract/beacon/routes.ts'`,
  },
]

describe('the checker', () => {
  it('accepts a sound tree', () => {
    expect(checkArchitecture(new Map(Object.entries(sound)))).toEqual([])
  })

  it.each(cases)('fires "$rule" when $breach', ({ rule, path, text }) => {
    const planted = new Map(Object.entries({ ...sound, [path]: text }))
    const fired = checkArchitecture(planted).filter(
      (each) => each.file === path || rule === 'cycle',
    )
    expect(fired.map((each) => each.rule)).toEqual([rule])
  })

  it('has a case for every rule', () => {
    const rules: Record<RuleName, true> = {
      arrow: true,
      'contract-alone': true,
      cycle: true,
      'database-driver': true,
      'feature-door': true,
      'feature-order': true,
      home: true,
      'module-state': true,
      name: true,
      'query-builder': true,
      size: true,
      'surface-database': true,
      'unknown-file': true,
      'vocabulary-only': true,
    }
    expect(new Set(cases.map(({ rule }) => rule))).toEqual(new Set(Object.keys(rules)))
  })

  it('lets two files know each other when one only starts the other as a worker', () => {
    const planted = new Map(Object.entries(sound))
    planted.set(
      'server/src/platform/a.ts',
      `export const entry = new URL('./b.ts', import.meta.url)`,
    )
    planted.set(
      'server/src/platform/b.ts',
      `import { entry } from './a.ts'\nexport const b = entry`,
    )
    expect(checkArchitecture(planted)).toEqual([])
  })

  it('lets a test look at anything', () => {
    const planted = new Map(Object.entries(sound))
    planted.set(`${features}/traces/list.test.ts`, `import '../../app/app.ts'\nimport 'kysely'`)
    expect(checkArchitecture(planted)).toEqual([])
  })

  it('knows the twenty-three features once each', () => {
    const all = featureOrder.flat()
    expect(all).toHaveLength(23)
    expect(new Set(all).size).toBe(23)
  })
})
