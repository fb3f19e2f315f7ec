import type { Upstream } from '../../platform/upstream/upstream.ts'
import type { LocalEngine } from '../engine/index.ts'
import type { Uses } from '../identity/index.ts'
import type { ModelLibrary } from '../model-files/index.ts'
import type { ModelDirectory } from './model-directory.ts'
import type { ProviderEnvironment } from './provider-environment.ts'

/** What knowing models needs beside the powers of every verb. */
export interface ModelPowers {
  readonly providers: ProviderEnvironment
  readonly directory: ModelDirectory
  readonly upstream: Upstream
  /** The model files on this machine. */
  readonly library: ModelLibrary
  /** What runs them. */
  readonly engine: LocalEngine
}

/** What reading verbs of models are given. */
export interface ModelContext extends Uses<'db' | 'vault' | 'caller' | 'clock'>, ModelPowers {}

/** What writing verbs are given. */
export interface ModelWriteContext extends ModelContext, Uses<'ids'> {}
