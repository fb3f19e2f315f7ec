import { remapSpans, repriceSpans } from '../features/traces/index.ts'
import type { ReviseTally, ReviseWork } from '../features/traces/index.ts'
import { systemClock } from '../platform/clock.ts'
import type { Command, Config } from './config.ts'
import { everySecond, type Speech } from './speech.ts'
import { withStore } from './with-store.ts'

const secondsPerDay = 86_400

/** `reprice`: works out the costs that no client gave by the price lists of this version. */
export async function reprice(
  config: Config,
  command: Extract<Command, { name: 'reprice' }>,
  speech: Speech,
): Promise<void> {
  const { since, model } = command
  await withStore(config, (ctx) =>
    carryOut('Repriced', speech, (work) =>
      repriceSpans(ctx, { since: since && startOf(since), model }, work),
    ),
  )
}

/** `remap`: derives the fields of other tracers' spans by the rules of this version. */
export async function remap(
  config: Config,
  command: Extract<Command, { name: 'remap' }>,
  speech: Speech,
): Promise<void> {
  await withStore(config, (ctx) =>
    carryOut('Remapped', speech, (work) => remapSpans(ctx, { all: command.all }, work)),
  )
}

function startOf(since: NonNullable<Extract<Command, { name: 'reprice' }>['since']>): number {
  if ('from' in since) return since.from
  return systemClock.nowSeconds() - since.daysAgo * secondsPerDay
}

/** Ends with one line on what was done, also when it was stopped by a signal. */
async function carryOut(
  done: string,
  { print, printProgress }: Speech,
  run: (work: ReviseWork) => Promise<ReviseTally>,
): Promise<void> {
  const stop = new AbortController()
  const onSignal = (): void => {
    stop.abort()
    process.exitCode = 130
  }
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  const onProgress = everySecond((tally: ReviseTally) =>
    printProgress(`${wordsOf(tally)} so far\n`),
  )
  const tally = await run({ signal: stop.signal, onProgress })
  print(`${stop.signal.aborted ? 'Stopped early' : done}: ${wordsOf(tally)}\n`)
}

function wordsOf({ examined, changed }: ReviseTally): string {
  return `${examined} ${examined === 1 ? 'span' : 'spans'} examined, ${changed} changed`
}
