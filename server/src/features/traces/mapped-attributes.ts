/** Attributes derived from others, and the version of the rules that derived them. */
export interface MappedAttributes {
  readonly version: number
  readonly attributes: Readonly<Record<string, unknown>>
}

type Attributes = Readonly<Record<string, unknown>>

/** The derived attributes whose names the sent ones do not have; undefined when there are none. */
export function lackingIn(sent: Attributes, derived: Attributes): Attributes | undefined {
  const lacking = Object.entries(derived).filter(
    ([key, value]) => value !== undefined && !Object.hasOwn(sent, key),
  )
  return lacking.length === 0 ? undefined : Object.fromEntries(lacking)
}
