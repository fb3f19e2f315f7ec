import type { GuardedRoom } from '../../platform/threads/guarded.ts'
import type { ModelLibrary } from './model-library.ts'

/** What verbs of model files need beside the powers of every verb. */
export interface ModelFilePowers {
  readonly library: ModelLibrary
  /** Where templates are tried. */
  readonly guard: GuardedRoom
  /** Whether a model is loaded from this file now. */
  isModelFileInUse(path: string): boolean
}
