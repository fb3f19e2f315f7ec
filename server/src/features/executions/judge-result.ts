import { isJsonObject } from '../../platform/json.ts'
import { checkBySchema, type PromptPowers } from '../prompts/index.ts'
import { untilFree } from './until-free.ts'

/** An answer as it is kept, and whether it is what its schema asks for. */
export interface JudgedResult {
  readonly result: string
  readonly isValid: boolean
  readonly message: string | null
}

/**
 * Judges an answer by the schema of its prompt. Nulls count as left out. A valid answer is kept as
 * JSON with tabs, any other as it came. Throws as `checkBySchema` does.
 * Source: hypersigil contract §3.4.
 */
export async function judgeResult(
  ctx: PromptPowers,
  { schema, answer }: { readonly schema: string | null; readonly answer: string },
  signal: AbortSignal,
): Promise<JudgedResult> {
  if (schema === null) return { result: answer, isValid: true, message: null }
  let value: unknown
  try {
    value = withoutNulls(JSON.parse(answer))
  } catch {
    return { result: answer, isValid: false, message: 'Incorrect JSON' }
  }
  const asked = { schema, data: JSON.stringify(value) }
  const verdict = await untilFree(signal, () => checkBySchema(ctx, asked, signal))
  if (!verdict.isValid) return { result: answer, isValid: false, message: verdict.message }
  return { result: JSON.stringify(value, null, '\t'), isValid: true, message: null }
}

/** Members and items that are null are left out; empty lists and objects stay. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls)
  if (!isJsonObject(value)) return value
  const kept = Object.entries(value).filter(([, member]) => member !== null)
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutNulls(member)]))
}
