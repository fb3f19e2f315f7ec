import { readdirSync, readFileSync } from 'node:fs'
import type { RouteSpec } from '@pharos/contract/route.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Dialect } from '../../src/platform/db/database.ts'
import type { Bindings } from './match-reply.ts'
import { playExchange, type ExchangeForms, type Scene } from './transcript-exchange.ts'
import { routeOf } from './transcript-reply.ts'
import { parseTranscripts, type Transcript } from './transcript.ts'

/** The server of a suite, with what stands in for the outside world. */
export interface TranscriptStage extends Scene, AsyncDisposable {
  /** What every transcript knows from its beginning, by the names that `<text:name>` gives it. */
  readonly known?: Readonly<Record<string, string>>
  /** Forgets what the transcript before has left. */
  clear?(): Promise<void>
}

/** The transcripts of one surface, and what is peculiar to them. */
export interface TranscriptSuite extends ExchangeForms {
  readonly surface: string
  /** Where the transcripts are. */
  readonly folder: URL
  /** There are more transcripts than that. */
  readonly moreThan: number
  /** What transcripts follow; default a section of the contract. */
  readonly source?: RegExp
  /** False for a route that needs no transcript. */
  readonly isPinned?: (route: RouteSpec) => boolean
  readonly open: (dialect: Dialect) => Promise<TranscriptStage>
}

/**
 * Runs the transcripts of one surface on both databases, and holds them to its contract. Beyond
 * what `transcript.ts` says: a header, path or body takes what an earlier reply bound to a name
 * (`<text:key>`, `<int:id>`), and `<key:kind>` in a header is a key that the stage makes.
 */
export function testTranscripts(suite: TranscriptSuite): void {
  const files = readdirSync(suite.folder)
    .filter((name) => name.endsWith('.transcript'))
    .map((name) => ({
      name,
      transcripts: parseTranscripts(readFileSync(new URL(name, suite.folder), 'utf8')),
    }))
  testContract(
    suite,
    files.flatMap(({ transcripts }) => transcripts),
  )
  describe.each(['sqlite', 'postgres'] as const)(`${suite.surface} [%s]`, (dialect) => {
    let stage: TranscriptStage
    beforeAll(async () => {
      stage = await suite.open(dialect)
    })
    afterAll(() => stage[Symbol.asyncDispose]())
    beforeEach(() => stage.clear?.())

    describe.each(files)('$name', ({ transcripts }) => {
      test.each(transcripts)('$title ($section)', async ({ exchanges }) => {
        const bindings: Bindings = new Map(Object.entries(stage.known ?? {}))
        for (const exchange of exchanges) {
          await playExchange(stage, exchange, { forms: suite, bindings })
        }
        expect(stage.app.deaths).toEqual([])
      })
    })
  })
}

function testContract(
  { isPinned = () => true, source = /^§[\dA-C][\d.-]*$/, moreThan, ...forms }: TranscriptSuite,
  all: readonly Transcript[],
): void {
  const { routes } = forms
  const isAbout = (one: Transcript, name: string, route: RouteSpec): boolean =>
    one.route === name && one.exchanges.some((exchange) => routeOf(forms, exchange) === route)

  describe('The contract', () => {
    test('has a transcript for every route', () => {
      const silent = Object.entries(routes).filter(
        ([name, route]) => isPinned(route) && !all.some((one) => isAbout(one, name, route)),
      )
      expect(silent.map(([name]) => name)).toEqual([])
    })

    test('is named by every transcript with a route and a section', () => {
      const nameless = all.filter(
        ({ route, section }) => !Object.hasOwn(routes, route) || !source.test(section),
      )
      expect(nameless.map(({ title }) => title)).toEqual([])
      expect(all.length).toBeGreaterThan(moreThan)
    })
  })
}
