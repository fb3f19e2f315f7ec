/**
 * Where a value comes from, from the strongest to the weakest: the one order that counts. `system`
 * is what the build itself says. Source: bodhi contract §5.4, D2.
 */
export const settingSources = [
  'system',
  'command line',
  'environment',
  'file',
  'database',
  'default',
] as const
export type SettingSource = (typeof settingSources)[number]

/** What each source says of one setting; one that says nothing has no member, or undefined. */
export type LayerValues = Readonly<Partial<Record<SettingSource, unknown>>>

/** The value that counts, null where no source has any. */
export interface Effective {
  readonly value: unknown
  readonly source: SettingSource
}

export function effectiveOf(values: LayerValues): Effective {
  for (const source of settingSources) {
    const value = values[source]
    if (value !== undefined) return { value, source }
  }
  return { value: null, source: 'default' }
}
