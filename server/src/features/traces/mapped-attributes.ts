/** Attributes derived from others, and the version of the rules that derived them. */
export interface MappedAttributes {
  readonly version: number
  readonly attributes: Readonly<Record<string, unknown>>
}

/**
 * Stands for the version where a span came by OTLP in our own words, such as one that we gave out:
 * nothing is derived, but its usage may be that of calls below it like any other tracer's.
 */
export const ownWords = 0

type Attributes = Readonly<Record<string, unknown>>

/** The derived attributes whose names the sent ones do not have; undefined when there are none. */
export function lackingIn(sent: Attributes, derived: Attributes): Attributes | undefined {
  const lacking = Object.entries(derived).filter(
    ([key, value]) => value !== undefined && !Object.hasOwn(sent, key),
  )
  return lacking.length === 0 ? undefined : Object.fromEntries(lacking)
}
