import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'

/**
 * An environment that tells a thread or child of the cache of compiled code that this thread enabled:
 * it does not inherit that. Without it each loads the compiler to strip types (10 MB and a tenth of a
 * second), and compiles all that it loads.
 */
export function withCompileCache(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const cache = getCompileCacheDir()
  // The folder it names is one below the folder it was given.
  return cache === undefined ? environment : { ...environment, NODE_COMPILE_CACHE: dirname(cache) }
}
