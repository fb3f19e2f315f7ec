/** A flag as it was given, `true` standing for one without a value. */
export interface Flag {
  /** With its dashes. */
  readonly name: string
  readonly text: string
}

/** What a flag was given; the last one counts. */
export function textOf(flags: readonly Flag[], name: string): string | undefined {
  return flags.findLast((flag) => flag.name === name)?.text
}
