import type { Seeds } from './seeds.ts'

/** `quick` only shows that a bench runs: its figures say nothing, so no target is judged. */
export type Scale = 'full' | 'quick'

/** What a bench gets from the program that runs it. */
export interface Desk {
  readonly scale: Scale
  /** Stores of spans that several benches read, each made when it is first asked for. */
  readonly seeds: Seeds
  /** Flags of Node for the servers that are started. */
  readonly nodeFlags: readonly string[]
  /** Tells the person who waits; never on the standard output. */
  say(text: string): void
}

/** What a bench found; printed as one line. */
export interface BenchResult {
  readonly isReached: boolean
  /** What was measured; units are in the names. */
  readonly figures: Readonly<Record<string, number>>
  /** What one must know to judge the figures: file system, durability, sizes, rows, lag. */
  readonly conditions: Readonly<Record<string, string | number | boolean>>
}

export interface Bench {
  readonly name: string
  /** What is to be reached, for people. */
  readonly target: string
  run(desk: Desk): Promise<BenchResult>
}
