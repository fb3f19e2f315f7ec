import { DomainError } from '../../platform/domain-error.ts'

/** A run as it is asked for; what is absent or null has a default. */
export interface RunRequest {
  readonly prompt: string
  readonly modelId: string | null
  readonly maxTokens: number | null
  readonly temperature: number | null
  readonly topP: number | null
  readonly topK: number | null
  readonly collectsActivations: boolean | null
  readonly isSaeInline: boolean | null
  readonly saeId: string | null
  readonly saeLayer: number | null
  readonly saeTopK: number | null
  /** A path on the machine of the service. */
  readonly saeLocalPath: string | null
  readonly requestId: string | null
}

export interface RunPlan {
  readonly requestId: string
  readonly prompt: string
  readonly promptChars: number
  readonly modelId: string
  readonly saeEnabled: boolean
  readonly saeId: string
  readonly saeLayer: number
  readonly saeTopK: number
  /** What the service is asked, in its own words. Source: thunder contract §7.2. */
  readonly question: Readonly<Record<string, unknown>>
}

const maxPromptChars = 12_000
const maxNameLength = 255

/** Fills in defaults. Throws `invalid` for what is out of bounds, in the contract's order (§7.1). */
export function planRun(request: RunRequest, newId: () => string): RunPlan {
  const prompt = request.prompt.trim()
  const promptChars = countChars(prompt)
  const max_tokens = request.maxTokens ?? 128
  const top_k = request.topK ?? 1
  const top_p = request.topP ?? 0.9
  const temperature = request.temperature ?? 0.7
  if (promptChars === 0) throw outOfBounds('prompt must not be empty')
  if (promptChars > maxPromptChars) {
    throw outOfBounds(`prompt must not be longer than ${maxPromptChars} characters`)
  }
  requireBetween('max_tokens', max_tokens, 1, 2048)
  requireBetween('top_k', top_k, 1, 200)
  requireBetween('top_p', top_p, 0, 1)
  requireBetween('temperature', temperature, 0, 2)
  const requestId = nameOf('request_id', request.requestId) ?? newId()
  const modelId = nameOf('model_id', request.modelId) ?? 'meta-llama/Llama-3.1-8B-Instruct'
  const saeId = nameOf('sae_id', request.saeId) ?? 'llama_scope_lxr_8x'
  const saeLayer = request.saeLayer ?? 16
  const saeTopK = request.saeTopK ?? 20
  const saeEnabled = (request.collectsActivations ?? true) && (request.isSaeInline ?? true)
  const question = {
    prompt,
    max_tokens,
    temperature,
    top_p,
    top_k,
    inline_sae: saeEnabled,
    sae_id: saeId,
    sae_layer: saeLayer,
    sae_top_k: saeTopK,
    ...(request.saeLocalPath === null ? {} : { sae_local_path: request.saeLocalPath }),
  }
  return {
    requestId,
    prompt,
    promptChars,
    modelId,
    saeEnabled,
    saeId,
    saeLayer,
    saeTopK,
    question,
  }
}

export function requireBetween(name: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return
  throw outOfBounds(`${name} must be between ${least} and ${most}`)
}

export function outOfBounds(message: string): DomainError {
  return new DomainError('invalid', message)
}

/** A stored name: something, but not endless. */
export function nameOf(field: string, given: string | null): string | null {
  if (given === null) return null
  requireBetween(`the length of ${field}`, given.length, 1, maxNameLength)
  return given
}

/** Unicode scalar values; of a text that is too long in any case only its units. */
function countChars(text: string): number {
  return text.length > 2 * maxPromptChars ? text.length : Array.from(text).length
}
