import { LlamaLogLevel } from 'node-llama-cpp'

const keptLines = 20
/** Said at every embedding, and no matter. */
const noise = /not marked as outputs|overriding/iu

/** What the native part says: passed on to stderr, the last errors kept for explanations. */
export class EngineLog {
  #errors: readonly string[] = []

  readonly write = (level: LlamaLogLevel, message: string): void => {
    const line = message.trim()
    if (line === '' || noise.test(line)) return
    process.stderr.write(`${line}\n`)
    const isError = level === LlamaLogLevel.error || level === LlamaLogLevel.fatal
    if (isError) this.#errors = [...this.#errors, line].slice(-keptLines)
  }

  get errors(): readonly string[] {
    return this.#errors
  }
}
