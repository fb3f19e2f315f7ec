import type { Reporter, TestModule } from 'vitest/node'

/** How a run ended, as the closing lines tell it. */
interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly sqlite: number
  readonly postgres: number
}

/** The closing lines of a run: tests per database, then the count that machines read. */
function closingLines({ passed, failed, skipped, sqlite, postgres }: Tally): string[] {
  const skips = skipped > 0 ? `, ${skipped} skipped` : ''
  return [
    `databases: sqlite ${sqlite}, postgres ${postgres}`,
    `${passed} passed, ${failed} failed${skips}`,
  ]
}

/**
 * Ends the report with `N passed, N failed`, counted from the results. Whatever makes the run fail
 * counts as failed: a test, a file that could not be loaded, a set-up hook, an error outside any test.
 * Tests whose full name holds `[sqlite]` or `[postgres]` are counted per database.
 */
export class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], strayErrors: readonly unknown[]): void {
    for (const line of closingLines(tally(modules, strayErrors.length))) console.log(line)
  }
}

function tally(modules: readonly TestModule[], strayErrors: number): Tally {
  const tests = modules.flatMap((module) => [...module.children.allTests()])
  const suites = modules.flatMap((module) => [module, ...module.children.allSuites()])
  const count = (state: string): number =>
    tests.filter((test) => test.result().state === state).length
  const named = (mark: string): number =>
    tests.filter((test) => test.result().state !== 'skipped' && test.fullName.includes(mark)).length
  return {
    passed: count('passed'),
    failed:
      count('failed') + suites.filter((suite) => suite.errors().length > 0).length + strayErrors,
    skipped: count('skipped') + count('pending'),
    sqlite: named('[sqlite]'),
    postgres: named('[postgres]'),
  }
}
