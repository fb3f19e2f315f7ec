import { DomainError } from '../../platform/domain-error.ts'

/** Models of the playground, by the names that its page uses. Source: thunder contract §6. */
const upstreamModels = {
  'qwen-14b': 'Qwen/Qwen3-14B-GGUF',
  'llama-3.1-8b': 'modularai/Llama-3.1-8B-Instruct-GGUF',
} as const

export type PlaygroundModel = keyof typeof upstreamModels

/** The one model whose features are known. */
const featureModel: PlaygroundModel = 'llama-3.1-8b'

/** Where the playground's services are. Base URLs end without a slash. */
export interface PlaygroundServices {
  /** Whoever reaches the port may use the playground. */
  readonly isPublic: boolean
  readonly adminKey: string | undefined
  readonly modelUrls: Readonly<Record<PlaygroundModel, string | undefined>>
  readonly saeUrl: string | undefined
}

export interface ModelServer {
  readonly baseUrl: string
  /** The model's name there. */
  readonly model: string
}

/** Throws `invalid` for a model that is not in the playground, `unavailable` for one not set up. */
export function modelServerOf(services: PlaygroundServices, model: string): ModelServer {
  if (!isPlaygroundModel(model)) {
    const known = Object.keys(upstreamModels).join(', ')
    throw new DomainError('invalid', `The playground has no such model; it has ${known}`)
  }
  const baseUrl = services.modelUrls[model]
  if (baseUrl === undefined) {
    throw new DomainError('unavailable', `No server is set up for the model ${model}`)
  }
  return { baseUrl, model: upstreamModels[model] }
}

/** The base URL for features. Throws `invalid` for another model, `unavailable` if not set up. */
export function featureServiceOf({ saeUrl }: PlaygroundServices, model: string): string {
  if (model !== featureModel) {
    throw new DomainError('invalid', `Features are known only for the model ${featureModel}`)
  }
  if (saeUrl === undefined) {
    throw new DomainError('unavailable', 'No service for features is set up')
  }
  return saeUrl
}

function isPlaygroundModel(model: string): model is PlaygroundModel {
  return Object.hasOwn(upstreamModels, model)
}
