type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** Without the members that are undefined, which the compiler cannot follow. */
export function withoutUndefined<T extends object>(members: T): Defined<T> {
  const given = Object.entries(members).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as Defined<T>
}
