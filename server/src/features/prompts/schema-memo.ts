import { createHash } from 'node:crypto'
import type { ValidateFunction } from 'ajv'
import { compileSchema } from './schema-verdict.ts'

const mostKept = 64
const longestKept = 64 * 1024

/**
 * Compiled schemas by the hash of their text: to compile one takes a hundred times as long as to
 * use it. Beyond the bound the one that was made first goes.
 */
export class SchemaMemo {
  readonly #validators = new Map<string, ValidateFunction>()

  /** Throws what is wrong with the schema. */
  compile(schemaText: string): ValidateFunction {
    if (schemaText.length > longestKept) return compileSchema(schemaText)
    const hash = createHash('sha256').update(schemaText).digest('base64')
    const known = this.#validators.get(hash)
    if (known !== undefined) return known
    const made = compileSchema(schemaText)
    const [oldest] = this.#validators.keys()
    if (this.#validators.size >= mostKept && oldest !== undefined) this.#validators.delete(oldest)
    this.#validators.set(hash, made)
    return made
  }
}
