import type { SettingSource } from './setting-source.ts'

/** A source that is read before the database is opened. */
export type OperatorSource = Extract<SettingSource, 'command line' | 'environment' | 'file'>

/** An option of the server as it was resolved without the database. */
export interface ResolvedOption {
  readonly source: OperatorSource | 'default'
  /** Undefined for an option that is absent. */
  readonly value: unknown
  /** What holds where nobody gives it; undefined for nothing. */
  readonly fallback: unknown
}

/** A setting that is no option of the server, as somebody wrote it under its own key. */
export interface NamedSetting {
  readonly key: string
  readonly source: OperatorSource
  /** Text from the environment, any JSON value from the file. */
  readonly given: unknown
}

/** All that was decided before the server started. */
export interface OperatorSettings {
  /** By the option's name. No secret needs to be among them. */
  readonly options: Readonly<Record<string, ResolvedOption>>
  readonly named: readonly NamedSetting[]
  readonly build: BuildFacts
}

export interface BuildFacts {
  readonly version: string
  readonly appType: 'native' | 'container'
}
