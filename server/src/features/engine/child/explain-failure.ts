import { InsufficientMemoryError } from 'node-llama-cpp'
import { malformed } from './check-file.ts'
import { RefusedError } from './refusal.ts'

/**
 * Why a model was not loaded, told from what was thrown and from what the native part said before,
 * since it throws the same words for every reason.
 */
export function explainFailure(
  error: unknown,
  said: readonly string[],
  name: string,
): RefusedError {
  if (error instanceof RefusedError) return error
  const cannot = `${name} cannot be loaded`
  const architecture = firstMatch(said, /unknown model architecture: '([^']*)'/u)
  if (architecture !== undefined) {
    const message = `${cannot}: the engine does not know the architecture ${architecture}`
    return malformed('unsupported_architecture', message)
  }
  const isCut = said.some((line) =>
    /not within the file bounds|failed to read (?:key-value|header|tensor)/u.test(line),
  )
  // The library's own reader runs off the end of a file that is cut within its metadata.
  if (isCut || error instanceof RangeError || error instanceof TypeError) {
    return malformed('unexpected_eof', `${cannot}: the file is incomplete or damaged`)
  }
  const reason = error instanceof Error ? error.message : String(error)
  const details = error instanceof InsufficientMemoryError ? '' : said.slice(-2).join('; ')
  const message = `${cannot}: ${reason}${details === '' ? '' : ` (${details})`}`
  return new RefusedError({ status: 500, code: 'server_error-startup_error', message })
}

function firstMatch(lines: readonly string[], pattern: RegExp): string | undefined {
  for (const line of lines) {
    const found = pattern.exec(line)?.[1]
    if (found !== undefined) return found
  }
  return undefined
}
